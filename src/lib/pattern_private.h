/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What pattern_parse.c makes of the text: a tree, from which pattern.c makes an automaton. */
#ifndef TCPLIFE_PATTERN_PRIVATE_H
#define TCPLIFE_PATTERN_PRIVATE_H

#include <stdint.h>

#include "lib/pattern.h"

#define PATTERN_NODES	(2 * PATTERN_LENGTH_MAX + 2)
#define PATTERN_ENDLESS UINT16_MAX

enum node_kind { NODE_EMPTY, NODE_BYTES, NODE_BEGIN, NODE_END, NODE_CAT, NODE_ALT, NODE_REPEAT };

struct byte_set {
	uint64_t word[4];
};

static inline void byte_set_add(struct byte_set *s, unsigned char b)
{
	s->word[b / 64] |= 1ULL << b % 64;
}

static inline bool byte_set_has(const struct byte_set *s, unsigned char b)
{
	return s->word[b / 64] >> b % 64 & 1;
}

struct node {
	uint8_t kind;
	uint16_t a, b;	   /* children: CAT and ALT have two, REPEAT one */
	uint16_t min, max; /* of REPEAT; PATTERN_ENDLESS = no limit */
	struct byte_set bytes;
};

struct pattern_tree {
	struct node node[PATTERN_NODES];
	uint16_t count, root;
};

/* As pattern_compile(). */
int pattern_parse(const char *text, struct pattern_tree *out, const char **why, size_t *at);

#endif
