/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Connections that began before the tracer, of which too little is known to be of interest: what is written for people
 * leaves them out unless --older asks for them, and says how many. One that ended badly is always shown.
 */
#ifndef TCPLIFE_SINK_OLDER_H
#define TCPLIFE_SINK_OLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/table/conn_table.h"
#include "options.h"

struct older {
	uint64_t held_back; /* connections */
};

/* Is nothing to be shown of this change? Counts each connection once, when it is closed. c->verdict is set. */
bool older_is_held_back(struct older *o, const struct options *options, const struct conn *c, enum conn_change change);
/* A line on stderr, if some were held back. */
void older_say(const struct older *o);

#endif
