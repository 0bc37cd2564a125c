/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Steps of a socket that no hook told. A kernel may run no tracing program in some contexts (a guest kernel was seen
 * that runs none while its pid 1 is the current task, softirqs included), and records may be lost. The wire, the other
 * end's socket and the minisocket's end say all the same that the socket is gone.
 */
#ifndef TCPLIFE_CONN_MISSED_H
#define TCPLIFE_CONN_MISSED_H

#include "core/conn.h"
#include "event.h"

/* Is a socket gone by all other evidence, though its last step was not told? To be asked again after a silence: the ACK
 * that says so may not have been accepted, and then the FIN comes again. */
bool conn_step_missed(const struct conn *c);
/* Closes those sockets, and enters TIME_WAIT for the side that must be in it. The connection is not complete then. */
void conn_close_missed(struct conn *c);
/* A minisocket of this side spoke up: its full socket must be gone. */
void conn_socket_gave_way(struct conn *c, enum side_name side);
/* The kernel was asked what is there (side.present_state). Was something missed? Then it is made good: a socket that is
 * not there is closed, a minisocket has ended, a state is the one that was found. */
bool conn_check_presence(struct conn *c, enum side_name side, uint64_t now_ns);
/* A socket of the connection is first seen in the middle of its life: the connection began before the tracer, unless
 * its SYN was told. */
void conn_miss_birth(struct conn *c);
/* Before a step is applied: does it begin where the last one ended? Else one in between was missed. */
void conn_check_step(struct conn *c, enum side_name side, const struct event_state *e);

#endif
