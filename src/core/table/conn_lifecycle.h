/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The floor of the connection table: a connection's beginning, the queue that it waits on, its record, its end.
 * conn_events.c and its like do things to connections and call conn_settle(); conn_table.c is the door.
 */
#ifndef TCPLIFE_CONN_LIFECYCLE_H
#define TCPLIFE_CONN_LIFECYCLE_H

#include "core/table/cgroups.h"
#include "core/table/conn_find.h"
#include "core/table/conn_observer.h"
#include "core/table/conn_store.h"
#include "core/table/listener.h"
#include "lib/heap.h"

/* A connection is on the one queue of its life; each queue has one delay, so its head is due first. */
enum conn_life {
	LIFE_OPEN,	   /* has a living socket, or an established life on the wire: no deadline */
	LIFE_HANDSHAKE,	   /* wire-only, not established */
	LIFE_SETTLING,	   /* all over but the last words */
	LIFE_CONTRADICTED, /* a socket lives by what was told, but all else says that it is gone (conn_missed.h) */
	LIFE_TIMEWAIT,	   /* a minisocket is all that is left */
	LIFE_AFTERWARDS,   /* of a capture: reported, but stragglers still belong to it */
	LIVES,
};

struct conn_table {
	struct conn_observer observer;
	struct conn_table_counters counters;
	struct conn_store store;
	struct conn_index index;
	struct listeners listeners;
	struct cgroups cgroups;
	struct list_node queue[LIVES]; /* of entries */
	struct heap tracks;	       /* conn.track->due: connections of a capture that are not reported */
	size_t afterwards;	       /* entries on the queue of that name */
	size_t max_connections;
	bool vlan_key, zeek;
	bool is_live; /* a capture that is being made: what is over is reported soon */
	uint64_t now_ns;
	uint64_t last_loss_ns;
	int64_t wall_offset_ns;
};

/* tuple[0] is the local side. NULL (and counted) if the table is full of living connections, or memory is out. */
struct conn *conn_new(struct conn_table *t, const struct event_tuple *tuple, enum side_name local, uint64_t ts_ns);
/* Without a word to the observer. */
void conn_free(struct conn_table *t, struct conn *c);
/* The connection, unpacked if need be. NULL: for want of memory it is gone, and counted as evicted. */
struct conn *conn_whole(struct conn_table *t, struct conn_entry *e);
/* Its tuple is known: gives it its id and tells the observer. */
void conn_announce(struct conn_table *t, struct conn *c);
/* Its request is gone, and how was not seen: another one has its place. */
void conn_give_up_request(struct conn_table *t, struct conn *c);
/* Puts a connection where it belongs after something happened to it; c may be gone after. */
void conn_settle(struct conn_table *t, struct conn *c);

/* The last word on c: its record, then the end of it. */
void conn_report(struct conn_table *t, struct conn *c);
/* The same for one that did not end. */
void conn_leave_open(struct conn_table *t, struct conn *c);
/* Of a capture, when nothing more belongs to c: either of these, by what the wire shows. c may have been reported. */
void conn_end_captured(struct conn_table *t, struct conn *c);
/* The same when it is over; what still comes of one that has ended belongs to it. */
void conn_end_captured_softly(struct conn_table *t, struct conn *c);

/* Those whose deadline is past by now_ns, each at the time at which it fell due. */
void conn_expire_due(struct conn_table *t, uint64_t now_ns);
/* Tracing stops: the last word on all of them. */
void conn_finish_all(struct conn_table *t);
/* All of them, without a word to the observer. */
void conn_free_all(struct conn_table *t);
#endif
