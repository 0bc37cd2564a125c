/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Of the connections that are open, those worth knowing: CLOSE_WAIT by program, half-open, FIN_WAIT2, longest idle. */
#ifndef TCPLIFE_OPEN_LIST_H
#define TCPLIFE_OPEN_LIST_H

#include "sink/text/text.h"

#define OPEN_PROGRAMS 32 /* those beyond are added up */
#define OPEN_IDLE     5

/* The CLOSE_WAITs of a program. */
struct open_program {
	struct actor holder; /* the one that has it for longest; pid 0 = not known */
	uint64_t count, longest_ns, unread;
	bool at_least; /* when the longest one began was not seen */
};

struct open_idle {
	struct flow flow;
	uint64_t ns;
};

struct open_list {
	uint64_t count, half_open, fin_wait2, fin_wait2_longest_ns;
	struct open_program program[OPEN_PROGRAMS + 1]; /* the last: all others */
	size_t programs;
	struct open_idle idle[OPEN_IDLE]; /* longest first; ns 0 = none */
};

/* c: CONN_LISTED or CONN_STILL_OPEN. */
void open_list_add(struct open_list *l, const struct conn *c, uint64_t now_ns);
/* Writes and empties it; nothing if nothing is in it. */
void open_list_write(struct open_list *l, struct text_out *t);

#endif
