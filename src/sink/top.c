// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A screen that people leave open. Decides when what is shown is gathered anew and drawn, and does what keys ask for
 * beyond the screen: the filter, a file, the time of a recording.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "core/playback.h"
#include "lib/host_clock.h"
#include "lib/log.h"
#include "options.h"
#include "sink/diagram/story.h"
#include "sink/metrics/census.h"
#include "sink/top/top_filter.h"
#include "sink/top/top_paint.h"
#include "sink/top/top_screen.h"
#include "sink/top/top_write.h"

#define TIMER_MS     100
#define REFRESH_NS   1000000000ULL /* host time between two looks at what is live */
#define REPLAY_NS    200000000ULL  /* the same of a recording, whose time may run faster */
#define WALK_SHARE   50		   /* a walk over the table takes at most one 50th of the time */
#define RATE_NS	     1000000000ULL /* rates are of at least so much of the events' time */
#define MESSAGE_SECS 10

struct top_counts {
	uint64_t opened, closed, faults, retransmits;
};

struct top {
	struct sink *sink;
	struct top_screen *screen;
	struct term term;
	struct canvas canvas;
	struct top_ui ui;
	struct top_layout layout;
	struct top_store store;
	struct top_view view;
	struct top_filter filter;
	struct top_figures figures;
	struct top_counts counts, counts_then;
	uint64_t counted_ns; /* table's time of counts_then; 0 = none */
	uint64_t frozen_ns;  /* the table's time that is shown while paused */
	uint64_t ended_until;
	int64_t wall_offset_ns;
	uint64_t position_ns; /* of a recording; 0 = as far as it was read */
	/* host's clock */
	uint64_t gathered_ns, next_walk_ns, message_ns, played_ns;
	uint64_t gathered_of_ns; /* the table's time then */
	struct json_record record;
	struct story story;
	struct text_out page; /* the detail's lines */
	bool has_detail;
	bool drawn; /* what stands there is up to date */
};

/* ---- the time that is shown ---- */

static uint64_t table_now(const struct top *t)
{
	return t->ui.paused ? t->frozen_ns : conn_table_now(t->sink->table);
}

/* Between two events of a recording time goes on too. */
static uint64_t shown_now(const struct top *t)
{
	return t->position_ns ? t->position_ns : table_now(t);
}

static struct top_now now_of(const struct top *t)
{
	return (struct top_now) { .now_ns = shown_now(t), .style = t->term.utf8 ? HUMAN_UTF8 : 0 };
}

/* ---- gathering ---- */

static bool take_open(void *ctx, const struct conn *c)
{
	struct top *t = ctx;
	struct top_row *r;

	if (!options_want_open(t->sink->options, c))
		return true;
	r = top_store_open(&t->store);
	if (!r)
		return true;
	top_row_fill(r, c, shown_now(t), now_of(t).style);
	r->wanted = top_filter_wants(&t->filter, c, r, now_of(t).style);
	return true;
}

static void walk(struct top *t, bool at_once)
{
	uint64_t begin = host_clock_ns(CLOCK_MONOTONIC), took;

	if (t->ui.paused || (begin < t->next_walk_ns && !at_once))
		return;
	top_store_walk(&t->store);
	conn_table_each_open(t->sink->table, take_open, t);
	took = host_clock_ns(CLOCK_MONOTONIC) - begin;
	t->next_walk_ns = begin + took * WALK_SHARE;
}

static double rate(uint64_t now, uint64_t then, uint64_t ns)
{
	return (double)(now - then) * 1e9 / (double)ns;
}

static void count_rates(struct top *t)
{
	const struct top_counts *a = &t->counts_then, *b = &t->counts;
	uint64_t now_ns = conn_table_now(t->sink->table), ns = now_ns - t->counted_ns;

	if (t->counted_ns && ns < RATE_NS)
		return;
	if (t->counted_ns) {
		t->figures.opened = rate(b->opened, a->opened, ns);
		t->figures.closed = rate(b->closed, a->closed, ns);
		t->figures.faults = rate(b->faults, a->faults, ns);
		t->figures.retransmits = rate(b->retransmits, a->retransmits, ns);
	}
	t->counts_then = t->counts;
	t->counted_ns = now_ns;
}

