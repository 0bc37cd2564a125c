/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What segments did, by two kinds of evidence. A segment claims something as it passes: it acknowledges a SYN, it is a
 * FIN, it resets. Where the socket that it concerns is on this host, the socket's state change decides: the claim is
 * that of the last acceptable segment before the step (RFC 9293 3.10.7), and a segment that brought about no step had
 * no effect. Without such a segment the step has none; a later segment is never taken for its cause. Where the socket
 * is not here, acceptability alone decides. The segments are looked up in the connection's history.
 */
#ifndef TCPLIFE_CONN_CLAIM_H
#define TCPLIFE_CONN_CLAIM_H

#include "core/conn.h"
#include "event.h"

/* A segment passed, and stands in the history already. */
void conn_claim_segment(struct conn *c, enum side_name sender, const struct event_segment *e);
/* This side's socket took a step, which is applied. */
void conn_claim_step(struct conn *c, enum side_name side, const struct event_state *e);
/* This side accepted its peer's FIN, which ends before the sequence number fin_end. */
void conn_claim_fin_taken(struct conn *c, enum side_name side, uint32_t fin_end, uint64_t ts_ns);
/* A segment ended this side's FIN_WAIT2 minisocket: a RST that it took, which need only lie in its window, or data that
 * it answered by one. */
void conn_claim_minisocket_reset(struct conn *c, enum side_name side, uint64_t ts_ns);
/* The segment of this moment was dropped: removes what it claimed, and nothing else. is_damaged: its numbers may be
 * wrong, even that of a SYN+ACK. */
void conn_claim_dropped(struct conn *c, enum side_name sender, struct moment *m, bool is_damaged);
/* Removes claims on closed sockets that none of their steps confirms. May be called again. */
void conn_claim_settle(struct conn *c);
/* Has the side's socket accepted its peer's FIN, by its steps? */
bool conn_took_fin(const struct conn *c, enum side_name side);
/* Was the FIN of this side's socket acknowledged, by its steps? */
bool conn_fin_was_acked(const struct side *s);

#endif
