// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Wires source, decoder, table, filters and sinks together. Decides in which order they start and stop, when tracing
 * ends (--count, a lost output, the end of a file), and what is reported as lost.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "access.h"
#include "core/table/conn_table.h"
#include "core/decode.h"
#include "core/playback.h"
#include "hosts.h"
#include "lib/human.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "privilege.h"
#include "sandbox.h"
#include "sink/metrics/census.h"
#include "sink/sink.h"
#include "source/source.h"

#define TICK_MS 100
#define TICK_NS (TICK_MS * 1000000ULL)
#define PLAY_MS 50
#define LOOK_NS (600 * 1000000000ULL) /* of a directory of recordings the end is shown first: so much of it */

/* Of the last pipeline_status(). */
struct status {
	uint64_t since_ns, opened, closed;
};

struct pipeline {
	struct options own; /* with --since and --until as an output asks for them */
	const struct options *options;
	struct loop *loop;
	struct source source;
	struct hosts *hosts; /* several recordings, instead of the source; else NULL */
	struct conn_table *table;
	struct access access;
	struct http *http; /* NULL if no sink listens */
	struct census census;
	struct sink sink[OPTIONS_MAX_SINKS];
	size_t sink_count; /* opened */
	bool some_take_events;
	struct strbuf early; /* records that came before the sinks were open: the clock, what existed before */
	bool flowing;
	pipeline_observe_fn observe; /* NULL = none */
	void *observe_ctx;
	struct decode_counters decoded;
	uint64_t closed;       /* wanted ones, for --count */
	uint64_t next_tick_ns; /* replay's ticks follow the time of the events, so that its output never depends on the
				  host */
	struct status status;
	bool found;		 /* by an output, when it was closed */
	bool stopped;		 /* connections are no longer passed to sinks */
	bool plays;		 /* an output decides how far the input goes */
	bool all_read, finished; /* the input to its end; and what that means for connections was reported */
	struct playback playback;
	struct strbuf held;	 /* records that are later than playback.until_ns */
	uint64_t wall_offset_ns; /* of the last clock record, for --until */
	bool past;		 /* --until: nothing more is taken */
};

static void stop(struct pipeline *p)
{
	p->stopped = true;
	loop_stop(p->loop);
}

/*
 * A sink that lost its output has printed a message, and the others go on without it. The loss of the last one ends the
 * program; so does a closed pipe, as when `head` has enough.
 */
static void check(struct pipeline *p, const struct sink *s)
{
	bool others = false;

	if (__builtin_expect(!s->error, 1))
		return;
	for (size_t i = 0; i < p->sink_count; i++)
		others |= !p->sink[i].error;
	if (s->error == -EPIPE || !others)
		stop(p);
}

static bool is_gone(struct sink *s)
{
	if (__builtin_expect(!s->error, 1))
		return false;
	s->missed++;
	return true;
}

static void on_change(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct pipeline *p = ctx;
	const struct options *o = p->options;

	if (p->stopped || !options_want(o, c))
		return;
	if (p->observe)
		p->observe(p->observe_ctx, c, change);
	if (change == CONN_FINISHED)
		census_finished(&p->census, c, now_ns);
	for (size_t i = 0; i < p->sink_count; i++) {
		struct sink *s = &p->sink[i];

		if (!s->ops->conn || is_gone(s))
			continue;
		s->ops->conn(s, c, change, now_ns);
		check(p, s);
	}
	if (change != (o->whole ? CONN_FINISHED : CONN_CLOSED))
		return;
	p->closed++;
	if (p->closed == o->count)
		stop(p);
}

static void tick(struct pipeline *p)
{
	uint64_t now_ns = conn_table_now(p->table);

	for (size_t i = 0; i < p->sink_count; i++) {
		struct sink *s = &p->sink[i];

		if (!s->ops->tick || s->error)
			continue;
		s->ops->tick(s, now_ns);
		check(p, s);
	}
}

static void on_timer(void *ctx, uint32_t events)
{
	tick(ctx);
}

static void on_duration(void *ctx, uint32_t events)
{
	loop_stop(ctx);
}

static void tick_by_event(struct pipeline *p, uint64_t ts_ns)
{
	if (ts_ns < p->next_tick_ns)
		return;
	p->next_tick_ns = ts_ns + TICK_NS;
	tick(p);
}

static void show_event(struct pipeline *p, const struct event *e)
{
	for (size_t i = 0; i < p->sink_count; i++) {
		struct sink *s = &p->sink[i];

		if (!s->ops->event || is_gone(s))
			continue;
		s->ops->event(s, e);
		check(p, s);
	}
}

