// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A web page that lists connections and shows each one's details: its files, its API, and its stream of events. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/playback.h"
#include "core/record/ending.h"
#include "lib/host_clock.h"
#include "lib/human.h"
#include "lib/http.h"
#include "lib/log.h"
#include "options.h"
#include "sink/metrics/census.h"
#include "sink/json/json_record.h"
#include "sink/web/web_ask.h"
#include "sink/web/web_assets.h"
#include "sink/web/web_figures.h"
#include "sink/web/web_store.h"
#include "sink/web/web_stream.h"

#define SECOND_MS    1000
#define ROWS_AT_ONCE 500
#define NS_PER_MS    1000000ULL

struct web {
	struct sink *sink;
	struct web_store store;
	struct web_figures figures;
	struct web_streams streams;
	struct json_record record;
	struct json_plan row;
	struct web_ask ask;
	struct strbuf row_text, now;
	uint16_t port;	   /* where the page is; 0 = none */
	uint64_t unstored; /* no memory for them */
};

/* What the table shows; the page asks for the rest when a row is opened. */
static bool in_row(const struct field *f)
{
	static const char *const paths[] = { "id",
					     "role",
					     "complete",
					     "start_time",
					     "end_time",
					     "duration_ns",
					     "tcp.ending",
					     "tcp.ended_by",
					     "tcp.close_form",
					     "tcp.error",
					     "tcp.last_state",
					     "tcp.existed",
					     "handshake.duration_ns",
					     "handshake.syn_retransmits",
					     "teardown.duration_ns",
					     "time_wait.side",
					     "time_wait.offset_ns",
					     "time_wait.nominal_ns",
					     "time_wait.duration_ns",
					     "time_wait.exit" };
	static const char *const parts[] = { "address",
					     "port",
					     "bytes",
					     "retransmits",
					     "last_state",
					     "process.opener.name",
					     "process.opener.pid",
					     "process.acceptor.name",
					     "process.acceptor.pid" };
	bool is_side = !strncmp(f->path, "client.", 7) || !strncmp(f->path, "server.", 7);

	for (size_t i = 0; is_side && i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!strcmp(f->path + 7, parts[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!strcmp(f->path, paths[i]))
			return true;
	}
	return false;
}

/* ---- answers ---- */

static void send_asset(void *ctx, const struct http_request *r, struct http_reply *out)
{
	const struct web_asset *a = ctx;

	out->content_type = a->content_type;
	out->fixed = a->begin;
	out->fixed_len = (size_t)(a->end - a->begin);
}

static void send_summary(void *ctx, const struct http_request *r, struct http_reply *out)
{
	const struct web *w = ctx;
	struct json j = { .out = &out->body };

	out->content_type = "application/json";
	json_object_begin(&j, NULL);
	web_figures_now(&w->figures, w->sink, &j);
	web_figures_history(&w->figures, &j, WEB_SAMPLES);
	json_object_end(&j);
	strbuf_putc(&out->body, '\n');
}

/* A number from the query within 1..max; *out stays as it is where there is none. False if it is something else. */
static bool query_number(const struct http_request *r, const char *name, unsigned int max, unsigned int *out)
{
	const char *text = http_query(r, name);
	unsigned long n;
	char *end;

	if (!text)
		return true;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !n || n > max)
		return false;
	*out = (unsigned int)n;
	return true;
}

static bool is_ending(const char *name)
{
	for (enum ending e = 0; e < ENDING_COUNT; e++)
		if (!strcmp(name, ending_name(e)))
			return true;
	return false;
}

/* /api/connections?port=443&ending=reset&limit=20: the newest first. */
static void send_connections(void *ctx, const struct http_request *r, struct http_reply *out)
{
	const struct web *w = ctx;
	unsigned int port = 0, limit = ROWS_AT_ONCE;
	const char *ending = http_query(r, "ending");
	const char *comma = "";

	if (!query_number(r, "port", UINT16_MAX, &port) || !query_number(r, "limit", UINT_MAX, &limit) ||
	    (ending && !is_ending(ending))) {
		out->status = 400;
		strbuf_puts(&out->body, "port=: 1 to 65535; limit=: from 1; ending=: a word of tcp.ending\n");
		return;
	}
	limit = limit < ROWS_AT_ONCE ? limit : ROWS_AT_ONCE;
	out->content_type = "application/json";
	strbuf_putc(&out->body, '[');
	for (uint64_t n = w->store.next; n > web_store_oldest(&w->store) && limit; n--) {
		const struct web_entry *e = web_store_at(&w->store, n - 1);

		if ((port && e->port != port) || (ending && strcmp(ending, ending_name(e->ending))))
			continue;
		strbuf_puts(&out->body, comma);
		strbuf_add(&out->body, e->row, e->row_len);
		comma = ",\n";
		limit--;
	}
	strbuf_puts(&out->body, "]\n");
}

