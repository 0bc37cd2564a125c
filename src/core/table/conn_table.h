/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * All connections that are alive or in TIME_WAIT: finds or makes the one an event belongs to, applies the event, and
 * tells one observer. Time is an input: only event timestamps move it, so that a replay gives what live gave.
 */
#ifndef TCPLIFE_CONN_TABLE_H
#define TCPLIFE_CONN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "event.h"

enum conn_change {
	CONN_OPENED,	    /* first sight; little is known yet */
	CONN_CLOSED,	    /* last full socket closed (or the wire-only life ended): the record is due */
	CONN_TIMEWAIT_OVER, /* a CONN_CLOSED one's TIME_WAIT is over, exit known */
	CONN_FINISHED,	 /* whole life over, TIME_WAIT included; the last word: c is freed after it. Every CONN_OPENED
			    gets one */
	CONN_STILL_OPEN, /* conn_table_finish(): alive when tracing stopped */
};

struct conn_observer {
	/* now_ns is the table's time. c is valid during the call only. */
	void (*changed)(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns);
	void *ctx;
};

struct conn_table_options {
	size_t max_connections; /* 0 = 1,048,576 */
	bool vlan_key;		/* in captures, tags are part of the tuple */
};

/* Everything since the beginning. */
struct conn_table_counters {
	uint64_t events;	   /* applied */
	uint64_t events_unmatched; /* concerned no connection that could be found or made */
	uint64_t opened, closed, timewaits, finished;
	uint64_t evicted;	    /* thrown out because the table was full */
	uint64_t lost[EVENT_KINDS]; /* records lost before they reached us, by kind */
	uint64_t lost_total;
	size_t live;	    /* now in the table, TIME_WAIT included */
	size_t in_timewait; /* of these, with a minisocket and no full socket */
};

struct conn_table;

/* Returns 0 or -ENOMEM. */
int conn_table_new(struct conn_table **out, const struct conn_table_options *o, const struct conn_observer *observer);
void conn_table_free(struct conn_table **t);

/* e has been through event_decode(). Returns 0, or -ENOMEM if a connection could not be kept (counted as evicted). */
int conn_table_apply(struct conn_table *t, const struct event *e);
/* A record that comes soon, not decoded yet: the memory that it needs is fetched meanwhile. */
void conn_table_prefetch(const struct conn_table *t, const void *record, size_t len);
/* Tracing stops: gives out what is due, then CONN_STILL_OPEN or CONN_FINISHED for the rest. The table is empty after.
 */
void conn_table_finish(struct conn_table *t);

const struct conn_table_counters *conn_table_counters(const struct conn_table *t);
/* The table's time: the largest ts_ns applied. */
uint64_t conn_table_now(const struct conn_table *t);
/* Calls fn for every connection until it returns false. fn must not apply events. */
void conn_table_each(const struct conn_table *t, bool (*fn)(void *ctx, const struct conn *c), void *ctx);

#endif
