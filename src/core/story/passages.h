/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which of a side's SYNs, FINs and RSTs came to the other host. */
#ifndef TCPLIFE_STORY_PASSAGES_H
#define TCPLIFE_STORY_PASSAGES_H

#include "core/conn.h"
#include "core/path.h"

struct passages {
	bool counted;			      /* is known of both hosts all that passed them? */
	unsigned int injected;		      /* RSTs */
	struct passage sent[MOMENTS_MAX];     /* by the number of the moment of the sender's half */
	struct passage received[MOMENTS_MAX]; /* ... of the receiver's half */
};

/*
 * side: the sender; sender, receiver: the halves as the hosts of the sender and the receiver have them. ahead_ns is
 * what is added to a time of v's host (the server's) to be one of k's; here: of the receiver's to be the sender's.
 * error_ns: how wrong that may be.
 */
void passages_match(const struct conn *sender, const struct conn *receiver, enum side_name side, int64_t by,
		    uint64_t error_ns, struct passages *out);

#endif
