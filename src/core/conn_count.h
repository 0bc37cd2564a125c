/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Counts the segments that TCP's own counters leave out: conn_packets() adds them to a socket's counters. */
#ifndef TCPLIFE_CONN_COUNT_H
#define TCPLIFE_CONN_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "event.h"

/* A segment was seen for the first time; before it is applied. */
void conn_count_segment(struct conn *c, enum side_name sender, const struct event_segment *e);
/* An accepted socket was created. */
void conn_count_child(struct conn *c, uint64_t ts_ns);
/* Its receiver threw a segment away; was_seen: it was reported as it passed an interface. */
void conn_count_drop(struct conn *c, enum side_name sender, const struct event_drop *e, bool was_seen);

/* Was it thrown away before tcp_segs_in(), in the order of tcp_v4_rcv()? Then no socket counts it, and nothing heeds
 * it. */
bool conn_is_dropped_before_tcp(const struct event_drop *e);

#endif
