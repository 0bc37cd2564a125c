/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * All connections that are open or in TIME_WAIT: finds or creates the one an event belongs to, applies the event, and
 * reports changes to one observer. Time is an input: only event timestamps move it, so that a replay gives the same
 * result.
 */
#ifndef TCPLIFE_CONN_TABLE_H
#define TCPLIFE_CONN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/table/conn_observer.h"
#include "core/table/listener.h"
#include "event.h"

struct conn_table_options {
	size_t max_connections; /* 0 = 1,048,576 */
	bool vlan_key;		/* in captures, tags are part of the tuple */
	bool names;		/* conn_table_find() will be used */
	bool journal;		/* conn_carry() will be used */
	bool zeek;		/* ... and a connection ends by Zeek's deadlines, not by what the packets say alone */
};

struct conn_table;

/* Returns 0 or -ENOMEM. */
int conn_table_new(struct conn_table **out, const struct conn_table_options *o, const struct conn_observer *observer);
void conn_table_free(struct conn_table **t);

/* e has been through event_decode(). Returns 0, or -ENOMEM if a connection could not be kept (counted as evicted). */
int conn_table_apply(struct conn_table *t, const struct event *e);
/* A record that comes soon, not decoded yet: prefetches the memory that it needs. */
void conn_table_prefetch(const struct conn_table *t, const void *record, size_t len);
/* Tracing stops: reports what is due, then CONN_STILL_OPEN or CONN_FINISHED for the rest. The table is empty after. */
void conn_table_finish(struct conn_table *t);

const struct conn_table_counters *conn_table_counters(const struct conn_table *t);
/* The table's time: the largest ts_ns applied. */
uint64_t conn_table_now(const struct conn_table *t);
/* The connection of this conn.id (all 16 bytes), to look at until the next call; NULL: none, or not asked for at the
 * start. */
const struct conn *conn_table_find(const struct conn_table *t, const uint64_t id[2]);
/* Calls fn for every connection until it returns false. fn must not apply events. */
void conn_table_each(const struct conn_table *t, bool (*fn)(void *ctx, const struct conn *c), void *ctx);
/* The same without those of which only a minisocket is left, or that are over. */
void conn_table_each_open(const struct conn_table *t, bool (*fn)(void *ctx, const struct conn *c), void *ctx);
/*
 * What the kernel can be asked where the end of a minisocket was not reported (EVENT_OVERDUE_ONLY): is there one in
 * this network namespace whose timer ran out by since_ns? And may this be one of them?
 */
bool conn_table_has_overdue(const struct conn_table *t, uint32_t netns, uint64_t since_ns);
bool conn_table_is_overdue(const struct conn_table *t, const struct event_present *e, uint64_t since_ns);
/* Who listens, as far as it is known. */
const struct listeners *conn_table_listeners(const struct conn_table *t);

#endif
