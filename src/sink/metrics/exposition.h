/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Metrics as text, in the two formats that scrapers read: Prometheus 0.0.4 and OpenMetrics 1.0.0. Pure. */
#ifndef TCPLIFE_EXPOSITION_H
#define TCPLIFE_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

#define BUCKETS_MAX 20

struct exposition {
	struct strbuf *out;
	bool openmetrics;
	const char *family; /* that samples belong to, without _total */
};

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

/* The connection that last fell into a bucket. */
struct exemplar {
	uint64_t id[2]; /* of the connection; 0 = none yet */
	uint64_t value_ns, wall_ns;
};

/* Upper bounds in ns, growing; a last bucket takes the rest. */
struct bucket_bounds {
	size_t count;
	const uint64_t *le_ns;
};

struct buckets {
	uint64_t count[BUCKETS_MAX + 1]; /* not cumulated */
	double sum_secs;
	struct exemplar exemplar[BUCKETS_MAX + 1];
};

void exposition_buckets_add(struct buckets *b, const struct bucket_bounds *bounds, uint64_t value_ns,
			    const uint64_t id[2], uint64_t wall_ns);
uint64_t exposition_buckets_total(const struct buckets *b, const struct bucket_bounds *bounds);

/* name without _total. Samples of it follow, each with other labels. */
void exposition_family(struct exposition *e, const char *name, enum metric_type type, const char *help);
/* Foreign text between the quotes of a label: control characters and what is no UTF-8 come out as \xNN. */
void exposition_label_value(struct strbuf *out, const char *text);
/* labels: `role="client",port="80"` or "". */
void exposition_gauge(struct exposition *e, const char *labels, double value);
void exposition_counter(struct exposition *e, const char *labels, uint64_t value);
void exposition_seconds(struct exposition *e, const char *labels, double secs); /* a counter of seconds */
void exposition_histogram(struct exposition *e, const char *labels, const struct buckets *b,
			  const struct bucket_bounds *bounds);
void exposition_end(struct exposition *e);

#endif