/* /api/connection?id=...: its whole record; of one that is open, as it is now. */
static void send_connection(void *ctx, const struct http_request *r, struct http_reply *out)
{
	struct web *w = ctx;
	const char *text = http_query(r, "id");
	uint64_t id[2];

	out->status = 404;
	if (!text || !web_parse_id(text, strlen(text), id)) {
		strbuf_puts(&out->body, "id=: 32 hexadecimal digits\n");
		return;
	}
	if (!web_ask_find(&w->ask, id)) {
		strbuf_puts(&out->body, "that connection is not kept any more\n");
		return;
	}
	out->status = 200;
	out->content_type = "application/json";
	json_record_add(&w->record, w->sink, &w->ask.whole.conn, JSON_RECORD_CONNECTION, conn_table_now(w->sink->table),
			&out->body);
	whole_conn_free(&w->ask.whole);
}

/* ---- what pages are sent ---- */

static void end_event(struct strbuf *out, const char *name, const struct strbuf *data)
{
	web_event(out, name, strbuf_text(data), data->len);
}

static void put_session(struct web *w)
{
	strbuf_printf(&w->now, ",\"session\":\"%" PRIx64 "\"", w->streams.session);
}

/* What time there is to look at, and what is looked at, in milliseconds since 1970. */
static void put_look(const struct web *w, struct json *j)
{
	const struct playback *b = w->sink->playback;
	const struct origin *origin = w->sink->origin;

	if (!b || !b->can_look)
		return;
	json_object_begin(j, "look");
	json_uint(j, "begin", origin->set_begin_ns / NS_PER_MS);
	json_uint(j, "end", origin->set_end_ns / NS_PER_MS);
	json_uint(j, "since", (b->since_wall_ns ?: origin->set_begin_ns) / NS_PER_MS);
	json_uint(j, "until", (b->until_wall_ns ?: origin->set_end_ns) / NS_PER_MS);
	json_object_end(j);
}

/* For a page that connects now: what runs here, and the last ten minutes. */
static void compose_hello(struct web *w)
{
	const struct sink *s = w->sink;
	struct json j = { .out = &w->now };

	strbuf_reset(&w->now);
	json_object_begin(&j, NULL);
	json_text(&j, "version", TCPLIFE_VERSION);
	json_text(&j, "host", s->origin->host);
	json_text(&j, "capture", options_capture(s->options));
	if (w->port)
		json_uint(&j, "port", w->port);
	put_session(w);
	put_look(w, &j);
	web_figures_bounds(&j);
	web_figures_history(&w->figures, &j, WEB_SAMPLES);
	json_object_end(&j);
	strbuf_reset(&w->streams.hello);
	end_event(&w->streams.hello, "hello", &w->now);
}

static void compose_tick(struct web *w)
{
	struct strbuf tick = { 0 };
	struct json j = { .out = &w->now };

	strbuf_reset(&w->now);
	json_object_begin(&j, NULL);
	json_bool(&j, "over", w->sink->census->frozen);
	put_session(w);
	json_uint(&j, "missed", w->streams.missed);
	web_figures_now(&w->figures, w->sink, &j);
	web_figures_history(&w->figures, &j, 5);
	json_object_end(&j);
	end_event(&tick, "tick", &w->now);
	/* On an idle host nothing is sent. */
	if (tick.failed || (tick.len == w->streams.tick.len && !memcmp(tick.text, w->streams.tick.text, tick.len))) {
		strbuf_free(&tick);
		return;
	}
	strbuf_free(&w->streams.tick);
	w->streams.tick = tick;
	w->streams.ticks++;
}

static void send_events(void *ctx, const struct http_request *r, struct http_reply *out)
{
	struct web *w = ctx;

	compose_tick(w);
	compose_hello(w);
	web_streams_join(&w->streams, r, out);
}

static void on_second(void *ctx, uint32_t events)
{
	struct web *w = ctx;

	if (!w->streams.count)
		return;
	compose_tick(w);
	web_streams_second(&w->streams);
}

/* ---- another time ---- */

static uint64_t query_ms(const struct http_request *r, const char *name)
{
	const char *text = http_query(r, name);
	uint64_t ms = text && *text >= '0' && *text <= '9' && strlen(text) <= 14 ? strtoull(text, NULL, 10) : 0;

	return ms * NS_PER_MS;
}

/* /api/look?since=...&until=...: in milliseconds since 1970. What was shown is forgotten; pages see another session. */
static void send_look(void *ctx, const struct http_request *r, struct http_reply *out)
{
	uint64_t since_ns = query_ms(r, "since"), until_ns = query_ms(r, "until");
	struct web *w = ctx;
	struct playback *b = w->sink->playback;

	out->status = b && b->can_look ? 400 : 404;
	if (out->status == 404 || !since_ns || since_ns >= until_ns) {
		strbuf_puts(&out->body, out->status == 404 ? "there is no directory of recordings to look at\n"
							   : "since=, until=: milliseconds since 1970\n");
		return;
	}
	b->since_wall_ns = since_ns;
	b->until_wall_ns = until_ns;
	b->rewind = true;
	web_store_forget(&w->store);
	web_figures_free(&w->figures);
	w->figures = (struct web_figures) { 0 };
	out->status = web_figures_init(&w->figures) ? 500 : 200;
	w->streams.session++;
	out->content_type = "application/json";
	strbuf_printf(&out->body, "{\"session\":\"%" PRIx64 "\"}\n", w->streams.session);
}

