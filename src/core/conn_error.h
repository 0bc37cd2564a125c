/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a connection was notified of: ICMP errors about its segments, and the errors that its processes got. */
#ifndef TCPLIFE_CONN_ERROR_H
#define TCPLIFE_CONN_ERROR_H

#include "core/conn.h"
#include "event.h"

/* sender: whose segment it quotes. Returns false if it is of no segment of this connection. */
bool conn_apply_icmp(struct conn *c, enum side_name sender, const struct event_icmp *e);
/* side: whose socket it is. */
void conn_apply_error(struct conn *c, enum side_name side, const struct event_error *e);
/* The ICMP error about a segment of this side, of a kind that can end an attempt to connect; NULL = none. */
const struct icmp_error *conn_icmp_about(const struct conn *c, enum side_name sender);

#endif
