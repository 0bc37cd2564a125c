/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * State changes of a socket that no hook reported. A kernel may run no tracing program in some contexts (a guest kernel
 * was seen that runs none while its pid 1 is the current task, softirqs included), and records may be lost. The wire,
 * the other end's socket and the minisocket's end still show that the socket is gone.
 */
#ifndef TCPLIFE_CONN_MISSED_H
#define TCPLIFE_CONN_MISSED_H

#include "core/conn.h"
#include "event.h"

/*
 * Is a socket gone by all other evidence, though its last step was not reported? To be checked again after a silence:
 * the ACK that proves it may not have been accepted, and then the FIN is retransmitted.
 */
bool conn_step_missed_late(const struct conn *c);
static inline bool conn_step_missed(const struct conn *c)
{
	const uint64_t *k = c->side[CLIENT].mark, *v = c->side[SERVER].mark;

	/* Without any of these there is no such evidence: asked after each event. */
	return (k[MARK_FIN_ACKED] | v[MARK_FIN_ACKED] | k[MARK_CLOSE] | v[MARK_CLOSE]) && conn_step_missed_late(c);
}
/*
 * Closes those sockets, and enters TIME_WAIT for the side that must be in it. The connection then counts as incomplete.
 */
void conn_close_missed(struct conn *c);
/* An event of this side's minisocket came: its full socket must be gone. */
void conn_socket_gave_way(struct conn *c, enum side_name side);
/*
 * The sockets were read again (side.present_state). Was something missed? Then it is corrected: a socket that does not
 * exist is closed, a minisocket has ended, a state is set to the one found.
 */
bool conn_check_presence(struct conn *c, enum side_name side, uint64_t now_ns);
/*
 * A socket of the connection is first seen after its beginning: the connection began before the tracer started, unless
 * its SYN was reported.
 */
void conn_miss_birth(struct conn *c);
/* Before a step is applied: does it begin where the last one ended? Else one in between was missed. */
void conn_check_step(struct conn *c, enum side_name side, const struct event_state *e);

#endif
