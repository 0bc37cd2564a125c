// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides which recordings can be one story, and says what became of them. */
#include "hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decode.h"
#include "core/story/stories.h"
#include "core/table/conn_table.h"
#include "lib/human.h"
#include "lib/log.h"
#include "source/source.h"

_Static_assert(OPTIONS_MAX_REPLAYS <= STORY_HOSTS, "a story has room for all recordings");

struct host {
	struct hosts *all;
	const char *file;
	unsigned int number;
	struct source source;
	struct conn_table *table;
	struct decode_counters decoded;
	uint64_t first_ns, last_ns; /* of its events, by its wall clock; 0 = there was none */
	int64_t wall_offset_ns;
};

struct hosts {
	const struct options *options;
	struct stories *story;
	unsigned int count;
	struct host host[OPTIONS_MAX_REPLAYS];
};

/* ---- events */

/* One that is over is kept once, as it is at its end. */
static void on_change(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct host *h = ctx;
	bool is_over = change == CONN_FINISHED && c->decided_ns && (c->flags & CONN_REPORTED || c->close_ns);

	if (is_over || change == CONN_STILL_OPEN)
		stories_keep(h->all->story, h->number, c); /* what there is no room for is counted */
}

static void note_time(struct host *h, const struct event *e)
{
	if (e->kind == EVENT_CLOCK)
		h->wall_offset_ns = (int64_t)(((const struct event_clock *)e)->wall_ns - e->ts_ns);
	if (!h->first_ns)
		h->first_ns = e->ts_ns + (uint64_t)h->wall_offset_ns;
	h->last_ns = e->ts_ns + (uint64_t)h->wall_offset_ns;
}

static void on_record(void *ctx, const void *record, size_t len)
{
	struct host *h = ctx;
	const struct event *e = event_decode(record, len, &h->decoded);

	if (!e)
		return;
	note_time(h, e);
	if (h->all->options->until_ns && h->last_ns > h->all->options->until_ns)
		return; /* what is open then is reported as open */
	conn_table_apply(h->table, e);
}

static void on_ahead(void *ctx, const void *record, size_t len)
{
	const struct host *h = ctx;

	conn_table_prefetch(h->table, record, len);
}

/* ---- beginning and end */

static int open_host(struct hosts *all, unsigned int i, struct loop *loop)
{
	struct conn_table_options table = { .max_connections = all->options->max_connections };
	struct host *h = &all->host[i];
	struct conn_observer observer = { .changed = on_change, .ctx = h };
	int err;

	*h = (struct host) { .all = all, .number = i, .file = all->options->replay[i] };
	h->source = (struct source) {
		.options = all->options, .loop = loop, .emit = on_record, .ahead = on_ahead, .emit_ctx = h
	};
	err = conn_table_new(&h->table, &table, &observer);
	if (err)
		return log_errno(err, "cannot allocate the table of connections");
	all->count++;
	err = source_open(&h->source, source_find("replay"), h->file);
	if (err || !h->source.origin.of_capture)
		return err;
	log_error("%s was made of a capture: only recordings of hosts are joined", h->file);
	return -EINVAL;
}

static bool is_same_recording(const struct origin *a, const struct origin *b)
{
	return a->began_wall_ns == b->began_wall_ns && a->began_ns == b->began_ns && !strcmp(a->host, b->host);
}

/* Twice the same would be two hosts that saw the same end. */
static int check_different(const struct hosts *all)
{
	for (unsigned int a = 0; a < all->count; a++)
		for (unsigned int b = a + 1; b < all->count; b++) {
			if (!is_same_recording(&all->host[a].source.origin, &all->host[b].source.origin))
				continue;
			log_error("%s and %s are the same recording", all->host[a].file, all->host[b].file);
			return -EINVAL;
		}
	return 0;
}

/* By their names; where another one has the same, by name and file. */
static void name_hosts(struct hosts *all)
{
	for (unsigned int a = 0; a < all->count; a++) {
		const char *own = all->host[a].source.origin.host;
		char name[65];
		bool shared = !*own;

		for (unsigned int b = 0; b < all->count; b++)
			shared |= b != a && !strcmp(own, all->host[b].source.origin.host);
		snprintf(name, sizeof(name), shared ? "%.30s (%.30s)" : "%s", *own ? own : "a host", all->host[a].file);
		stories_name(all->story, a, name);
	}
}