static void flow(struct pipeline *p, const struct event *e)
{
	if (p->some_take_events)
		show_event(p, e);
	conn_table_apply(p->table, e);
	if (options_offline(p->options))
		tick_by_event(p, e->ts_ns);
}

/* What is later than the output wants to see waits, and so does the source. */
static bool is_held(struct pipeline *p, const struct event *e)
{
	struct playback *b = &p->playback;

	b->first_ns = b->first_ns ?: e->ts_ns;
	b->last_ns = e->ts_ns > b->last_ns ? e->ts_ns : b->last_ns;
	if (!p->held.len && e->ts_ns <= b->until_ns)
		return false;
	strbuf_add(&p->held, (const char *)e, e->size);
	loop_idle_hold(p->loop, true);
	return true;
}

static void take(struct pipeline *p, const struct event *e)
{
	if (p->flowing)
		flow(p, e);
	else
		strbuf_add(&p->early, (const char *)e, e->size);
}

/* What is open at --until is reported as open then. */
static void end_at_until(struct pipeline *p)
{
	const struct event_clock end = {
		.event = { .kind = EVENT_CLOCK,
			   .size = sizeof(end),
			   .ts_ns = p->options->until_ns - p->wall_offset_ns },
		.wall_ns = p->options->until_ns,
	};

	take(p, &end.event);
	p->past = true;
	p->source.ended = true;
	loop_stop(p->loop);
}

static bool is_past(struct pipeline *p, const struct event *e)
{
	uint64_t until_ns = p->options->until_ns;

	if (e->kind == EVENT_CLOCK)
		p->wall_offset_ns = ((const struct event_clock *)e)->wall_ns - e->ts_ns;
	return until_ns && e->ts_ns + p->wall_offset_ns > until_ns;
}

static void on_record(void *ctx, const void *record, size_t len)
{
	struct pipeline *p = ctx;
	const struct event *e;

	if (p->stopped || p->past)
		return;
	e = event_decode(record, len, &p->decoded);
	if (!e)
		return;
	if (is_past(p, e)) {
		end_at_until(p);
		return;
	}
	if (p->flowing && p->plays && is_held(p, e))
		return;
	take(p, e);
}

static void on_ahead(void *ctx, const void *record, size_t len)
{
	const struct pipeline *p = ctx;

	conn_table_prefetch(p->table, record, len);
}

static void flow_early(struct pipeline *p)
{
	p->flowing = true;
	for (size_t at = 0; at < p->early.len && !p->stopped;) {
		const struct event *e = (const void *)(p->early.text + at);

		flow(p, e);
		at += e->size;
	}
	strbuf_free(&p->early);
}

struct opening {
	struct sink *sink;
	const struct sink_choice *choice;
};

static int open_sink(void *ctx)
{
	const struct opening *o = ctx;

	return sink_open(o->sink, sink_find(o->choice->name), o->choice->arg);
}

/* Libraries that talk to others, and their threads, do so without any capability. */
static bool runs_libraries(const struct sink_choice *c)
{
	const struct sink_ops *ops = sink_find(c->name);

	return ops->needs && ops->needs(c->arg) & NEEDS_THREADS;
}

static int open_sinks(struct pipeline *p)
{
	const struct options *o = p->options;
	struct opening opening;
	int err;

	for (size_t i = 0; i < o->sink_count; i++) {
		struct sink *s = &p->sink[i];

		*s = (struct sink) {
			.options = o,
			.table = p->table,
			.loop = p->loop,
			.all = p->sink,
			.all_count = &p->sink_count,
			.http = p->http,
			.census = &p->census,
			.playback = p->plays || p->playback.can_look ? &p->playback : NULL,
			.origin = &p->source.origin,
		};
		opening = (struct opening) { s, &o->sink[i] };
		err = runs_libraries(&o->sink[i]) ? privilege_run_without(open_sink, &opening) : open_sink(&opening);
		if (err)
			return err;
		p->sink_count++;
		p->some_take_events |= opening.sink->ops->event != NULL;
	}
	return 0;
}

static int close_sinks(struct pipeline *p)
{
	int result = 0;

	for (size_t i = 0; i < p->sink_count; i++) {
		int err = sink_close(&p->sink[i]);

		p->found |= p->sink[i].found;
		if (p->sink[i].missed && p->sink[i].error != -EPIPE)
			log_notice("output %s: at least %llu records are missing after its error", p->sink[i].ops->name,
				   (unsigned long long)p->sink[i].missed);
		if (err && err != -EPIPE)
			result = err;
	}
	p->sink_count = 0;
	return result;
}

/* ---- a recording that is looked at in time ---- */

