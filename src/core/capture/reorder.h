/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Brings the segments of a capture into the order in which they were sent, as far as REORDER_MAX of them show it: by
 * their times, and where these are equal or wrong by their numbers: what is acknowledged was there before.
 */
#ifndef TCPLIFE_REORDER_H
#define TCPLIFE_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define REORDER_MAX 32
#define REORDER_NS  100000000ULL /* an acknowledgment is not so much ahead of what it acknowledges */

/* A power of two; a test may want less. */
#ifndef REORDER_FLOWS
#define REORDER_FLOWS 4096
#endif

struct reorder_entry {
	struct event_segment e;
	uint64_t flow;
	bool upper; /* which of the two directions */
};

/* How far each direction of a flow had come. */
struct reorder_flow {
	uint64_t flow;
	uint32_t end[2];
	bool known[2];
};

struct reorder {
	struct reorder_entry entry[REORDER_MAX];
	uint8_t order[REORDER_MAX]; /* of entries: who comes out first */
	uint8_t unused[REORDER_MAX];
	unsigned int count;
	struct reorder_flow *flows;
	uint64_t newest_ns;
	uint64_t back;	     /* times that went back */
	uint64_t by_numbers; /* moved by their numbers */
};

/* 0 or -ENOMEM. */
int reorder_init(struct reorder *r);
void reorder_free(struct reorder *r);
/* There is room: reorder_next() was called until it gave none. */
void reorder_add(struct reorder *r, const struct event_segment *e);
/* The next one, valid until the next call of any; NULL as long as others may come before it. all: none will. */
const struct event_segment *reorder_next(struct reorder *r, bool all);

#endif
