/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which connection an event belongs to: the indexes by socket and by flow, and the rules where several would do. */
#ifndef TCPLIFE_CONN_FIND_H
#define TCPLIFE_CONN_FIND_H

#include "core/conn.h"
#include "core/table/conn_store.h"
#include "event.h"
#include "lib/flat.h"

#define RECENT_ISN_SETS (1 << 13)
#define RECENT_ISN_WAYS 4

/* conn_numbers.c's */
struct recent_isn {
	uint32_t isn, number; /* the client's, and the entry's; 0 = unused */
};

/* Sockets of which events came lately. Cookies are given one after the other: their lowest bits are hash enough. */
#define NEAR_IDS 1024

struct near_id {
	uint64_t id;	 /* 0 = unused */
	uint32_t number; /* as in conn_index.by_id */
};

struct conn_index {
	struct conn_store *store; /* what is found is unpacked */
	struct flat by_id;	  /* of sides, as long as the id is theirs: the entry's number and a bit for the side */
	struct near_id *near;	  /* what was found in by_id, and is there still */
	struct flat by_flow;	  /* of entries' numbers, for each tuple; not for the first if CONN_TUPLE_PENDING */
	struct recent_isn *recent; /* RECENT_ISN_SETS sets */
	struct flat by_name;	   /* of entries' numbers by conn.id, which records have; no slots = not wanted */
};

/* A connection and the side that the event's local end (a segment's sender) is. conn NULL = none. */
struct place {
	struct conn *conn;
	enum side_name side;
};

/* names: conn_find_by_name() will be used. 0 or -ENOMEM. */
int conn_index_init(struct conn_index *x, struct conn_store *store, bool names);
void conn_index_free(struct conn_index *x);
/* Without memory for an index entry the connection is not found again: conn_no_memory(). */
void conn_index_add_flow(struct conn_index *x, struct conn *c);
/* The same for another tuple of it. */
void conn_index_add_view(struct conn_index *x, struct conn *c, const struct flow *view);
void conn_index_drop_view(struct conn_index *x, const struct conn *c, const struct flow *view);
/* Its first tuple becomes another one. */
void conn_index_move_flow(struct conn_index *x, struct conn *c, const struct flow *to);
/* NULL: there was no memory to unpack it. */
struct conn *conn_index_entry(const struct conn_index *x, uint32_t number);
/* It has its conn.id; a change takes both. */
void conn_index_add_name(struct conn_index *x, const struct conn *c);
void conn_index_drop_name(struct conn_index *x, const struct conn *c);
void conn_index_set_id(struct conn_index *x, struct conn *c, enum side_name side, uint64_t id);
/* Its socket belongs to another connection by now; the side keeps the id. */
void conn_index_drop_id(struct conn_index *x, const struct conn *c, enum side_name side);
/* Prefetches the memory that a search for it, or its removal, will touch. */
void conn_index_prefetch_id(const struct conn_index *x, uint64_t id);
void conn_index_prefetch_tuple(const struct conn_index *x, const struct event_tuple *tuple);
void conn_index_prefetch(const struct conn_index *x, const struct conn *c);
void conn_index_remove(struct conn_index *x, const struct conn *c, const struct conn_entry *e);

/* The side whose socket this is. */
struct place conn_find_by_id(const struct conn_index *x, uint64_t id);
/*
 * Is there an entry of a socket with this id for which fn is true? Without unpacking one, so that it may be another
 * id's in a rare case.
 */
bool conn_index_any_of_id(const struct conn_index *x, uint64_t id, bool (*fn)(const struct conn_entry *e, uint64_t arg),
			  uint64_t arg);
/* The connection of this conn.id, to look at until the next call; NULL = none. */
const struct conn *conn_find_by_name(const struct conn_index *x, const uint64_t id[2]);
/* An open connection on this tuple whose missing side is this socket, not seen before; old LISTEN means a child. */
struct place conn_find_for_socket(const struct conn_index *x, const struct event_state *e);
/* The newest connection on the tuple (local end first), in that netns if both are known. */
struct place conn_find_by_tuple(const struct conn_index *x, const struct event_tuple *tuple, uint32_t netns);
/* The connection of a segment that was thrown away: of those on the tuple the one with the nearest numbers. */
struct place conn_find_by_drop(const struct conn_index *x, const struct event_drop *e);
/* The minisocket: by cookie, by address, or by the tuple of a socket that closed into one. */
struct place conn_find_timewait(const struct conn_index *x, const struct event_timewait *e);
/*
 * The connection that a segment is part of, by cookie, else of those on its tuple (which may be two, at two places): by
 * exact initial sequence numbers, by the interface, by the nearest numbers. None for a SYN that begins one. sender: as
 * conn_find_by_id() has it for e->id.
 */
struct place conn_find_for_segment(const struct conn_index *x, struct place sender, const struct event_segment *e);
/* In a capture: the newest on the tuple, and in the VLANs if by_vlan. */
struct place conn_find_captured(const struct conn_index *x, const struct event_segment *e, bool by_vlan);
/* A wire-only connection that a SYN without a known sender began, to be joined with the socket that sent it. */
struct conn *conn_find_wire_twin(const struct conn_index *x, const struct conn *c);

#endif