static void release(struct pipeline *p)
{
	size_t at = 0;

	while (at < p->held.len && !p->stopped) {
		const struct event *e = (const void *)(p->held.text + at);

		if (e->ts_ns > p->playback.until_ns)
			break;
		at += e->size;
		flow(p, e);
	}
	memmove(p->held.text, p->held.text + at, p->held.len - at);
	p->held.len -= at;
}

static void end_of_input(struct pipeline *p)
{
	if (p->finished)
		return;
	p->finished = true;
	census_freeze(&p->census);
	conn_table_finish(p->table);
}

static int make_table(struct pipeline *p);
static int open_source(struct pipeline *p);

/* The source is read again from its beginning, into a table of its own. */
static int rewind_all(struct pipeline *p)
{
	bool wanted = p->census.wanted;
	int err;

	loop_idle_remove(p->loop, &p->source);
	source_close(&p->source);
	p->source = (struct source) { 0 };
	strbuf_reset(&p->held);
	p->own.since_ns = p->playback.since_wall_ns;
	p->own.until_ns = p->playback.until_wall_ns;
	p->playback.rewind = p->playback.at_end = p->all_read = p->finished = p->past = false;
	p->decoded = (struct decode_counters) { 0 };
	p->next_tick_ns = 0;
	census_free(&p->census);
	conn_table_free(&p->table);
	err = make_table(p);
	for (size_t i = 0; i < p->sink_count; i++)
		p->sink[i].table = p->table;
	if (!err && wanted)
		census_want(&p->census);
	return err ?: open_source(p);
}

static void on_play(void *ctx, uint32_t events)
{
	struct pipeline *p = ctx;

	if (p->playback.rewind && rewind_all(p)) {
		p->source.error = p->source.error ?: -EIO;
		stop(p);
		return;
	}
	if (p->held.len)
		release(p);
	if (!p->held.len)
		loop_idle_hold(p->loop, false);
	p->playback.at_end = p->all_read && !p->held.len;
	if (p->playback.at_end)
		end_of_input(p);
}