static void gather_figures(struct top *t)
{
	const struct conn_table_counters *n = conn_table_counters(t->sink->table);
	const struct census *census = census_now(t->sink->census);
	const struct playback *b = t->sink->playback;
	struct top_figures *f = &t->figures;

	count_rates(t);
	memcpy(f->state, census->state, sizeof(f->state));
	f->lost = n->lost_total;
	f->evicted = n->evicted;
	f->host = t->sink->origin->host;
	f->capture = options_capture(t->sink->options);
	f->wall_ns = t->wall_offset_ns ? shown_now(t) + (uint64_t)t->wall_offset_ns : 0;
	f->at_end = !b || (b->at_end && !t->position_ns);
	f->first_ns = b ? b->first_ns : 0;
	f->last_ns = b ? b->last_ns : 0;
	f->now_ns = shown_now(t);
}

static void build(struct top *t)
{
	struct top_source source = {
		.store = &t->store,
		.listeners = conn_table_listeners(t->sink->table),
		.destinations = &t->sink->census->destinations,
		.ended_until = t->ended_until,
	};
	struct top_now now = now_of(t);

	top_view_build(&t->view, &source, &t->ui.shape, &now);
	top_ui_follow(&t->ui, &t->view, &t->layout);
	t->drawn = false;
}

/* ---- one connection ---- */

/* The connection of the detail, wherever it is. To be freed if true. */
static bool find_whole(struct top *t, struct whole_conn *out)
{
	const struct conn *open;

	*out = (struct whole_conn) { 0 };
	if (top_store_get(&t->store, t->ui.detail_id, out))
		return true;
	open = conn_table_find(t->sink->table, t->ui.detail_id);
	return open && whole_conn_copy(out, open);
}

static void draw_story(struct top *t)
{
	struct whole_conn *whole = malloc(sizeof(*whole));

	strbuf_reset(&t->page.out.buf);
	t->page.term.columns = t->layout.detail_columns;
	t->has_detail = whole && find_whole(t, whole);
	if (t->has_detail) {
		story_draw(&t->story, &t->page, &whole->conn, t->ui.explain, shown_now(t));
		whole_conn_free(whole);
	}
	free(whole);
	t->ui.detail_lines = top_lines(strbuf_text(&t->page.out.buf));
	t->drawn = false;
}

static void say(struct top *t, const char *text, bool bad)
{
	snprintf(t->ui.message, sizeof(t->ui.message), "%s", text);
	t->ui.message_is_bad = bad;
	t->message_ns = host_clock_ns(CLOCK_MONOTONIC);
	t->drawn = false;
}

static void write_one(struct top *t)
{
	struct whole_conn *whole = malloc(sizeof(*whole));
	struct strbuf said = { 0 };
	int err = -ENOENT;

	if (whole && find_whole(t, whole)) {
		err = top_write(t->sink, &t->record, &whole->conn, t->ui.input, shown_now(t), now_of(t).style, &said);
		whole_conn_free(whole);
	} else {
		strbuf_puts(&said, "not written: this connection is not kept any more");
	}
	say(t, strbuf_text(&said), err != 0);
	strbuf_free(&said);
	free(whole);
}

/* ---- drawing ---- */

static void lay_out(struct top *t)
{
	size_t rows, columns, before = t->layout.detail_columns;

	top_screen_size(t->screen, &rows, &columns);
	if (rows != t->layout.rows || columns != t->layout.columns)
		t->drawn = false;
	t->layout = top_layout_of(&t->ui, t->view.count, rows < CANVAS_SIDE_MAX ? rows : CANVAS_SIDE_MAX,
				  columns < CANVAS_SIDE_MAX ? columns : CANVAS_SIDE_MAX);
	if (t->ui.detail && t->layout.detail_columns != before)
		draw_story(t);
	top_ui_follow(&t->ui, &t->view, &t->layout);
}

