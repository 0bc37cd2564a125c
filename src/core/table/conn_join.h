/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A socket comes to the connection that it is an end of, once its tuple or its numbers show which one that is. */
#ifndef TCPLIFE_CONN_JOIN_H
#define TCPLIFE_CONN_JOIN_H

#include "core/table/conn_lifecycle.h"

/* Of one that is CONN_TUPLE_PENDING. */
struct place conn_resolve_pending(struct conn_table *t, struct place p, const struct event_tuple *tuple);
struct place conn_resolve_pending_by_segment(struct conn_table *t, struct place p, const struct event_tuple *tuple);

/* CONN_TUPLE_PENDING: this is its socket's tuple. */
static inline struct place conn_resolve_tuple(struct conn_table *t, struct place p, const struct event_tuple *tuple)
{
	return p.conn->flags & CONN_TUPLE_PENDING ? conn_resolve_pending(t, p, tuple) : p;
}

/* The same by a segment of it, whose tuple may have been translated: then it remains pending. */
static inline struct place conn_resolve_by_segment(struct conn_table *t, struct place p,
						   const struct event_tuple *tuple)
{
	return p.conn->flags & CONN_TUPLE_PENDING ? conn_resolve_pending_by_segment(t, p, tuple) : p;
}

/* Before p.side's step to ESTABLISHED is applied: if nothing but sockets is known of the connection so far, the pair of
 * numbers may show that it is another one. Anything but that step leaves p as it is. */
struct place conn_join_by_numbers(struct conn_table *t, struct place p, const struct event_state *e);

#endif
