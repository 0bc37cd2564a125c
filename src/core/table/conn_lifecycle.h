/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The base of the connection table: how a connection is created, queued, reported and freed. conn_events.c,
 * conn_captured.c and conn_recheck.c change connections and call conn_settle(); conn_table.c is the interface for other
 * folders.
 */
#ifndef TCPLIFE_CONN_LIFECYCLE_H
#define TCPLIFE_CONN_LIFECYCLE_H

#include "core/table/cgroups.h"
#include "core/table/conn_find.h"
#include "core/table/conn_observer.h"
#include "core/table/conn_store.h"
#include "core/table/host_names.h"
#include "core/table/journal.h"
#include "core/table/listener.h"
#include "lib/heap.h"

/* Each connection is on exactly one queue; a queue has one delay, so its head is due first. */
enum conn_queue {
	QUEUE_OPEN,	    /* has an open socket, or is established on the wire: no deadline */
	QUEUE_HANDSHAKE,    /* no socket known, not established */
	QUEUE_SETTLING,	    /* closed, but late events may still come */
	QUEUE_CONTRADICTED, /* a socket is open by its events, but all other evidence shows that it is gone
			      (conn_missed.h) */
	QUEUE_TIMEWAIT,	    /* only a minisocket is left */
	QUEUE_AFTERWARDS,   /* of a capture: reported, but stragglers still belong to it */
	QUEUES,
};

struct conn_table {
	struct conn_observer observer;
	struct conn_table_counters counters;
	struct conn_store store;
	struct conn_index index;
	struct listeners listeners;
	struct cgroups cgroups;
	struct journal journal;
	struct host_names host_names;
	struct list_node queue[QUEUES]; /* of entries */
	struct heap tracks;		/* conn.track->due: connections of a capture that are not reported */
	size_t afterwards;		/* entries on the queue of that name */
	size_t max_connections;
	bool vlan_key, zeek;
	bool is_live; /* a capture that is being made: what is over is reported soon */
	uint64_t now_ns;
	uint64_t due_ns; /* on no queue is anything due before; 0 = not known */
	uint64_t last_loss_ns;
	uint64_t refused_ns;   /* when there was last no room for a connection; 0 = never */
	uint64_t no_memory_ns; /* the same, for want of memory */
	int64_t wall_offset_ns;
};

/* tuple[0] is the local side. NULL (and counted) if the table is full of open connections, or memory is out. */
struct conn *conn_new(struct conn_table *t, const struct event_tuple *tuple, enum side_name local, uint64_t ts_ns);
/* Without reporting it. */
void conn_free(struct conn_table *t, struct conn *c);
/* The connection, unpacked if need be. NULL: out of memory: it was dropped, and counted as evicted. */
struct conn *conn_whole(struct conn_table *t, struct conn_entry *e);
/* A connection was not kept for want of memory: the event may have been another one's, too. */
void conn_count_no_memory(struct conn_table *t);
/* Its tuple is known: gives it an id and reports CONN_OPENED. */
void conn_announce(struct conn_table *t, struct conn *c);
/* Once both numbers are known they are its id; conn_settle() does it. */
void conn_number(struct conn_table *t, struct conn *c);
/* Its request is gone, how was not seen: another one has its place. */
void conn_give_up_request(struct conn_table *t, struct conn *c);
/* The same, because the kernel does not list it any more. Where the client's socket is open the connection is. */
void conn_lose_request(struct conn_table *t, struct conn *c);
/* Its socket is another connection's from here on: nothing is reported of it. */
void conn_absorbed(struct conn_table *t, struct conn *c);
/* To be called after each change of c: reports what is due and puts c on its queue. c may be freed by this. */
void conn_settle(struct conn_table *t, struct conn *c);

/* Reports what is left of c, then frees it. */
void conn_report(struct conn_table *t, struct conn *c);
/* The same for one that did not end. */
void conn_leave_open(struct conn_table *t, struct conn *c);
/* Of a capture, when nothing more belongs to c: either of these, by what the wire shows. c may have been reported. */
void conn_end_captured(struct conn_table *t, struct conn *c);
/* The same when it is over; what still comes of one that has ended belongs to it. */
void conn_end_captured_softly(struct conn_table *t, struct conn *c);

/* Settles those whose deadline has passed by now_ns, each with the time at which it fell due. */
void conn_expire_due(struct conn_table *t, uint64_t now_ns);
/*
 * Only minisockets are left of it, and by since_ns the timer that was set last had run out. The timer wheel rounds up,
 * by 5.12 s at most.
 */
bool conn_timer_ran_out(const struct conn_entry *e, uint64_t since_ns);
/* Reports CONN_LISTED of all that are open or in their handshake. */
void conn_list_open(struct conn_table *t);
/* Tracing stops: reports and frees all of them. */
void conn_finish_all(struct conn_table *t);
/* Frees all of them without reporting. */
void conn_free_all(struct conn_table *t);
#endif