int hosts_new(struct hosts **out, const struct options *o, struct loop *loop)
{
	struct hosts *all = calloc(1, sizeof(*all));
	int err;

	if (!all)
		return log_errno(-ENOMEM, "cannot start");
	all->options = o;
	err = stories_new(&all->story, o->max_connections, o->replay_count);
	if (err)
		log_errno(err, "cannot start");
	for (unsigned int i = 0; i < o->replay_count && !err; i++)
		err = open_host(all, i, loop);
	err = err ?: check_different(all);
	if (err) {
		hosts_free(&all);
		return err;
	}
	name_hosts(all);
	*out = all;
	return 0;
}

void hosts_free(struct hosts **h)
{
	struct hosts *all = *h;

	if (!all)
		return;
	for (unsigned int i = 0; i < all->count; i++) {
		source_close(&all->host[i].source);
		conn_table_free(&all->host[i].table);
	}
	stories_free(&all->story);
	free(all);
	*h = NULL;
}

static unsigned int count_ended(const struct hosts *all)
{
	unsigned int ended = 0;

	for (unsigned int i = 0; i < all->count; i++)
		ended += all->host[i].source.ended || all->host[i].source.error;
	return ended;
}

int hosts_run(struct hosts *all, struct loop *loop)
{
	unsigned int ended, before = count_ended(all);
	int err;

	while (before < all->count) {
		err = loop_run(loop);
		ended = count_ended(all);
		if (err || ended == before)
			return err; /* stopped by a signal */
		before = ended;
	}
	return 0;
}

/* ---- what is said of it */

static const char *file_of(const struct hosts *all, unsigned int host)
{
	return all->host[host].file;
}

static void say_clock(const struct hosts *all, const struct stories_clock *c)
{
	struct strbuf text = { 0 };

	strbuf_printf(&text, "%s and %s: %zu handshakes; the clock of the second is ", file_of(all, c->first),
		      file_of(all, c->second), c->handshakes);
	human_duration(&text, (uint64_t)(c->offset_ns < 0 ? -c->offset_ns : c->offset_ns), 0);
	strbuf_printf(&text, " %s, give or take ", c->offset_ns < 0 ? "behind" : "ahead");
	human_duration(&text, c->error_ns, 0);
	if (c->drift_ppm != 0)
		strbuf_printf(&text, ", and gains %.2f ppm", c->drift_ppm);
	log_notice("%s", strbuf_text(&text));
	strbuf_free(&text);
}

/* Which two cannot have a connection in common. */
static void say_apart(const struct hosts *all)
{
	for (unsigned int a = 0; a < all->count; a++)
		for (unsigned int b = 0; b < all->count; b++)
			if (all->host[a].last_ns && all->host[a].last_ns < all->host[b].first_ns)
				log_notice("%s ends before %s begins", file_of(all, a), file_of(all, b));
}

static void say_joined(const struct hosts *all)
{
	const struct stories_counters *c = stories_counters(all->story);
	struct stories_clock clock;

	for (unsigned int i = 0; stories_clock_at(all->story, i, &clock); i++)
		say_clock(all, &clock);
	log_notice("%llu connection%s of two hosts, %llu of one", (unsigned long long)c->joined, human_s(c->joined),
		   (unsigned long long)c->alone);
	if (c->contradicted)
		log_notice(
			"%llu connections have the same numbers at two hosts, but times that exclude each other: they "
			"were not joined",
			(unsigned long long)c->contradicted);
	if (c->no_room)
		log_notice("%llu connections were left out: memory or --max-connections is too small",
			   (unsigned long long)c->no_room);
	if (!c->joined)
		say_apart(all);
}

/* What the readers of one recording say, too. */
static void say_lost(const struct host *h)
{
	const struct conn_table_counters *c = conn_table_counters(h->table);
	const struct decode_counters *d = &h->decoded;
	uint64_t bad = d->short_records + d->unknown_kind + d->malformed, records = bad + d->good;

	if (bad)
		log_notice("%s: %llu of %llu records are invalid and were skipped", h->file, (unsigned long long)bad,
			   (unsigned long long)records);
	if (c->lost_total)
		log_notice("%s: %llu events were lost: connections of that time are marked incomplete", h->file,
			   (unsigned long long)c->lost_total);
	if (c->evicted)
		log_notice("%s: %llu connections dropped: the table was full", h->file, (unsigned long long)c->evicted);
}

int hosts_report(struct hosts *all, void (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	int err = 0;

	for (unsigned int i = 0; i < all->count; i++) {
		conn_table_finish(all->host[i].table);
		say_lost(&all->host[i]);
		err = err ?: all->host[i].source.error;
	}
	stories_report(all->story, fn, ctx);
	say_joined(all);
	return err;
}
