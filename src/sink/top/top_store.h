/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The connections that the screen can show, in bounded memory: rows of those that are open, from the last walk over the
 * table; and the last so many that ended, or were open when their recording did, each with its row and, packed, the
 * whole connection, from which its diagram and its record are made. Pure.
 */
#ifndef TCPLIFE_TOP_STORE_H
#define TCPLIFE_TOP_STORE_H

#include "lib/flat.h"
#include "sink/keep/kept_conn.h"
#include "sink/top/top_row.h"

#define TOP_ENDED_MAX 16384 /* some 700 bytes each */
#define TOP_OPEN_MAX  16384

struct top_ended {
	struct kept_conn kept; /* nothing without memory */
	struct top_row row;
};

struct top_store {
	struct conn_packer packer;
	struct top_ended *ended; /* a ring */
	uint64_t next;		 /* number of the next one; the oldest is next - TOP_ENDED_MAX or 0 */
	struct flat by_id;	 /* slots, from 1 on */
	struct top_row *open;
	size_t open_count;
	uint64_t open_left_out; /* there was no room for them */
	uint64_t no_memory;	/* ended ones that are not kept, or not whole */
};

/* 0 or -ENOMEM. */
int top_store_init(struct top_store *s);
void top_store_free(struct top_store *s);
/* A walk over the open connections begins: then a row for each. NULL = there is no room. */
void top_store_walk(struct top_store *s);
struct top_row *top_store_open(struct top_store *s);
/* c has ended, or what is known of its end has changed. The row to be filled; NULL without memory. */
struct top_row *top_store_ended(struct top_store *s, const struct conn *c);
/* Is this row that of a connection which was put there and is kept still? */
struct top_row *top_store_find(const struct top_store *s, const uint64_t id[2]);
uint64_t top_store_oldest(const struct top_store *s);
/* number is from the oldest up to, not including, next. */
static inline struct top_ended *top_store_at(const struct top_store *s, uint64_t number)
{
	return &s->ended[number % TOP_ENDED_MAX];
}
/* The ended connection itself. It is good until the store changes. False: it is not kept. */
bool top_store_unpack(const struct top_store *s, const struct top_ended *e, struct whole_conn *out);
bool top_store_get(const struct top_store *s, const uint64_t id[2], struct whole_conn *out);

#endif
