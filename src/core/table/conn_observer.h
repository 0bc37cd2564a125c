/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the connection table reports, and what it counts. */
#ifndef TCPLIFE_CONN_OBSERVER_H
#define TCPLIFE_CONN_OBSERVER_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "event.h"

enum conn_change {
	CONN_OPENED,	    /* first seen; little is known yet */
	CONN_CLOSED,	    /* last full socket closed (or a connection without sockets ended): the record is due */
	CONN_TIMEWAIT_OVER, /* a CONN_CLOSED one's TIME_WAIT is over, exit known */
	CONN_FINISHED,	    /* over, TIME_WAIT included; c is freed after it. Every CONN_OPENED is followed by one */
	CONN_STILL_OPEN,    /* conn_table_finish(): open when tracing stopped */
	CONN_LISTED,	    /* open, and to be listed (EVENT_LISTED) */
};

struct conn_observer {
	/* now_ns is the table's time. c is valid during the call only. */
	void (*changed)(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns);
	void *ctx;
};

/* Everything since the beginning. */
struct conn_table_counters {
	uint64_t events;	   /* applied */
	uint64_t events_unmatched; /* for which no connection was found or could be created */
	uint64_t opened, closed, timewaits, finished;
	uint64_t strays;	    /* lone FINs and SYN+ACKs of no connection */
	uint64_t evicted;	    /* dropped or not taken in: the table was full, or memory ran out */
	uint64_t no_memory;	    /* of these, for want of memory */
	uint64_t lost[EVENT_KINDS]; /* records lost before they reached the table, by kind */
	uint64_t lost_total;
	size_t live;	    /* now in the table, TIME_WAIT included */
	size_t in_timewait; /* of these, with a minisocket and no full socket */
};

#endif
