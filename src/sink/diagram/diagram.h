/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Draws a sequence: time, the client's states, two lifelines with arrows between them, the server's states, remarks. */
#ifndef TCPLIFE_DIAGRAM_H
#define TCPLIFE_DIAGRAM_H

#include <stdint.h>

#include "core/conn.h"
#include "sink/diagram/explain.h"
#include "sink/text/text.h"
#include "sink/diagram/sequence.h"

/* Characters from the left edge to the end of the server's states. */
size_t diagram_width(const struct text_out *p);
/* origin_ns: what the time column counts from. explanations: what to say of the steps; NULL = nothing. */
void diagram_draw(struct text_out *p, const struct conn *c, const struct sequence *s,
		  const struct explanations *explanations, uint64_t origin_ns);

#endif
