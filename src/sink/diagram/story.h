/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* All that is drawn of one connection, for people: its verdict, the sequence diagram, the phases. */
#ifndef TCPLIFE_SINK_STORY_H
#define TCPLIFE_SINK_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "sink/diagram/explain.h"
#include "sink/diagram/sequence.h"
#include "sink/text/text.h"

struct story {
	struct text_out *text_out; /* of the last story_draw() */
	struct sequence sequence;
	struct explanations explanations;
	struct strbuf text;
};

/* Adds lines to out, in the width of its terminal. c->verdict is set. explain: each step is
 * explained, and a verdict that points to a cause is followed by advice. */
void story_draw(struct story *t, struct text_out *out, const struct conn *c, bool explain, uint64_t now_ns);
void story_free(struct story *t);

#endif