static void draw(struct top *t)
{
	struct top_scene scene = {
		.ui = &t->ui,
		.view = &t->view,
		.figures = &t->figures,
		.layout = &t->layout,
		.now = now_of(t),
		.detail = t->has_detail ? strbuf_text(&t->page.out.buf) : NULL,
	};

	if (t->drawn || !top_screen_ready(t->screen))
		return;
	if (canvas_resize(&t->canvas, t->layout.rows, t->layout.columns))
		return;
	top_paint(&t->canvas, &scene);
	top_screen_draw(t->screen, &t->canvas);
	t->drawn = true;
}

/* at_once: whatever was asked a moment ago. */
static void refresh(struct top *t, bool at_once)
{
	walk(t, at_once);
	gather_figures(t);
	if (!t->ui.paused || at_once)
		build(t);
	if (t->ui.detail && (!t->ui.paused || at_once))
		draw_story(t);
	t->gathered_ns = host_clock_ns(CLOCK_MONOTONIC);
	t->gathered_of_ns = conn_table_now(t->sink->table);
}

static bool is_due(const struct top *t)
{
	uint64_t since_ns = host_clock_ns(CLOCK_MONOTONIC) - t->gathered_ns;

	if (t->ui.offline)
		return since_ns >= REPLAY_NS && (conn_table_now(t->sink->table) != t->gathered_of_ns || t->ui.playing ||
						 !t->gathered_of_ns || since_ns >= REFRESH_NS);
	return since_ns >= REFRESH_NS;
}

/* ---- the time of a recording ---- */

static void forget_all(struct top *t)
{
	top_store_free(&t->store);
	if (top_store_init(&t->store)) {
		log_errno(-ENOMEM, "--top");
		t->sink->error = -ENOMEM;
		loop_stop(t->sink->loop);
	}
	t->counts = t->counts_then = (struct top_counts) { 0 };
	t->counted_ns = 0;
}

static void seek_to(struct top *t, uint64_t to_ns)
{
	struct playback *b = t->sink->playback;

	if (to_ns < conn_table_now(t->sink->table)) {
		forget_all(t);
		b->rewind = true;
	}
	t->position_ns = to_ns;
	b->until_ns = to_ns;
	t->played_ns = host_clock_ns(CLOCK_MONOTONIC);
}

static uint64_t moved(const struct playback *b, uint64_t from_ns, int64_t by_ns)
{
	if (by_ns == INT64_MIN || (by_ns < 0 && (uint64_t)-by_ns > from_ns - b->first_ns))
		return b->first_ns;
	return from_ns + (uint64_t)by_ns;
}

static void seek(struct top *t, int64_t by_ns)
{
	struct playback *b = t->sink->playback;
	uint64_t to_ns;

	if (!b || !b->first_ns) {
		say(t, "this input comes as it comes: only files can be gone through", true);
		return;
	}
	to_ns = by_ns == INT64_MAX ? PLAYBACK_ALL
				   : moved(b, shown_now(t) > b->first_ns ? shown_now(t) : b->first_ns, by_ns);
	if (to_ns == PLAYBACK_ALL || (b->at_end && to_ns >= b->last_ns)) {
		t->ui.playing = false;
		b->until_ns = PLAYBACK_ALL;
		t->position_ns = 0;
		return;
	}
	seek_to(t, to_ns);
}

static void play(struct top *t)
{
	struct playback *b = t->sink->playback;
	uint64_t now = host_clock_ns(CLOCK_MONOTONIC), by_ns = (now - t->played_ns) * t->ui.speed;

	t->played_ns = now;
	if (!b || !t->ui.playing || b->rewind)
		return;
	t->position_ns += by_ns;
	b->until_ns = t->position_ns;
	if (b->at_end && t->position_ns >= b->last_ns) {
		t->ui.playing = false;
		t->position_ns = 0;
		b->until_ns = PLAYBACK_ALL;
	}
	t->drawn = false;
}