/* ---- the sink ---- */

static void web_free(struct web *w)
{
	json_record_free(&w->record);
	json_plan_free(&w->row);
	web_figures_free(&w->figures);
	web_store_free(&w->store);
	web_streams_free(&w->streams);
	strbuf_free(&w->row_text);
	strbuf_free(&w->now);
}

static int add_routes(struct web *w, struct http_server *server)
{
	const struct {
		const char *path;
		http_fn fn;
		void *ctx;
	} routes[] = {
		{ "/api/events", send_events, w },
		{ "/api/summary", send_summary, w },
		{ "/api/connections", send_connections, w },
		{ "/api/connection", send_connection, w },
		{ "/api/look", send_look, w },
		{ "/api/match", web_ask_match, &w->ask },
		{ "/api/export", web_ask_export, &w->ask },
		{ "/api/explain", web_ask_explain, &w->ask },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]) && !err; i++)
		err = http_route(server, routes[i].path, HTTP_FOR_USERS, routes[i].fn, routes[i].ctx);
	for (size_t i = 0; i < WEB_ASSET_COUNT && !err; i++)
		err = http_route(server, WEB_ASSETS[i].path, HTTP_FOR_USERS, send_asset, (void *)&WEB_ASSETS[i]);
	if (err == -EEXIST)
		log_error("--web is given twice for %s", http_url(server));
	return err;
}

/* "http://127.0.0.1:10793" */
static uint16_t port_of(const char *url)
{
	const char *colon = strncmp(url, "http", 4) ? NULL : strrchr(url, ':');

	return colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
}

static int web_open(struct sink *s, const char *arg)
{
	struct web *w = s->private;
	struct http_server *server = NULL;
	int err;

	w->sink = s;
	w->ask = (struct web_ask) { .sink = s, .store = &w->store, .figures = &w->figures, .record = &w->record };
	web_streams_init(&w->streams, &w->store, host_clock_ns(CLOCK_REALTIME));
	err = json_record_init(&w->record, EVENTS_ALL);
	w->record.advises = true;
	err = err ?: json_plan_init(&w->row, in_row);
	err = err ?: web_figures_init(&w->figures);
	err = err ? log_errno(err, "output web") : http_listen(s->http, arg, &server);
	err = err ?: add_routes(w, server);
	err = err ?: loop_every(s->loop, SECOND_MS, on_second, w);
	if (err) {
		web_free(w);
		return err;
	}
	w->port = port_of(http_url(server));
	census_want(s->census);
	http_announce(server, "page", "/", HTTP_FOR_USERS);
	return 0;
}

static void web_event_in(struct sink *s, const struct event *e)
{
	struct web *w = s->private;

	web_figures_event(&w->figures, e);
}

static void keep(struct web *w, const struct conn *c)
{
	struct json j = { .out = &w->row_text };

	strbuf_reset(&w->row_text);
	json_object_begin(&j, NULL);
	json_plan_write(&w->row, c, &j);
	json_object_end(&j);
	w->unstored += web_store_add(&w->store, c, &w->row_text) != 0;
}

static void web_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct web *w = s->private;

	web_figures_conn(&w->figures, c, change);
	if (change == CONN_CLOSED || change == CONN_TIMEWAIT_OVER || change == CONN_STILL_OPEN)
		keep(w, c);
}

static void web_tick(struct sink *s, uint64_t now_ns)
{
	struct web *w = s->private;

	web_figures_tick(&w->figures, s, now_ns);
	web_streams_wake(&w->streams);
}

/* Pages are no receivers with a queue: only what they missed is counted. */
static void web_exported(const struct sink *s, struct sink_export *figures)
{
	const struct web *w = s->private;

	figures[RECEIVER_PAGES].dropped += w->streams.missed;
}

static int web_close(struct sink *s)
{
	struct web *w = s->private;

	if (w->streams.missed)
		log_notice("%llu rows were not sent to pages that read too slowly",
			   (unsigned long long)w->streams.missed);
	if (w->unstored)
		log_notice("%llu connection%s missing on the page: out of memory", (unsigned long long)w->unstored,
			   human_s(w->unstored));
	web_free(w);
	return 0;
}

const struct sink_ops sink_web = {
	.name = "web",
	.help = "a web page with live connections and their details (--web)",
	.arg_help = "[ADDR]",
	.listens = true,
	.looks = true,
	.finds = true,
	.counts = true,
	.private_size = sizeof(struct web),
	.open = web_open,
	.event = web_event_in,
	.conn = web_conn,
	.tick = web_tick,
	.exported = web_exported,
	.close = web_close,
};
