// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* /metrics, for Prometheus and other scrapers. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/http.h"
#include "lib/http_accept.h"
#include "lib/log.h"
#include "options.h"
#include "sink/metrics/census.h"
#include "sink/metrics/metric_set.h"
#include "sink/metrics/process_metrics.h"
#include "sink/sink.h"

#define TEXT_TYPE	 "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct prometheus {
	struct sink *sink;
	struct metric_set set;
};

/* ---- gauges ---- */

static void write_states(struct exposition *e, const struct census *c)
{
	char label[40];

	exposition_family(e, "tcplife_connections", METRIC_GAUGE,
			  "Ends of connections on this host now, by state; a connection with both ends here has two.");
	for (int state = TCPS_ESTABLISHED; state <= TCPS_CLOSING; state++) {
		uint64_t n = c->state[state] + (state == TCPS_SYN_RECV ? c->state[TCPS_NEW_SYN_RECV] : 0);

		if (state == TCPS_LISTEN || state == TCPS_CLOSE)
			continue;
		snprintf(label, sizeof(label), "state=\"%s\"", tcp_state_otel_name(state));
		exposition_gauge(e, label, (double)n);
	}
	exposition_family(e, "tcplife_close_wait_overdue", METRIC_GAUGE,
			  "Ends in CLOSE_WAIT for over a minute: their program does not close them.");
	exposition_gauge(e, "", (double)c->unclosed);
}

/* Towards the destination that is nearest to running out. Which one that is, the web page and the summary show. */
static void write_forecast(struct exposition *e, const struct census *c)
{
	const struct destination *top[DESTINATIONS_FULLEST];
	size_t n = destinations_top(&c->destinations, top, DESTINATIONS_FULLEST);
	double ratio = 0, secs = INFINITY, available = NAN;

	for (size_t i = 0; i < n; i++) {
		struct local_ports ports = destination_ports(&c->destinations, top[i]);
		struct forecast_load load = destination_load(&c->destinations, top[i]);
		struct forecast f = forecast_make(&ports, &load);

		if (f.available && (double)f.used / f.available > ratio)
			ratio = (double)f.used / f.available;
		if (f.exhausted_ns != FORECAST_NEVER && (double)f.exhausted_ns / 1e9 < secs)
			secs = (double)f.exhausted_ns / 1e9;
	}
	if (c->destinations.ports.known)
		available = local_ports_count(&c->destinations.ports);
	if (!isnan(available)) {
		exposition_family(e, "tcplife_local_ports_available", METRIC_GAUGE,
				  "Ports that connect() may choose: ip_local_port_range without the reserved ones.");
		exposition_gauge(e, "", available);
	}
	exposition_family(e, "tcplife_local_ports_used_ratio", METRIC_GAUGE,
			  "Share of them held, TIME_WAIT included, towards the destination that holds most.");
	exposition_gauge(e, "", ratio);
	exposition_family(e, "tcplife_local_ports_exhausted_seconds", METRIC_GAUGE,
			  "Seconds until a destination has none left, if all goes on as in the last minute, and "
			  "that is within the hour and no chance; +Inf: not in sight.");
	exposition_gauge(e, "", secs);
}

static void ask_exporters(const struct sink *s, struct sink_export figures[RECEIVERS])
{
	for (size_t i = 0; i < *s->all_count; i++)
		if (s->all[i].ops->exported)
			s->all[i].ops->exported(&s->all[i], figures);
}

static void write_table(struct exposition *e, const struct sink *s, const struct sink_export figures[RECEIVERS])
{
	const struct conn_table_counters *n = conn_table_counters(s->table);

	exposition_family(
		e, "tcplife_events_lost", METRIC_COUNTER,
		"Lost: events at the ring buffer, connections dropped from a full table, rows for slow pages.");
	exposition_counter(e, "stage=\"ringbuf\"", n->lost_total);
	exposition_counter(e, "stage=\"table\"", n->evicted);
	exposition_counter(e, "stage=\"sse\"", figures[RECEIVER_PAGES].dropped);
	exposition_family(e, "tcplife_table_entries", METRIC_GAUGE, "Connections held, TIME_WAIT included.");
	exposition_gauge(e, "", (double)n->live);
	exposition_family(e, "tcplife_table_capacity", METRIC_GAUGE, "Connections that can be held.");
	exposition_gauge(e, "", (double)s->options->max_connections);
}

