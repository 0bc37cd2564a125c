/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The tuples of a connection, as they come to light. */
#ifndef TCPLIFE_CONN_VIEW_H
#define TCPLIFE_CONN_VIEW_H

#include "core/table/conn_find.h"

/* A segment that p.side sent passed under this tuple, [0] is the sender's. Nothing happens if it is known, or there are
 * too many. */
void conn_view_add(struct conn_index *x, struct place p, const struct event_tuple *tuple);
/* The socket of p.side has this tuple, [0] is its own end. The opener's becomes the connection's own. */
void conn_view_of_socket(struct conn_index *x, struct place p, const struct event_tuple *tuple);
/* CONN_TUPLE_PENDING until now: the connection's own tuple is found from here on. */
void conn_view_settle(struct conn_index *x, struct conn *c);
/* It will not become known: the first view stands for it. False if there is none. */
bool conn_view_adopt(struct conn *c);

#endif
