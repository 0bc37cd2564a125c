// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The automaton is walked in all its states at once (Thompson, 1968), a bit for each. ^ and $ are decided by where the
 * text is, so what can be reached without a byte is known for each of the four kinds of place beforehand.
 */
#include "lib/pattern_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

#define WORDS (PATTERN_STATES / 64)
/* Nodes that are visited to make an automaton: a{255}{255} of nothing would be many. */
#define VISITS_MAX 20000

/* Kinds of place. */
#define AT_BEGIN (1 << 0)
#define AT_END	 (1 << 1)
#define PLACES	 4

enum state_kind { STATE_MATCH, STATE_BYTES, STATE_FORK, STATE_BEGIN, STATE_END };
#define MATCH 0

struct states {
	uint64_t word[WORDS];
};

struct state {
	uint8_t kind;
	uint16_t next, other; /* other: of a fork */
	struct byte_set bytes;
};

struct pattern {
	uint16_t count;
	struct states first[PLACES];
	struct {
		struct byte_set bytes;
		struct states then[PLACES]; /* without $ or ^ behind it all are alike */
	} step[];			    /* of the states, those with kind STATE_BYTES */
};

struct builder {
	const struct pattern_tree *tree;
	struct state state[PATTERN_STATES];
	uint16_t count;
	unsigned int visits;
	bool too_large;
};

static uint16_t add_state(struct builder *b, struct state s)
{
	if (b->count == PATTERN_STATES) {
		b->too_large = true;
		return MATCH;
	}
	b->state[b->count] = s;
	return b->count++;
}

static uint16_t emit(struct builder *b, uint16_t at, uint16_t next);

static uint16_t fork_to(struct builder *b, uint16_t a, uint16_t other)
{
	return add_state(b, (struct state) { .kind = STATE_FORK, .next = a, .other = other });
}

/* From the end to the beginning: what is optional, then what must be. */
static uint16_t emit_repeat(struct builder *b, const struct node *n, uint16_t next)
{
	uint16_t at = next;

	if (n->max == PATTERN_ENDLESS) {
		at = fork_to(b, MATCH, next);
		if (!b->too_large)
			b->state[at].next = emit(b, n->a, at);
	}
	for (unsigned int i = n->min; n->max != PATTERN_ENDLESS && i < n->max && !b->too_large; i++)
		at = fork_to(b, emit(b, n->a, at), next);
	for (unsigned int i = 0; i < n->min && !b->too_large; i++)
		at = emit(b, n->a, at);
	return at;
}

/* The state from which the node, and then `next`, is matched. */
static uint16_t emit(struct builder *b, uint16_t at, uint16_t next)
{
	const struct node *n = &b->tree->node[at];

	if (++b->visits > VISITS_MAX)
		b->too_large = true;
	if (b->too_large)
		return MATCH;
	switch ((enum node_kind)n->kind) {
	case NODE_EMPTY:
		return next;
	case NODE_BYTES:
		return add_state(b, (struct state) { .kind = STATE_BYTES, .next = next, .bytes = n->bytes });
	case NODE_BEGIN:
		return add_state(b, (struct state) { .kind = STATE_BEGIN, .next = next });
	case NODE_END:
		return add_state(b, (struct state) { .kind = STATE_END, .next = next });
	case NODE_CAT:
		return emit(b, n->a, emit(b, n->b, next));
	case NODE_ALT:
		return fork_to(b, emit(b, n->a, next), emit(b, n->b, next));
	case NODE_REPEAT:
		return emit_repeat(b, n, next);
	}
	return next;
}

static bool has(const struct states *s, unsigned int state)
{
	return s->word[state / 64] >> state % 64 & 1;
}

static void add(struct states *s, unsigned int state)
{
	s->word[state / 64] |= 1ULL << state % 64;
}

/* What can be reached from `at` without a byte, at this kind of place: states that take one, and the match. */
static struct states reach(const struct builder *b, uint16_t at, unsigned int place)
{
	uint16_t todo[PATTERN_STATES], left = 0;
	struct states seen = { 0 }, reached = { 0 };

	todo[left++] = at;
	add(&seen, at);
	while (left) {
		const struct state *s = &b->state[at = todo[--left]];
		uint16_t next[2] = { s->next, s->kind == STATE_FORK ? s->other : s->next };

		if (s->kind == STATE_MATCH || s->kind == STATE_BYTES)
			add(&reached, at);
		if (s->kind == STATE_MATCH || s->kind == STATE_BYTES ||
		    (s->kind == STATE_BEGIN && !(place & AT_BEGIN)) || (s->kind == STATE_END && !(place & AT_END)))
			continue;
		for (int i = 0; i < 2; i++) {
			if (has(&seen, next[i]))
				continue;
			add(&seen, next[i]);
			todo[left++] = next[i];
		}
	}
	return reached;
}

static struct pattern *link_states(const struct builder *b, uint16_t start)
{
	struct pattern *p = calloc(1, sizeof(*p) + b->count * sizeof(p->step[0]));

	if (!p)
		return NULL;
	p->count = b->count;
	for (unsigned int place = 0; place < PLACES; place++) {
		p->first[place] = reach(b, start, place);
		for (uint16_t i = 0; i < b->count; i++)
			if (b->state[i].kind == STATE_BYTES)
				p->step[i].then[place] = reach(b, b->state[i].next, place);
	}
	for (uint16_t i = 0; i < b->count; i++)
		p->step[i].bytes = b->state[i].bytes;
	return p;
}

int pattern_compile(const char *text, struct pattern **out, const char **why, size_t *at)
{
	_cleanup_free_ struct pattern_tree *tree = malloc(sizeof(*tree));
	_cleanup_free_ struct builder *b = calloc(1, sizeof(*b));
	uint16_t start;
	int err;

	*at = 0;
	*why = "out of memory";
	if (!tree || !b)
		return -ENOMEM;
	err = pattern_parse(text, tree, why, at);
	if (err)
		return err;
	b->tree = tree;
	add_state(b, (struct state) { .kind = STATE_MATCH });
	start = emit(b, tree->root, MATCH);
	if (b->too_large) {
		*why = "the regular expression is too large";
		return -EINVAL;
	}
	*out = link_states(b, start);
	return *out ? 0 : -ENOMEM;
}

/* Of these states, those that the byte leads to. */
static struct states step(const struct pattern *p, const struct states *from, unsigned char byte, unsigned int place)
{
	struct states to = p->first[place];

	for (unsigned int w = 0; w * 64 < p->count; w++) {
		for (uint64_t left = from->word[w]; left; left &= left - 1) {
			unsigned int s = w * 64 + (unsigned int)__builtin_ctzll(left);

			if (!byte_set_has(&p->step[s].bytes, byte))
				continue;
			for (unsigned int i = 0; i < WORDS; i++)
				to.word[i] |= p->step[s].then[place].word[i];
		}
	}
	return to;
}

bool pattern_matches(const struct pattern *p, const char *text)
{
	struct states now = p->first[AT_BEGIN | (*text ? 0 : AT_END)];

	for (; *text && !has(&now, MATCH); text++)
		now = step(p, &now, *text, text[1] ? 0 : AT_END);
	return has(&now, MATCH);
}

void pattern_free(struct pattern **p)
{
	free(*p);
	*p = NULL;
}