/* librdkafka does not report how often it retried. */
static void write_exports(struct exposition *e, const struct sink_export figures[RECEIVERS])
{
	static const char *const names[RECEIVER_PAGES] = { "unix", "otlp_traces", "otlp_logs", "kafka", "clickhouse" };
	char label[64];

	exposition_family(e, "tcplife_export_records", METRIC_COUNTER,
			  "Records to receivers elsewhere, and what became of them; retry counts batches.");
	for (int r = 0; r < RECEIVER_PAGES; r++) {
		const struct sink_export *f = &figures[r];
		const uint64_t count[] = { f->delivered, f->dropped, f->retries };
		static const char *const outcome[] = { "ok", "dropped", "retry" };

		for (int i = 0; i < (r == RECEIVER_KAFKA ? 2 : 3) && f->used; i++) {
			snprintf(label, sizeof(label), "exporter=\"%s\",outcome=\"%s\"", names[r], outcome[i]);
			exposition_counter(e, label, count[i]);
		}
	}
	exposition_family(e, "tcplife_export_queue_records", METRIC_GAUGE, "Records that wait for such a receiver.");
	for (int r = 0; r < RECEIVER_PAGES; r++) {
		snprintf(label, sizeof(label), "exporter=\"%s\"", names[r]);
		if (figures[r].used)
			exposition_gauge(e, label, (double)figures[r].queued);
	}
}

static void write_build(struct exposition *e, const struct sink *s)
{
	char labels[80];

	snprintf(labels, sizeof(labels), "version=\"%s\",capture=\"%s\"", TCPLIFE_VERSION, options_capture(s->options));
	exposition_family(e, "tcplife_build_info", METRIC_GAUGE, "Always 1; the labels say what runs.");
	exposition_gauge(e, labels, 1);
}

static void write_all(struct prometheus *p, struct exposition *e)
{
	const struct census *c = census_now(p->sink->census);
	struct sink_export figures[RECEIVERS] = { 0 };

	ask_exporters(p->sink, figures);
	write_build(e, p->sink);
	metric_set_write(&p->set, e);
	write_states(e, c);
	write_forecast(e, c);
	write_table(e, p->sink, figures);
	write_exports(e, figures);
	process_metrics_write(e);
	exposition_end(e);
}

/* ---- the sink ---- */

static void metrics(void *ctx, const struct http_request *r, struct http_reply *out)
{
	const char *accept = http_header(r, "Accept");
	unsigned int openmetrics = http_weight(accept, "application/openmetrics-text");
	struct exposition e = { .out = &out->body,
				.openmetrics = openmetrics && openmetrics >= http_weight(accept, "text/plain") };

	out->content_type = e.openmetrics ? OPENMETRICS_TYPE : TEXT_TYPE;
	write_all(ctx, &e);
}

static int prometheus_open(struct sink *s, const char *arg)
{
	struct prometheus *p = s->private;
	struct http_server *server;
	int err = metric_set_init(&p->set, s->options->metrics_ports, s->options->metrics_labels);

	if (err)
		return log_errno(err, "output prometheus");
	p->sink = s;
	err = http_listen(s->http, arg, &server);
	if (!err) {
		err = http_route(server, "/metrics", HTTP_FOR_SCRAPERS, metrics, p);
		if (err == -EEXIST)
			log_error("--prometheus is given twice for %s", http_url(server));
	}
	if (err) {
		metric_set_free(&p->set);
		return err;
	}
	census_want(s->census);
	http_announce(server, "metrics", "/metrics", HTTP_FOR_SCRAPERS);
	return 0;
}

static void prometheus_event(struct sink *s, const struct event *e)
{
	struct prometheus *p = s->private;

	p->set.events[e->kind]++;
}

static void prometheus_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct prometheus *p = s->private;

	metric_set_conn(&p->set, c, change);
}

static int prometheus_close(struct sink *s)
{
	struct prometheus *p = s->private;

	metric_set_free(&p->set);
	return 0;
}

const struct sink_ops sink_prometheus = {
	.name = "prometheus",
	.help = "metrics for Prometheus, served at /metrics (--prometheus)",
	.arg_help = "[ADDR]",
	.listens = true,
	.private_size = sizeof(struct prometheus),
	.open = prometheus_open,
	.event = prometheus_event,
	.conn = prometheus_conn,
	.close = prometheus_close,
};
