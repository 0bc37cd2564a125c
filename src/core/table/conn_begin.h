/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How connections begin. A place without a connection: none began, or there is no memory. */
#ifndef TCPLIFE_CONN_BEGIN_H
#define TCPLIFE_CONN_BEGIN_H

#include "core/table/conn_lifecycle.h"

/* A step of a socket that a SYN made at its listener. */
bool conn_step_is_child(const struct event_state *e);
/*
 * A new connection of a socket: what the index has under its id is a former one (a reused struct sock, or a second
 * connect()).
 */
bool conn_step_begins(const struct event_state *e);

/* Of a socket that is not known: the connection that its segments or its other end began, or a new one. */
struct place conn_begin_by_step(struct conn_table *t, const struct event_state *e);
/* Of a connection that is not known yet: a SYN begins one, a SYN+ACK or FIN shows one that existed before. */
struct place conn_begin_by_segment(struct conn_table *t, const struct event_segment *e);
/*
 * A SYN+ACK that no connection on the tuple is waiting for may answer a SYN that was taken for one of a request that is
 * gone, unseen: then that SYN began another connection.
 */
struct place conn_begin_next_request(struct conn_table *t, const struct event_segment *e);
/*
 * TIME_WAIT gave way to a SYN: its timestamp was new enough, whatever its number (tcp_timewait_state_process()). If
 * that SYN was taken for one of old, it begins another connection.
 */
void conn_begin_reopened(struct conn_table *t, struct place old, const struct event_timewait *e);
/* Of what the snapshot shows: the other end, if it lies on this host, may have come first. */
struct place conn_begin_existing(struct conn_table *t, const struct event_existing *e);

#endif