/* At its end it begins anew. */
static void toggle_play(struct top *t)
{
	struct playback *b = t->sink->playback;

	t->played_ns = host_clock_ns(CLOCK_MONOTONIC);
	if (!b || !b->first_ns || (!t->position_ns && !b->can_rewind)) {
		t->ui.playing = false;
		seek(t, b && b->can_rewind ? 0 : INT64_MAX);
		if (b && !b->can_rewind)
			say(t, "it is at its end; going back takes the screen as the only output", true);
		return;
	}
	if (t->ui.playing && !t->position_ns)
		seek_to(t, b->first_ns);
}

/* ---- what keys ask for ---- */

static void filter_ended(struct top *t)
{
	struct whole_conn *whole = malloc(sizeof(*whole));

	for (uint64_t n = top_store_oldest(&t->store); whole && n < t->store.next; n++) {
		struct top_ended *e = top_store_at(&t->store, n);
		bool have = top_store_unpack(&t->store, e, whole);

		e->row.wanted = top_filter_wants(&t->filter, have ? &whole->conn : NULL, &e->row, now_of(t).style);
	}
	free(whole);
}

static void set_filter(struct top *t)
{
	struct strbuf why = { 0 };

	if (top_filter_set(&t->filter, t->ui.input, &why)) {
		t->ui.prompt = PROMPT_FILTER; /* to be mended */
		say(t, strbuf_text(&why), true);
	} else {
		memcpy(t->ui.filter, t->ui.input, sizeof(t->ui.filter));
		filter_ended(t);
		t->ui.cursor = t->ui.scroll = 0;
		refresh(t, true);
	}
	strbuf_free(&why);
}

static void pause_or_play(struct top *t)
{
	if (t->ui.offline) {
		toggle_play(t);
		return;
	}
	t->frozen_ns = conn_table_now(t->sink->table);
	t->ended_until = t->ui.paused ? t->store.next : UINT64_MAX;
	refresh(t, !t->ui.paused);
}

static void act(struct top *t, enum top_action a)
{
	t->drawn &= a == ACTION_NONE;
	switch (a) {
	case ACTION_BUILD:
		lay_out(t);
		build(t);
		break;
	case ACTION_DETAIL:
		lay_out(t);
		draw_story(t);
		break;
	case ACTION_PAUSE:
		pause_or_play(t);
		break;
	case ACTION_FILTER:
		set_filter(t);
		break;
	case ACTION_WRITE:
		write_one(t);
		break;
	case ACTION_SEEK:
		seek(t, t->ui.seek_ns);
		refresh(t, true);
		break;
	case ACTION_REDRAW:
		top_screen_redraw(t->screen);
		break;
	case ACTION_QUIT:
		loop_stop(t->sink->loop);
		break;
	default:
		break;
	}
}

static void on_keys(void *ctx, uint32_t events)
{
	struct top *t = ctx;
	struct top_input in;

	while (!loop_is_stopped(t->sink->loop) && top_screen_read(t->screen, &in)) {
		if (in.code)
			act(t, top_ui_key(&t->ui, &t->view, &t->layout, in.code));
		else if (in.button)
			act(t, top_ui_mouse(&t->ui, &t->view, &t->layout, in.button, in.row, in.column));
	}
	if (events & (EPOLLHUP | EPOLLERR)) { /* the terminal is gone */
		loop_remove(t->sink->loop, top_screen_fd(t->screen));
		t->sink->error = -EPIPE;
		loop_stop(t->sink->loop);
		return;
	}
	lay_out(t);
	draw(t);
}

static void take_messages(struct top *t)
{
	struct strbuf text = { 0 };

	if (top_screen_message(t->screen, &text))
		say(t, strbuf_text(&text), false);
	else if (*t->ui.message && host_clock_ns(CLOCK_MONOTONIC) - t->message_ns > MESSAGE_SECS * 1000000000ULL)
		say(t, "", false);
	strbuf_free(&text);
}

static void on_timer(void *ctx, uint32_t events)
{
	struct top *t = ctx;

	take_messages(t);
	play(t);
	lay_out(t);
	if (is_due(t))
		refresh(t, false);
	draw(t);
}

