/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The page's figures: a sample a second of the last ten minutes, two histograms, and the current connections. As JSON.
 */
#ifndef TCPLIFE_WEB_FIGURES_H
#define TCPLIFE_WEB_FIGURES_H

#include "lib/json.h"
#include "sink/json/json_plan.h"
#include "sink/metrics/metric_set.h"
#include "sink/sink.h"

#define WEB_SAMPLES 600

/* Of one second of the events' time. */
struct web_sample {
	uint64_t wall_secs; /* 0 = none */
	uint32_t opened, closed, failed;
	uint32_t opening, established, close_wait, closing, time_wait; /* local ends at its end */
};

struct web_figures {
	struct web_sample sample[WEB_SAMPLES]; /* a ring */
	uint64_t samples;		       /* so far */
	struct web_sample running;
	int64_t wall_offset_ns; /* of the newest connection or clock */
	uint64_t opened, closed, failed;
	struct buckets handshake, time_wait;
	struct json_plan open_row; /* of connections that are open */
};

/* 0 or a negative errno. */
int web_figures_init(struct web_figures *f);
void web_figures_free(struct web_figures *f);
void web_figures_event(struct web_figures *f, const struct event *e);
void web_figures_conn(struct web_figures *f, const struct conn *c, enum conn_change change);
/* Closes the sample if its second is over. */
void web_figures_tick(struct web_figures *f, const struct sink *s, uint64_t now_ns);

/* The members of the object j. */
void web_figures_history(const struct web_figures *f, struct json *j, size_t newest);
void web_figures_now(const struct web_figures *f, const struct sink *s, struct json *j);
void web_figures_bounds(struct json *j);
#define WEB_OPEN_SHOWN 150
/* The row of one that is open, as an object. */
void web_figures_open_row(const struct web_figures *f, const struct conn *c, struct json *j);

#endif
