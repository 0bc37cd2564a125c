/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Who really sent a RST: the end that it names, or a device on the path in its name. */
#ifndef TCPLIFE_RESET_ORIGIN_H
#define TCPLIFE_RESET_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "event.h"

/* Keeps what is needed of a segment that was applied to c; sightings of one segment elsewhere are left out. */
void reset_origin_note(struct conn *c, enum side_name sender, const struct event_segment *e);
/* The side in whose name the RST came that ended c, or -1: none did. By c->verdict's ending and ended_by. */
int reset_origin_sender(const struct conn *c);
/* Did the side abort without a RST, though its segments are seen: in CLOSING or LAST_ACK, or under TCP_REPAIR? */
bool reset_origin_is_silent(const struct conn *c, enum side_name side);
/* What c->verdict should say. Of a connection that no RST ended: RESET_ORIGIN_NONE. */
enum reset_origin reset_origin_decide(const struct conn *c, uint32_t *evidence);
/*
 * Is the RST of this side the answer of a TCP that knows no such connection? It has no ACK then (RFC 9293 3.10.7.1),
 * where an abort has one (tcp_send_active_reset()); and its sender had not closed, and had said nothing for a time: a
 * firewall or a load balancer that forgets idle connections, a host that was started anew. Returns for how long; 0 =
 * no.
 */
uint64_t reset_origin_forgotten_ns(const struct conn *c, enum side_name sender);

#endif
