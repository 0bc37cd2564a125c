/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What events do to the minisocket of a side: created, TIME_WAIT entered, restarted, ended. */
#ifndef TCPLIFE_CONN_TIMEWAIT_H
#define TCPLIFE_CONN_TIMEWAIT_H

#include "core/conn.h"
#include "event.h"

/*
 * Two re-armings closer than this are one, reported by the kernel and seen on the wire. The ACK of a FIN takes
 * microseconds.
 */
#define TIMEWAIT_SAME_RESTART_NS 50000000ULL

void conn_apply_timewait(struct conn *c, enum side_name s, const struct event_timewait *e);
/* What a segment of the peer does to this side's minisocket, where the kernel may not report it (tracepoint rung). */
void conn_apply_segment_to_timewait(struct conn *c, enum side_name sender, const struct event_segment *e);
/*
 * Where neither the wire nor the kernel shows that a FIN_WAIT2 minisocket accepted the FIN: this side's step from
 * LAST_ACK to CLOSE is its ACK. The FIN was sent when this side closed, on the same host.
 */
void conn_fin_taken_by_minisocket(struct conn *c, enum side_name side);
/* Ends a minisocket; the caller knows how. */
void conn_end_timewait(struct conn *c, enum side_name s, uint64_t ts_ns, enum timewait_exit exit, uint8_t evidence);
/*
 * A minisocket is gone, but its end was not reported, so that it has no length: EVIDENCE_DERIVED = the kernel's list of
 * sockets does not have it at ts_ns; 0 = it must have ended by then.
 */
void conn_lose_timewait(struct conn *c, enum side_name s, uint64_t ts_ns, uint8_t evidence);
/* TIME_WAIT begins: the evidence is EVIDENCE_*. */
void conn_enter_timewait(struct conn *c, enum side_name side, uint64_t ts_ns, uint8_t evidence);

/* A segment that passed at ts_ns was dropped: it did not begin TIME_WAIT, nor, before TCP saw it, restart it. */
void conn_timewait_dropped(struct conn *c, enum side_name sender, uint64_t ts_ns, bool before_tcp);
/* A segment without ACK came with an old timestamp: that restarts TIME_WAIT as well (tcp_timewait_state_process()). */
void conn_timewait_paws(struct conn *c, enum side_name sender, const struct event_drop *e);

#endif
