/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What an event does to the connection that it belongs to. Knows nothing of the table: which connection and which side
 * it is was decided before (conn_table.c). Sides are given from the event's local end; segments by their sender.
 */
#ifndef TCPLIFE_CONN_APPLY_H
#define TCPLIFE_CONN_APPLY_H

#include "core/conn.h"
#include "event.h"

void conn_apply_state(struct conn *c, enum side_name s, const struct event_state *e);
/* Returns false if it is another interface's sight of a segment that is known already. */
bool conn_apply_segment(struct conn *c, enum side_name sender, const struct event_segment *e);
/* Of a capture, in which every segment is seen, and once. */
void conn_apply_captured(struct conn *c, enum side_name sender, const struct event_segment *e);
void conn_apply_retransmit(struct conn *c, enum side_name s, const struct event_retransmit *e);
void conn_apply_reset(struct conn *c, enum side_name s, const struct event_reset *e);
void conn_apply_accept(struct conn *c, enum side_name s, const struct event_accept *e);
void conn_apply_free(struct conn *c, enum side_name s, const struct event_free *e);
/* That it was there before the tracer, and whose it is: no more. */
void conn_apply_existing_owner(struct conn *c, enum side_name side, const struct event_existing *e);
void conn_apply_existing(struct conn *c, enum side_name s, const struct event_existing *e);

/* conn_packets.c: a segment was seen for the first time, before it is applied; an accepted socket was made. */
void conn_count_segment(struct conn *c, enum side_name sender, const struct event_segment *e);
void conn_count_child(struct conn *c, uint64_t ts_ns);

void conn_count_drop(struct conn *c, enum side_name sender, const struct event_drop *e);

/* Has the FIN of both sides been sent and acknowledged, as the wire shows it? */
bool conn_fins_acked(const struct conn *c);
/*
 * Can this side's last RST, as seen on the wire, have ended the connection? In a half-open one a RST answers an ACK of
 * what was never sent, too: it bears that ACK's number, and the request stays (RFC 9293 3.10.7.4, tcp_check_req()). The
 * one that ends it bears the number behind the SYN+ACK, or 0 in answer to a segment without ACK. Whether an ACK was
 * taken is known from the drop that follows it: before Linux 5.17, and of forwarded traffic, any RST ends it.
 */
bool conn_reset_ends(const struct conn *c, enum side_name sender);

#endif
