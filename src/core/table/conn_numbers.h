/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A connection by its initial sequence numbers, which address translation leaves as they are: for what bears a tuple
 * that no connection is known to have. Only young connections are found so, since the other tuple shows in the
 * handshake. Their numbers stand in a cache of fixed size, so that a flood of SYNs costs no memory; what it pushes out
 * stays a record of its own.
 */
#ifndef TCPLIFE_CONN_NUMBERS_H
#define TCPLIFE_CONN_NUMBERS_H

#include "core/table/conn_find.h"

/* The client's initial sequence number is known now. */
void conn_numbers_add(struct conn_index *x, const struct conn *c);
/* The same SYN, seen before it was translated: same number, window and length, at another place. *undecided: there are
 * several that it may be, then none is returned. */
struct place conn_numbers_find_syn(const struct conn_index *x, const struct event_segment *e, bool *undecided);
/* The connection that a SYN+ACK or a RST of this host answers, by what it acknowledges. */
struct place conn_numbers_find_answer(const struct conn_index *x, const struct event_segment *e);
/* Another connection than mine, of which this socket (e is its step to ESTABLISHED) is the missing side. */
struct place conn_numbers_find_socket(const struct conn_index *x, struct place mine, const struct event_state *e);

#endif
