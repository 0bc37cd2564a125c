/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What /metrics counts, in bounded memory: by role of this host, by ending, by service port only for ports that the
 * user listed, and by names of containers, pods and units only if the user asked, for so many. Never by address,
 * process or remote port: their number has no bound.
 */
#ifndef TCPLIFE_METRIC_SET_H
#define TCPLIFE_METRIC_SET_H

#include "config.h"
#include "core/record/conn_limit.h"
#include "core/record/conn_phase.h"
#include "core/table/conn_table.h"
#include "sink/metrics/exposition.h"
#include "sink/metrics/metric_labels.h"

#define METRIC_PORTS_MAX 32
/*
 * Combinations of names, and of a listed port, with series of their own. When there are more, the one without a
 * connection for longest gives way if that is an hour; else the new one is counted as "other".
 */
#define METRIC_NAMED_MAX     64
#define METRIC_NAMED_IDLE_NS (3600 * 1000000000ULL)

enum metric_role { ROLE_CLIENT, ROLE_SERVER, ROLE_BOTH, ROLE_UNKNOWN, ROLES };
enum metric_teardown { TEARDOWN_FIN, TEARDOWN_RESET, TEARDOWNS };

extern const struct bucket_bounds HANDSHAKE_BOUNDS, DURATION_BOUNDS, TEARDOWN_BOUNDS, TIME_WAIT_BOUNDS;

struct role_metrics {
	uint64_t closed[ENDING_COUNT], failed[ENDING_COUNT];
	uint64_t sent, received;	       /* bytes; by the client's end if both are here */
	uint64_t retransmits[PHASE_TIME_WAIT]; /* by phase */
	uint64_t limited[LIMITS];	       /* of those that sent for 100 ms or more */
	uint64_t seen;
	struct buckets handshake, duration;
};

struct metric_group {
	uint16_t port; /* 0 = all that are not listed */
	char *labels;  /* of --metrics-labels, owned; NULL = none */
	uint64_t hash; /* of labels */
	uint64_t last_ns;
	struct role_metrics role[ROLES];
	uint64_t closed_first[SIDES];
};

struct metric_set {
	uint64_t opened[2]; /* IPv4, IPv6 */
	struct buckets teardown[TEARDOWNS], time_wait;
	uint64_t exits[TIMEWAIT_EXIT_COUNT];
	uint64_t events[EVENT_KINDS];
	struct metric_group *group; /* one for each port, [0] = all others; behind them those of names */
	size_t port_count, group_count;
	uint8_t slot[65536];
	uint32_t labels;      /* as metric_labels_parse() has it */
	uint64_t named_other; /* connections whose names had no group */
	struct strbuf scratch;
};

/* ports NULL = none listed; labels 0 = none. 0, -ENOMEM, or -E2BIG for more than METRIC_PORTS_MAX. */
int metric_set_init(struct metric_set *m, const struct port_filter *ports, uint32_t labels);
void metric_set_free(struct metric_set *m);
void metric_set_conn(struct metric_set *m, const struct conn *c, enum conn_change change);
/* All families that come from it. */
void metric_set_write(const struct metric_set *m, struct exposition *e);

#endif
