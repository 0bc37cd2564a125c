/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What kept a side from sending faster, by its kernel's clocks (enum tcp_chrono). The time from established to the
 * acknowledgment of its own FIN, or to its last report, falls into four shares:
 *
 *   receiver_window  data waited, and the peer's window had no room: its program reads slowly, or its buffer is small
 *   send_buffer      all was sent, and the program waited for room: its buffer is smaller than the path holds
 *   network          data were under way: congestion window, loss, round trips
 *   application      nothing waited and nothing was under way: the program had nothing to send
 *
 * The kernel has a clock for each of the first two, and one for all the time in which data waited or were under way.
 * The rest of that is the send buffer's if the congestion window was larger than it, and it was used to a quarter or
 * more in the mean. It is the network's if something was lost, or if the congestion window grew beyond the 10 segments
 * with which it begins and a quarter of it or more was used in the mean. It is the application's if that window never
 * grew, and fewer than 2 segments were under way in the mean: the network would have taken more. Else whose it is, is
 * unknown.
 *
 * The limiter is the one with at least half of the time; if none has that, it is unknown.
 */
#ifndef TCPLIFE_CONN_LIMIT_H
#define TCPLIFE_CONN_LIMIT_H

#include "core/conn.h"

enum limit {
	LIMIT_NONE, /* nothing was sent, no counters, or too short for clocks that tick each 4 to 10 ms */
	LIMIT_APPLICATION,
	LIMIT_RECEIVER_WINDOW,
	LIMIT_SEND_BUFFER,
	LIMIT_NETWORK,
	LIMIT_UNKNOWN,
	LIMITS,
};

/* A share of less than that cannot be measured. */
#define LIMIT_MEASURED_NS 100000000ULL

struct shares {
	uint64_t total_ns;	/* of all below */
	uint64_t of_ns[LIMITS]; /* all but LIMIT_NONE */
};

/* "application", ...; NULL for LIMIT_NONE. */
const char *limit_name(enum limit l);
/* "receiver's window": for people. */
const char *limit_text(enum limit l);
/* False if they are not known. */
bool conn_shares(const struct conn *c, enum side_name side, struct shares *out);
/* What limited what this side sent. */
enum limit conn_limit(const struct conn *c, enum side_name side);
/* The same of the side that sent more, which goes to *sender; LIMIT_NONE if its kernel's counters are not known. */
enum limit conn_main_limit(const struct conn *c, enum side_name *sender);
/* Did something hold data up? A program that has nothing to send does not. */
bool limit_holds_up(enum limit l);
/*
 * What held up the side that sent more, for a second or more: LIMIT_RECEIVER_WINDOW, LIMIT_SEND_BUFFER or
 * LIMIT_NETWORK; else LIMIT_NONE. *sender and *ns: which side, and for how long.
 */
enum limit conn_held_up(const struct conn *c, enum side_name *sender, uint64_t *ns);

#endif
