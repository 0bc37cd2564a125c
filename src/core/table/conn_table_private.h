/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The inside of the connection table, shared by conn_table.c (lives and deadlines) and conn_events.c (what events do).
 */
#ifndef TCPLIFE_CONN_TABLE_PRIVATE_H
#define TCPLIFE_CONN_TABLE_PRIVATE_H

#include "core/table/cgroups.h"
#include "core/table/conn_find.h"
#include "core/table/conn_store.h"
#include "core/table/conn_table.h"
#include "core/table/listener.h"
#include "lib/heap.h"

/* A connection is on the one queue of its life; each queue has one delay, so its head is due first. */
enum conn_life {
	LIFE_OPEN,	   /* has a living socket, or an established life on the wire: no deadline */
	LIFE_HANDSHAKE,	   /* wire-only, not established */
	LIFE_SETTLING,	   /* all over but the last words */
	LIFE_CONTRADICTED, /* a socket lives by what was told, but all else says that it is gone (conn_missed.h) */
	LIFE_TIMEWAIT,	   /* a minisocket is all that is left */
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
	struct heap tracks;	       /* conn.track->due: connections of a capture */
	size_t max_connections;
	bool vlan_key;
	uint64_t now_ns;
	uint64_t last_loss_ns;
	int64_t wall_offset_ns;
};

/* tuple[0] is the local side. NULL (and counted) if the table is full of living connections, or memory is out. */
struct conn *conn_new(struct conn_table *t, const struct event_tuple *tuple, enum side_name local, uint64_t ts_ns);
/* Without a word to the observer. */
void conn_free(struct conn_table *t, struct conn *c);
/* The connection, unpacked if need be. NULL: for want of memory it is gone, and counted as evicted. */
struct conn *conn_table_whole(struct conn_table *t, struct conn_entry *e);
/* Its tuple is known: gives it its id and tells the observer. */
void conn_announce(struct conn_table *t, struct conn *c);
/* Puts a connection where it belongs after something happened to it; c may be gone after. */
void conn_settle(struct conn_table *t, struct conn *c);

/* The last word on c: its record, then the end of it. */
void conn_report(struct conn_table *t, struct conn *c);
/* The same for one that did not end. */
void conn_leave_open(struct conn_table *t, struct conn *c);

/* A segment of a capture. 0 or -ENOMEM. */
int conn_captured_apply(struct conn_table *t, const struct event_segment *e);
/* Ends what is over by now_ns, each at its time. */
void conn_captured_expire(struct conn_table *t, uint64_t now_ns);
/* The capture is at its end. */
void conn_captured_finish(struct conn_table *t);
/* Makes room: the one that would be over next goes first. false = there is none. */
bool conn_captured_evict(struct conn_table *t);

/* conn_recheck_present.c: the second look, when tracing ends. */
void conn_recheck_present(struct conn_table *t, const struct event_present *e);
void conn_recheck_absent(struct conn_table *t, const struct event_absent *e);

/* Finds or makes the connection that e concerns and applies it. 0 or -ENOMEM. */
int conn_event(struct conn_table *t, const struct event *e);

#endif
