// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Collects one sample a second and the histograms for the web page, and writes them as JSON. */
#include "sink/web/web_figures.h"

#include <string.h>

#include "core/record/conn_phase.h"
#include "core/timestamp.h"
#include "options.h"
#include "sink/metrics/census.h"

#define NS_PER_S 1000000000ULL

/* What a row of an open connection has. */
static bool in_open_row(const struct field *f)
{
	static const char *const paths[] = { "id",
					     "role",
					     "complete",
					     "start_time",
					     "client.address",
					     "client.port",
					     "client.bytes",
					     "client.retransmits",
					     "client.last_state",
					     "client.process.opener.name",
					     "client.process.opener.pid",
					     "server.address",
					     "server.port",
					     "server.bytes",
					     "server.retransmits",
					     "server.last_state",
					     "server.process.opener.name",
					     "server.process.acceptor.name",
					     "server.process.acceptor.pid",
					     "tcp.existed",
					     "handshake.duration_ns" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!strcmp(paths[i], f->path))
			return true;
	}
	return false;
}

int web_figures_init(struct web_figures *f)
{
	return json_plan_init(&f->open_row, in_open_row);
}

void web_figures_free(struct web_figures *f)
{
	json_plan_free(&f->open_row);
}

/* ---- counting ---- */

void web_figures_event(struct web_figures *f, const struct event *e)
{
	if (e->kind == EVENT_CLOCK)
		f->wall_offset_ns = (int64_t)(((const struct event_clock *)e)->wall_ns - e->ts_ns);
}

static void count_closed(struct web_figures *f, const struct conn *c)
{
	struct span established, handshake;

	f->closed++;
	f->running.closed++;
	if (!conn_phase(c, PHASE_ESTABLISHED, &established)) {
		f->failed++;
		f->running.failed++;
	} else if (conn_phase(c, PHASE_HANDSHAKE, &handshake) && handshake.end_ns > handshake.begin_ns) {
		exposition_buckets_add(&f->handshake, &HANDSHAKE_BOUNDS, handshake.end_ns - handshake.begin_ns, c->id,
				       0);
	}
}

void web_figures_conn(struct web_figures *f, const struct conn *c, enum conn_change change)
{
	if (change == CONN_OPENED) {
		f->opened++;
		f->running.opened++;
	} else if (change == CONN_CLOSED) {
		count_closed(f, c);
	} else if (change == CONN_FINISHED) {
		for (int i = CLIENT; i < SIDES; i++) {
			uint64_t ns;

			if (timewait_length(&c->side[i].timewait, &ns))
				exposition_buckets_add(&f->time_wait, &TIME_WAIT_BOUNDS, ns, c->id, 0);
		}
	}
}

void web_figures_tick(struct web_figures *f, const struct sink *s, uint64_t now_ns)
{
	struct web_sample *r = &f->running;
	const struct census *c;
	uint64_t wall_secs = (now_ns + (uint64_t)f->wall_offset_ns) / NS_PER_S;

	if (!now_ns || wall_secs == r->wall_secs)
		return;
	if (!r->wall_secs) { /* the first: it began somewhere in its second */
		r->wall_secs = wall_secs;
		return;
	}
	c = census_now(s->census);
	r->opening = (uint32_t)(c->state[TCPS_SYN_SENT] + c->state[TCPS_SYN_RECV] + c->state[TCPS_NEW_SYN_RECV]);
	r->established = (uint32_t)c->state[TCPS_ESTABLISHED];
	r->close_wait = (uint32_t)c->state[TCPS_CLOSE_WAIT];
	r->closing = (uint32_t)(c->state[TCPS_FIN_WAIT1] + c->state[TCPS_FIN_WAIT2] + c->state[TCPS_CLOSING] +
				c->state[TCPS_LAST_ACK]);
	r->time_wait = (uint32_t)c->state[TCPS_TIME_WAIT];
	f->sample[f->samples++ % WEB_SAMPLES] = *r;
	*r = (struct web_sample) { .wall_secs = wall_secs };
}

/* ---- as JSON ---- */

void web_figures_history(const struct web_figures *f, struct json *j, size_t newest)
{
	uint64_t have = f->samples < WEB_SAMPLES ? f->samples : WEB_SAMPLES;
	uint64_t first = f->samples - (newest < have ? newest : have);

	json_array_begin(j, "samples");
	for (uint64_t n = first; n < f->samples; n++) {
		const struct web_sample *s = &f->sample[n % WEB_SAMPLES];
		const uint64_t values[] = { s->wall_secs,   s->opened,	   s->closed,  s->failed,   s->opening,
					    s->established, s->close_wait, s->closing, s->time_wait };

		json_array_begin(j, NULL);
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
			json_uint(j, NULL, values[i]);
		json_array_end(j);
	}
	json_array_end(j);
}

