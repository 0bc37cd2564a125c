/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the steps of a sequence mean and why they exist: which lesson belongs to which step. Pure. */
#ifndef TCPLIFE_LESSON_H
#define TCPLIFE_LESSON_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "sink/lesson_list.h"
#include "sink/sequence.h"

enum lesson {
	LESSON_NONE,
#define _(name, text) LESSON_##name,
	LESSONS(_)
#undef _
		LESSON_COUNT,
};

/* A lesson at its place. */
struct lesson_use {
	uint8_t lesson; /* enum lesson */
	uint8_t side;	/* enum side_name: whom it is about */
	uint8_t nth;	/* step nth of `of` in the handshake or teardown; 0 = not counted */
	uint8_t of;
	bool teardown; /* of which it is a step */
};

#define LESSONS_A_STEP 4

/* By index in the sequence; a step's list ends at LESSON_NONE. Each lesson stands at its first occasion only. */
struct lessons {
	struct lesson_use step[SEQUENCE_STEPS_MAX][LESSONS_A_STEP + 1];
	bool given[LESSON_COUNT];
};

void lessons_choose(struct lessons *out, const struct sequence *s, const struct conn *c);
/* "SYN_AGAIN", for tests. */
const char *lesson_name(enum lesson l);
/* The text with the sides' names put in, and "Handshake 1/3. " before it where it is counted. */
void lesson_text(struct strbuf *out, const struct lesson_use *use);

#endif
