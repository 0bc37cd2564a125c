/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where connections are kept: whole while things happen to them, packed (conn_pack.h) while they rest. A connection in
 * TIME_WAIT rests; of the others the CONNS_WHOLE last touched stay whole. Indexes and queues hold entries, which stay
 * where they are.
 */
#ifndef TCPLIFE_CONN_STORE_H
#define TCPLIFE_CONN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "core/table/conn_pack.h"
#include "lib/list.h"

/* Nearly fits a processor's second-level cache; a test may set less. */
#ifndef CONNS_WHOLE
#define CONNS_WHOLE 4096
#endif

/* What stays of a connection while it is packed; 40 bytes. */
struct conn_entry {
	union {
		struct conn *whole;
		uint8_t *packed;
	};
	struct list_node queue; /* conn_lifecycle.c's */
	uint64_t due_ns;
	uint32_t number; /* the store's: from 1 on, reused */
	bool is_packed;
	bool rests;	  /* whole, on the store's list of those */
	bool no_memory;	  /* it could not be unpacked once, when it was looked for */
	uint8_t on_queue; /* enum conn_queue, conn_lifecycle.c */
};

struct conn_store {
	struct list_node busy;	  /* whole ones, the last touched at the end */
	struct list_node resting; /* whole ones, to be packed */
	struct list_node spare;	  /* room for whole ones */
	size_t busy_count, spare_count;
	struct conn_entry **chunk; /* of entries; they stay where they are */
	size_t chunks;
	uint32_t numbers;	 /* given out so far */
	struct list_node unused; /* entries, by their queue */
	struct conn *shown;	 /* conn_store_look()'s */
	uint8_t *buffer;
	struct conn_packer packer;
};

/* 0 or -ENOMEM. */
int conn_store_init(struct conn_store *s);
/* Of a store that is empty, or was not made. */
void conn_store_free(struct conn_store *s);
/* By its number, that of an entry in use. */
struct conn_entry *conn_store_entry(const struct conn_store *s, uint32_t number);
/* A new one, all zero. NULL without memory. */
struct conn *conn_store_new(struct conn_store *s);
/* Its entry goes too: it must be in no index and on no queue. */
void conn_store_remove(struct conn_store *s, struct conn_entry *e);
/* The connection, unpacked if need be; it stays whole until conn_store_pack_idle(). NULL without memory: once there is
 * some, conn_no_memory(). */
struct conn *conn_store_unpack(struct conn_store *s, struct conn_entry *e);
static inline struct conn *conn_store_whole(struct conn_store *s, struct conn_entry *e)
{
	return e->is_packed ? conn_store_unpack(s, e) : e->whole;
}
/* The same to look at, with its entry as it is; until the next call. */
const struct conn *conn_store_look(const struct conn_store *s, const struct conn_entry *e);
/* It is wanted soon: what is whole is fetched, but for its history, of which the place must be here first. */
static inline void conn_store_prefetch(const struct conn_entry *e)
{
	for (size_t at = 0; !e->is_packed && at < sizeof(struct conn); at += 64)
		__builtin_prefetch((const char *)e->whole + at);
}
static inline void conn_store_prefetch_history(const struct conn_entry *e)
{
	for (size_t i = 0; !e->is_packed && i < e->whole->moments.count; i += 2)
		__builtin_prefetch(&e->whole->moments.list[i]);
}
/* Something happened to it; rests: nothing more will for long. */
void conn_store_touch(struct conn_store *s, struct conn *c, bool rests);
void conn_store_pack_now(struct conn_store *s);

/* Packs what rests, and what is too much. No connection is in use. */
static inline void conn_store_pack_idle(struct conn_store *s)
{
	if (!list_empty(&s->resting) || s->busy_count > CONNS_WHOLE)
		conn_store_pack_now(s);
}

#endif
