/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The current connections: their ends by state, and which destinations take local ports. One walk over the table serves
 * all sinks that ask within a second of each other; without a question there is no walk.
 */
#ifndef TCPLIFE_CENSUS_H
#define TCPLIFE_CENSUS_H

#include "core/table/conn_table.h"
#include "core/destinations.h"
#include "core/tcp_state.h"

struct options;

struct census {
	/* Local ends by enum tcp_state; TIME_WAIT and FIN_WAIT2 minisockets included, a connection with both ends here
	 * counts twice. */
	uint64_t state[TCPS_COUNT];
	uint64_t connections; /* each once */
	uint64_t unclosed;    /* ends in CLOSE_WAIT for longer than CLOSE_WAIT_LEAK_NS */
	struct destinations destinations;

	/* census.c's */
	const struct conn_table *table;
	const struct options *options;
	const struct local_ports *ports;
	uint64_t taken_ns; /* the table's time at the last walk */
	bool wanted, frozen;
};

/* 0 or -ENOMEM. ports may become known later. */
int census_init(struct census *c, const struct conn_table *table, const struct options *o,
		const struct local_ports *ports);
void census_free(struct census *c);
/* Announces calls of census_now(): from then on connections that end are counted too. */
void census_want(struct census *c);
/* At most a second old, by the table's time; with more than 50,000 connections 20 µs times their number. */
const struct census *census_now(struct census *c);
void census_finished(struct census *c, const struct conn *conn, uint64_t now_ns);
/* Walks for the last time; after it the table may be emptied. */
void census_freeze(struct census *c);

#endif