/* ---- the sink ---- */

static void top_free(struct top *t)
{
	top_screen_close(&t->screen);
	canvas_free(&t->canvas);
	top_store_free(&t->store);
	top_view_free(&t->view);
	top_filter_free(&t->filter);
	json_record_free(&t->record);
	story_free(&t->story);
	strbuf_free(&t->page.out.buf);
}

static int begin_screen(struct top *t, struct sink *s)
{
	static const int wish[] = { [COLOR_AUTO] = 0, [COLOR_ALWAYS] = 1, [COLOR_NEVER] = -1 };
	int err;

	t->term = term_probe(STDOUT_FILENO, wish[s->options->color]);
	err = top_screen_open(&t->screen, t->term.color, t->term.utf8);
	if (err)
		return err;
	t->page.out = (struct output) { .sink = s, .fd = -1 };
	t->page.term = t->term;
	t->page.style = t->term.utf8 ? HUMAN_UTF8 : 0;
	err = loop_add(s->loop, top_screen_fd(t->screen), EPOLLIN, on_keys, t)
		      ?: loop_every(s->loop, TIMER_MS, on_timer, t);
	return err ? log_errno(err, "--top") : 0;
}

static int top_open(struct sink *s, const char *arg)
{
	struct top *t = s->private;
	int err;

	t->sink = s;
	t->ended_until = UINT64_MAX;
	t->figures.host = t->figures.capture = "";
	top_ui_init(&t->ui, options_offline(s->options));
	t->ui.can_rewind = s->playback && s->playback->can_rewind;
	err = top_store_init(&t->store) ?: top_view_init(&t->view) ?: json_record_init(&t->record, EVENTS_ALL);
	err = err ? log_errno(err, "--top") : begin_screen(t, s);
	if (err) {
		top_free(t);
		return err;
	}
	census_want(s->census);
	return 0;
}

static void top_event(struct sink *s, const struct event *e)
{
	struct top *t = s->private;

	if (e->kind == EVENT_RETRANSMIT)
		t->counts.retransmits++;
	else if (e->kind == EVENT_CLOCK)
		t->wall_offset_ns = (int64_t)(((const struct event_clock *)e)->wall_ns - e->ts_ns);
}

static void keep(struct top *t, const struct conn *c, uint64_t now_ns, bool is_new)
{
	struct top_row *r = top_store_ended(&t->store, c);

	if (!r)
		return;
	top_row_fill(r, c, now_ns, now_of(t).style);
	r->wanted = top_filter_wants(&t->filter, c, r, now_of(t).style);
	t->counts.faults += is_new && top_row_fault(r);
}

static void top_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct top *t = s->private;
	const struct top_row *r;

	switch (change) {
	case CONN_OPENED:
		t->counts.opened++;
		break;
	case CONN_CLOSED:
		t->counts.closed++;
		keep(t, c, now_ns, true);
		break;
	case CONN_TIMEWAIT_OVER:
		keep(t, c, now_ns, false);
		break;
	case CONN_FINISHED:
		/* How its TIME_WAIT ended was not seen. */
		r = top_store_find(&t->store, c->id);
		if (r && (r->wait == TOP_WAIT_RUNNING || r->wait == TOP_WAIT_FIN))
			keep(t, c, now_ns, false);
		break;
	case CONN_STILL_OPEN:
		keep(t, c, now_ns, false);
		break;
	case CONN_LISTED:
		break;
	}
}

static unsigned int top_needs(const char *arg)
{
	return NEEDS_TERMINAL | NEEDS_FILES;
}

static int top_close(struct sink *s)
{
	top_free(s->private);
	return 0;
}

const struct sink_ops sink_top = {
	.name = "top",
	.help = "a screen of what is open, ended and went wrong, with keys (--top)",
	.private_size = sizeof(struct top),
	.on_stdout = SINK_STDOUT_OWNS,
	.stays = true,
	.finds = true,
	.counts = true,
	.needs = top_needs,
	.open = top_open,
	.event = top_event,
	.conn = top_conn,
	.close = top_close,
};
