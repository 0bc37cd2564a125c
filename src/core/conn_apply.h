/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What an event does to the connection that it belongs to. Knows nothing of the table: which connection and which side
 * it is was decided before (table/conn_events.c). Sides are given from the event's local end; segments by their sender.
 */
#ifndef TCPLIFE_CONN_APPLY_H
#define TCPLIFE_CONN_APPLY_H

#include "core/conn.h"
#include "event.h"

void conn_apply_state(struct conn *c, enum side_name s, const struct event_state *e);
/* Returns false if it is a known segment, seen at another interface. */
bool conn_apply_segment(struct conn *c, enum side_name sender, const struct event_segment *e);
/* Of a capture, in which every segment is seen, and once. */
void conn_apply_captured(struct conn *c, enum side_name sender, const struct event_segment *e);
void conn_apply_retransmit(struct conn *c, enum side_name s, const struct event_retransmit *e);
void conn_apply_reset(struct conn *c, enum side_name s, const struct event_reset *e);
void conn_apply_accept(struct conn *c, enum side_name s, const struct event_accept *e);
void conn_apply_free(struct conn *c, enum side_name s, const struct event_free *e);
/* Records only that it existed before the tracer started, and whose it is. */
void conn_apply_existing_owner(struct conn *c, enum side_name side, const struct event_existing *e);
void conn_apply_existing(struct conn *c, enum side_name s, const struct event_existing *e);

#endif
