/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the steps of a sequence mean and why they exist: which explanation belongs to which step. Pure. */
#ifndef TCPLIFE_EXPLAIN_H
#define TCPLIFE_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "sink/diagram/explain_texts.h"
#include "sink/diagram/sequence.h"

enum explain {
	EXPLAIN_NONE,
#define _(name, text) EXPLAIN_##name,
	EXPLAINS(_)
#undef _
		EXPLAIN_COUNT,
};

/* An explanation and the side it is about. */
struct explain_use {
	uint8_t explain; /* enum explain */
	uint8_t side;	 /* enum side_name: whom it is about */
	uint8_t nth;	 /* step nth of `of` in the handshake or teardown; 0 = not counted */
	uint8_t of;
	bool teardown; /* of which it is a step */
};

#define EXPLAINS_A_STEP 4

/*
 * By index in the sequence; a step's list ends at EXPLAIN_NONE. Each explanation is given once, where it first applies.
 */
struct explanations {
	struct explain_use step[SEQUENCE_STEPS_MAX][EXPLAINS_A_STEP + 1];
	bool given[EXPLAIN_COUNT];
};

void explain_choose(struct explanations *out, const struct sequence *s, const struct conn *c);
/* "SYN_AGAIN", for tests. */
const char *explain_name(enum explain l);
/* The text with the sides' names put in, and "Handshake 1/3. " before it where it is counted. */
void explain_text(struct strbuf *out, const struct explain_use *use);

#endif