static bool is_regular(const char *path)
{
	struct stat st;

	return !stat(path, &st) && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* What is not read by loop_idle() cannot be held back: pipes, and what another program decompresses. */
static void decide_playback(struct pipeline *p)
{
	const struct options *o = p->options;
	bool files = options_offline(o) && !(p->source.needs & NEEDS_CHILDREN), stays = false;

	for (size_t i = 0; i < o->pcap_count; i++)
		files &= is_regular(o->pcap[i]);
	for (size_t i = 0; i < o->replay_count; i++)
		files &= is_regular(o->replay[i]);
	for (size_t i = 0; i < o->sink_count; i++)
		stays |= sink_find(o->sink[i].name)->stays;
	p->plays = files && stays;
	p->playback = (struct playback) { .until_ns = PLAYBACK_ALL,
					  .can_rewind = o->sink_count == 1,
					  .since_wall_ns = o->since_ns,
					  .until_wall_ns = o->until_ns };
}

/* Of a long time, what a page shows first is its end. 0 or a negative errno. */
static int decide_look(struct pipeline *p)
{
	const struct origin *origin = &p->source.origin;
	const struct options *o = p->options;

	p->playback.can_look = origin->set_end_ns && o->sink_count == 1 && sink_find(o->sink[0].name)->looks;
	if (!p->playback.can_look || o->since_ns || o->until_ns || origin->set_end_ns - origin->set_begin_ns <= LOOK_NS)
		return 0;
	p->playback.since_wall_ns = p->own.since_ns = origin->set_end_ns - LOOK_NS;
	loop_idle_remove(p->loop, &p->source);
	source_close(&p->source);
	p->source = (struct source) { 0 };
	return open_source(p);
}

static int add_timers(struct pipeline *p)
{
	const struct options *o = p->options;
	int err = 0;

	if (!options_offline(o))
		err = loop_every(p->loop, TICK_MS, on_timer, p);
	if (!err && (p->plays || p->playback.can_look))
		err = loop_every(p->loop, PLAY_MS, on_play, p);
	if (!err && o->duration_secs)
		err = loop_every(p->loop, o->duration_secs * 1000, on_duration, p->loop);
	return err ? log_errno(err, "cannot set a timer") : 0;
}

/* enum sandbox_needs of all parts. */
static unsigned int needs(const struct pipeline *p)
{
	const struct options *o = p->options;
	unsigned int needs = p->source.needs;

	for (size_t i = 0; i < o->sink_count; i++) {
		const struct sink_ops *ops = sink_find(o->sink[i].name);

		needs |= ops->needs ? ops->needs(o->sink[i].arg) : 0;
		needs |= ops->listens ? NEEDS_LISTEN : 0;
		needs |= ops->listens && http_address_is_unix(o->sink[i].arg) ? NEEDS_UNLINK : 0;
	}
	return needs;
}

static bool some_sink_counts(const struct options *o)
{
	bool counts = false;

	for (size_t i = 0; i < o->sink_count; i++)
		counts |= sink_find(o->sink[i].name)->counts;
	return counts;
}

static int open_source(struct pipeline *p)
{
	const struct options *o = p->options;

	p->source.options = o;
	p->source.loop = p->loop;
	p->source.emit = on_record;
	p->source.ahead = on_ahead;
	p->source.emit_ctx = p;
	p->source.table = p->table;
	p->source.wants_counters = some_sink_counts(o);
	if (o->replay_count > 1)
		return hosts_new(&p->hosts, o, p->loop);
	if (o->pcap_count)
		return source_open(&p->source, source_find("pcap"), NULL);
	return source_open(&p->source, source_find(o->replay_count ? "replay" : "live"), o->replay[0]);
}

/* Whether a port can be bound is to be known before anything is attached. */
static int listen_for_sinks(struct pipeline *p)
{
	const struct options *o = p->options;
	struct http_server *server;
	int err = 0;

	for (size_t i = 0; i < o->sink_count && !err; i++) {
		if (!sink_find(o->sink[i].name)->listens)
			continue;
		if (!p->http)
			err = access_read(&p->access, o) ?: http_new(&p->http, p->loop, &p->access.http);
		if (!err)
			err = http_listen(p->http, o->sink[i].arg, &server);
	}
	return err;
}

static bool some_sink_finds(const struct options *o)
{
	bool finds = false;

	for (size_t i = 0; i < o->sink_count; i++)
		finds |= sink_find(o->sink[i].name)->finds;
	return finds;
}

/* 0 or a negative errno. */
static int make_table(struct pipeline *p)
{
	struct conn_table_options table = {
		.max_connections = p->options->max_connections,
		.vlan_key = p->options->vlan_key,
		.names = some_sink_finds(p->options),
		.zeek = p->options->zeek,
		.journal = p->options->keep_bytes || p->options->keep_secs,
	};
	struct conn_observer observer = { .changed = on_change, .ctx = p };
	int err = conn_table_new(&p->table, &table, &observer);

	if (!err)
		err = census_init(&p->census, p->table, p->options, &p->source.origin.ports);
	return err ? log_errno(err, "cannot allocate the table of connections") : 0;
}

/* 0 or a negative errno. */
static int make_parts(struct pipeline *p)
{
	int err = make_table(p);

	if (err)
		return err;
	/* main() takes some errnos for a lack of privilege to trace, but here it is a lack of privilege to serve. */
	return listen_for_sinks(p) ? -EADDRINUSE : open_source(p);
}

int pipeline_new(struct pipeline **out, const struct options *o, struct loop *loop)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return log_errno(-ENOMEM, "cannot start");
	p->own = *o;
	p->options = &p->own;
	p->loop = loop;
	err = make_parts(p);
	if (!err)
		decide_playback(p);
	if (!err)
		err = decide_look(p);
	if (!err && !o->no_sandbox)
		err = sandbox_drop_capabilities(p->source.capabilities, needs(p));
	if (err) {
		pipeline_free(&p);
		return err;
	}
	*out = p;
	return 0;
}

void pipeline_observe(struct pipeline *p, pipeline_observe_fn fn, void *ctx)
{
	p->observe = fn;
	p->observe_ctx = ctx;
}

int pipeline_open_sinks(struct pipeline *p)
{
	int err = open_sinks(p);

	if (!err)
		err = add_timers(p);
	if (!err && !p->options->no_sandbox)
		err = sandbox_filter_calls(needs(p));
	if (!err && p->early.failed)
		err = log_errno(-ENOMEM, "cannot start");
	if (!err)
		flow_early(p);
	return err;
}

unsigned int pipeline_reopen(struct pipeline *p)
{
	unsigned int count = 0;

	for (size_t i = 0; i < p->sink_count; i++) {
		struct sink *s = &p->sink[i];

		if (!s->ops->reopen || s->error)
			continue;
		count += s->ops->reopen(s);
		check(p, s);
	}
	return count;
}

