/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the summary keeps of each service port, in bounded memory. */
#ifndef TCPLIFE_PORT_STATS_H
#define TCPLIFE_PORT_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "core/record/advice.h"
#include "lib/histogram.h"

#define PORT_STATS_MAX 512 /* about 26 KiB each; what comes after shares one */

/* Of one side, those in CLOSE_WAIT. */
struct unclosed {
	uint64_t count, longest_ns;
	struct actor holder; /* of the one that has been longest */
};

struct port_stats {
	bool other; /* every port that found no room */
	uint16_t port;
	/* of connections that closed */
	uint64_t closed;
	uint64_t ending[ENDING_COUNT];
	struct advice advice[ENDING_COUNT]; /* of the last one that called for some */
	uint64_t first_closer[SIDES];
	struct histogram handshake, duration;
	/* of TIME_WAITs that are over */
	struct histogram time_wait;
	uint64_t exit[TIMEWAIT_EXIT_COUNT];
	/* of connections that exist now: port_stats_forget_now() */
	uint64_t open, half_open, held[SIDES];
	struct unclosed unclosed[SIDES];
};

struct port_table {
	uint16_t slot[65536]; /* index + 1 into list */
	struct port_stats *list[PORT_STATS_MAX + 1];
	size_t count;
};

void port_table_free(struct port_table *t);
void port_table_closed(struct port_table *t, const struct conn *c);
/* The connection is over, TIME_WAIT included. */
void port_table_finished(struct port_table *t, const struct conn *c);
/* It exists now: open, or in TIME_WAIT. */
void port_table_now(struct port_table *t, const struct conn *c, uint64_t now_ns);
void port_table_forget_now(struct port_table *t);
/* Most connections first, "other" last. */
void port_table_sorted(const struct port_table *t, const struct port_stats *out[PORT_STATS_MAX + 1]);
/* What to do about the most frequent failure for which there is advice; NULL = there is none. */
const struct advice *port_stats_advice(const struct port_stats *p);
/* Endings other than an orderly close. */
uint64_t port_stats_failed(const struct port_stats *p);

#endif
