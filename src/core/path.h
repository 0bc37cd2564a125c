/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What two hosts know together of a connection, and neither does alone: how far their clocks are apart, how long a
 * segment was on its way, which ones left and did not arrive, and which ones arrived that nobody had sent.
 */
#ifndef TCPLIFE_PATH_H
#define TCPLIFE_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/moment.h"

/* What became of a segment between the two hosts. */
enum passage_fate {
	PASSAGE_UNKNOWN, /* the evidence does not decide, or it is no SYN, FIN or RST */
	PASSAGE_ARRIVED, /* .delay_ns is how long it was on its way, by the clocks' offset; may be negative by its error
			  */
	PASSAGE_LOST,	 /* it left its host and did not come to the other one */
	PASSAGE_INJECTED, /* it came to a host, and the other one had not sent it */
};

struct passage {
	int64_t delay_ns;
	uint8_t fate; /* enum passage_fate */
};

/* By the side that sent: 0 client, 1 server. Times in ns. */
struct path {
	const char *host[2];
	bool clock_known;	 /* the offset and its error */
	int64_t clock_offset_ns; /* the server's host's clock is ahead of the client's by so much */
	uint64_t clock_error_ns; /* ... give or take so much */
	bool delay_known[2];
	int64_t delay_ns[2];					 /* of the first SYN, of the first SYN+ACK */
	bool counted[2];					 /* are the next ones known? */
	uint16_t lost[2], syn_lost[2], fin_lost[2], rst_lost[2]; /* lost: all of the three kinds */
	uint16_t injected[2];					 /* RSTs in this side's name */
	struct passage passage[MOMENTS_MAX];			 /* of the moment of that number, if it is a segment */
};

#endif