void pipeline_status(struct pipeline *p, char *text, size_t size)
{
	const struct conn_table_counters *c = conn_table_counters(p->table);
	uint64_t now_ns = conn_table_now(p->table);
	double seconds = (double)(now_ns - p->status.since_ns) / 1e9;
	double opened = (double)(c->opened - p->status.opened), closed = (double)(c->closed - p->status.closed);

	if (!p->status.since_ns || seconds <= 0)
		seconds = opened = closed = 0;
	snprintf(text, size,
		 "%zu connections, %zu of them in TIME_WAIT; %.1f opened and %.1f closed a second; %llu events lost",
		 c->live, c->in_timewait, seconds ? opened / seconds : 0, seconds ? closed / seconds : 0,
		 (unsigned long long)c->lost_total);
	p->status = (struct status) { .since_ns = now_ns, .opened = c->opened, .closed = c->closed };
}

size_t pipeline_open_count(const struct pipeline *p)
{
	const struct conn_table_counters *c = conn_table_counters(p->table);

	return c->live - c->in_timewait;
}

/* The end of the input is not that of the screen. */
static bool stays(struct pipeline *p)
{
	if (!p->source.ended || p->stopped)
		return false;
	for (size_t i = 0; i < p->sink_count; i++) {
		if (!p->sink[i].ops->stays || p->sink[i].error)
			continue;
		p->source.ended = false;
		p->all_read = true;
		loop_idle_remove(p->loop, &p->source); /* it may have more: --until */
		if (!p->plays)
			end_of_input(p);
		return true;
	}
	return false;
}

int pipeline_run(struct pipeline *p)
{
	int err = p->hosts ? hosts_run(p->hosts, p->loop) : loop_run(p->loop);

	while (!err && stays(p))
		err = loop_run(p->loop);
	/* More than once where another time is asked for. */
	for (bool said = false; !err && p->source.ended && p->http; said = true) {
		p->source.ended = false;
		loop_idle_remove(p->loop, &p->source);
		end_of_input(p);
		tick(p);
		if (!said)
			log_notice("end of the %s; its contents are served until Ctrl-C",
				   p->options->pcap_count ? "capture" : "recording");
		err = loop_run(p->loop);
	}
	return err;
}

static void say_lost(const struct conn_table_counters *c)
{
	struct strbuf kinds = { 0 };

	for (unsigned int kind = 1; kind < EVENT_KINDS; kind++)
		if (c->lost[kind])
			strbuf_printf(&kinds, "%s%s %llu", kinds.len ? ", " : "", event_kind_name(kind),
				      (unsigned long long)c->lost[kind]);
	if (c->lost_total)
		log_notice("%llu event%s lost (%s): connections of that time are marked incomplete; "
			   "a larger --buffer or a filter helps",
			   (unsigned long long)c->lost_total, c->lost_total == 1 ? " was" : "s were",
			   strbuf_text(&kinds));
	if (c->evicted)
		log_notice("%llu connection%s dropped, the longest silent first: %s", (unsigned long long)c->evicted,
			   human_s(c->evicted),
			   c->no_memory ? "memory ran out" : "the table was full; see --max-connections");
	strbuf_free(&kinds);
}

static void say_undecoded(const struct decode_counters *d)
{
	uint64_t bad = d->short_records + d->unknown_kind + d->malformed, all = bad + d->good;

	if (bad)
		log_notice("%llu of %llu records are invalid and were skipped (too short: %llu, unknown kind: %llu, "
			   "field out of range: %llu)",
			   (unsigned long long)bad, (unsigned long long)all, (unsigned long long)d->short_records,
			   (unsigned long long)d->unknown_kind, (unsigned long long)d->malformed);
}

/* One of which all hosts' recordings were read to their ends. */
static void on_joined(void *ctx, const struct conn *c)
{
	on_change(ctx, c, c->close_ns ? CONN_CLOSED : CONN_STILL_OPEN, c->decided_ns);
	on_change(ctx, c, CONN_FINISHED, c->decided_ns);
}

int pipeline_finish(struct pipeline *p)
{
	int err, unread = 0;

	if (p->hosts)
		unread = hosts_report(p->hosts, on_joined, p);
	else
		source_drain(&p->source);
	end_of_input(p);
	http_free(&p->http);
	err = close_sinks(p);
	say_lost(conn_table_counters(p->table));
	say_undecoded(&p->decoded);
	return p->source.error ?: unread ?: err;
}

bool pipeline_found(const struct pipeline *p)
{
	return p->found;
}

void pipeline_free(struct pipeline **pp)
{
	struct pipeline *p = *pp;

	if (!p)
		return;
	source_close(&p->source);
	hosts_free(&p->hosts);
	http_free(&p->http);
	close_sinks(p);
	census_free(&p->census);
	conn_table_free(&p->table);
	strbuf_free(&p->early);
	strbuf_free(&p->held);
	free(p);
	*pp = NULL;
}