static void put_bounds(struct json *j, const char *key, const struct bucket_bounds *b)
{
	json_array_begin(j, key);
	for (size_t i = 0; i < b->count; i++)
		json_uint(j, NULL, b->le_ns[i]);
	json_array_end(j);
}

void web_figures_bounds(struct json *j)
{
	put_bounds(j, "handshake_bounds_ns", &HANDSHAKE_BOUNDS);
	put_bounds(j, "time_wait_bounds_ns", &TIME_WAIT_BOUNDS);
}

static void put_buckets(struct json *j, const char *key, const struct buckets *b, const struct bucket_bounds *bounds)
{
	json_array_begin(j, key);
	for (size_t i = 0; i <= bounds->count; i++)
		json_uint(j, NULL, b->count[i]);
	json_array_end(j);
}

static void put_destination(struct json *j, const struct census *c, const struct destination *dest)
{
	struct local_ports ports = destination_ports(&c->destinations, dest);
	struct forecast_load load = destination_load(&c->destinations, dest);
	struct forecast f = forecast_make(&ports, &load);
	const char *process = destination_top_process(dest);
	char text[ENDPOINT_TEXT_SIZE];

	json_object_begin(j, NULL);
	json_text(j, "local", endpoint_address(&dest->local, text));
	json_text(j, "remote", endpoint_text(&dest->remote, text));
	json_uint(j, "used", f.used);
	json_uint(j, "time_wait", dest->time_wait);
	json_uint(j, "opened_per_minute", (uint64_t)(load.opened * 60 + 0.5));
	if (f.available) {
		json_uint(j, "available", f.available);
		json_uint(j, "left", f.left);
		json_uint(j, "levels_off", f.levels_off);
	}
	if (f.exhausted_ns != FORECAST_NEVER)
		json_uint(j, "exhausted_ns", f.exhausted_ns);
	json_text(j, "tw_reuse", reuse_advice_name(f.reuse));
	if (process[0])
		json_text_n(j, "process", process, sizeof(dest->process[0].name));
	json_object_end(j);
}

static void put_census(struct json *j, const struct census *c)
{
	const struct destination *top[DESTINATIONS_FULLEST];
	size_t n = destinations_top(&c->destinations, top, DESTINATIONS_FULLEST);

	json_object_begin(j, "states");
	for (int state = TCPS_ESTABLISHED; state <= TCPS_CLOSING; state++) {
		if (state != TCPS_CLOSE && state != TCPS_LISTEN)
			json_uint(j, tcp_state_otel_name(state),
				  c->state[state] + (state == TCPS_SYN_RECV ? c->state[TCPS_NEW_SYN_RECV] : 0));
	}
	json_object_end(j);
	json_uint(j, "close_wait_overdue", c->unclosed);
	json_array_begin(j, "ports");
	for (size_t i = 0; i < n; i++)
		put_destination(j, c, top[i]);
	json_array_end(j);
}

struct open_rows {
	const struct web_figures *figures;
	const struct sink *sink;
	struct json *json;
	size_t left;
};

void web_figures_open_row(const struct web_figures *f, const struct conn *c, struct json *j)
{
	json_object_begin(j, NULL);
	json_plan_write(&f->open_row, c, j);
	json_object_end(j);
}

static bool put_open(void *ctx, const struct conn *c)
{
	struct open_rows *o = ctx;

	if (!options_want_open(o->sink->options, c))
		return true;
	web_figures_open_row(o->figures, c, o->json);
	return --o->left > 0;
}

void web_figures_now(const struct web_figures *f, const struct sink *s, struct json *j)
{
	const struct conn_table_counters *n = conn_table_counters(s->table);
	struct open_rows open = { .figures = f, .sink = s, .json = j, .left = WEB_OPEN_SHOWN };
	char text[TIMESTAMP_SIZE];

	json_text(j, "time", timestamp_utc(conn_table_now(s->table) + (uint64_t)f->wall_offset_ns, text));
	json_uint(j, "events", n->events);
	json_uint(j, "lost", n->lost_total);
	json_uint(j, "evicted", n->evicted);
	json_uint(j, "opened", f->opened);
	json_uint(j, "closed", f->closed);
	json_uint(j, "failed", f->failed);
	json_uint(j, "live", n->live);
	json_uint(j, "capacity", s->options->max_connections);
	put_census(j, census_now(s->census));
	put_buckets(j, "handshake", &f->handshake, &HANDSHAKE_BOUNDS);
	put_buckets(j, "time_wait", &f->time_wait, &TIME_WAIT_BOUNDS);
	json_array_begin(j, "open");
	conn_table_each_open(s->table, put_open, &open);
	json_array_end(j);
}
