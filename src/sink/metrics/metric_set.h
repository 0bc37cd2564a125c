/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What /metrics counts, in bounded memory: by role of this host, by ending, and by service port only for ports that
 * the user listed. Never by address, process or remote port: their number has no bound.
 */
#ifndef TCPLIFE_METRIC_SET_H
#define TCPLIFE_METRIC_SET_H

#include "config.h"
#include "core/record/conn_phase.h"
#include "core/table/conn_table.h"
#include "sink/metrics/exposition.h"

#define METRIC_PORTS_MAX 32

enum metric_role { ROLE_CLIENT, ROLE_SERVER, ROLE_BOTH, ROLE_UNKNOWN, ROLES };
enum metric_teardown { TEARDOWN_FIN, TEARDOWN_RESET, TEARDOWNS };

extern const struct bucket_bounds HANDSHAKE_BOUNDS, DURATION_BOUNDS, TEARDOWN_BOUNDS, TIME_WAIT_BOUNDS;

struct role_metrics {
	uint64_t closed[ENDING_COUNT], failed[ENDING_COUNT];
	uint64_t sent, received;	       /* bytes; by the client's end if both are here */
	uint64_t retransmits[PHASE_TIME_WAIT]; /* by phase */
	uint64_t seen;
	struct buckets handshake, duration;
};

struct port_metrics {
	uint16_t port; /* 0 = all that are not listed */
	struct role_metrics role[ROLES];
	uint64_t closed_first[SIDES];
};

struct metric_set {
	uint64_t opened[2]; /* IPv4, IPv6 */
	struct buckets teardown[TEARDOWNS], time_wait;
	uint64_t exits[TIMEWAIT_EXIT_COUNT];
	uint64_t events[EVENT_KINDS];
	struct port_metrics *port; /* [0] = all others */
	size_t port_count;
	uint8_t slot[65536];
};

/* ports NULL = none listed. 0, -ENOMEM, or -E2BIG for more than METRIC_PORTS_MAX. */
int metric_set_init(struct metric_set *m, const struct port_filter *ports);
void metric_set_free(struct metric_set *m);
void metric_set_conn(struct metric_set *m, const struct conn *c, enum conn_change change);
/* All families that come from it. */
void metric_set_write(const struct metric_set *m, struct exposition *e);

#endif
