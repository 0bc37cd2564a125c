// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides what a page gets when it connects or reconnects, and what a slow page is not sent. */
#include "sink/web/web_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 500	       /* what a page gets of what was before it */
#define BATCH	   (32 * 1024) /* bytes, put together at once */
#define PING_SECS  5	       /* finds a client that is gone without a FIN */

struct client {
	struct list_node node;
	struct web_streams *all;
	uint64_t peer; /* http_peer_key() */
	struct http_stream *stream;
	struct http_source source;
	struct strbuf out;
	size_t sent;   /* of out */
	uint64_t next; /* number in the store */
	uint64_t ticks;
	uint64_t missed;	/* not reported yet */
	unsigned int rows_left; /* in this second */
	unsigned int silent_secs;
	bool greeted;
};

void web_streams_init(struct web_streams *w, const struct web_store *store, uint64_t session)
{
	*w = (struct web_streams) { .store = store, .session = session };
	list_init(&w->clients);
}

void web_streams_free(struct web_streams *w)
{
	strbuf_free(&w->hello);
	strbuf_free(&w->tick);
}

void web_event(struct strbuf *out, const char *name, const char *data, size_t len)
{
	strbuf_printf(out, "event: %s\ndata: ", name);
	strbuf_add(out, data, len);
	strbuf_puts(out, "\n\n");
}

/* ---- what a client gets ---- */

static void miss(struct client *c, uint64_t next)
{
	uint64_t n = next - c->next;

	c->all->missed += n;
	c->missed += n;
	c->next = next;
}

static void add_rows(struct client *c)
{
	const struct web_store *store = c->all->store;

	if (c->next < web_store_oldest(store))
		miss(c, web_store_oldest(store));
	if (c->missed)
		strbuf_printf(&c->out, "event: missed\ndata: %" PRIu64 "\n\n", c->missed);
	c->missed = 0;
	while (c->next < store->next && c->rows_left && c->out.len < BATCH) {
		const struct web_entry *e = web_store_at(store, c->next);

		strbuf_printf(&c->out, "id: %" PRIx64 "-%" PRIu64 "\n", c->all->session, c->next);
		web_event(&c->out, "conn", e->row, e->row_len);
		c->next++;
		c->rows_left--;
	}
}

static void compose(struct client *c)
{
	struct web_streams *w = c->all;

	strbuf_reset(&c->out);
	c->sent = 0;
	if (!c->greeted) {
		c->greeted = true;
		strbuf_puts(&c->out, "retry: 1000\n\n");
		strbuf_add(&c->out, strbuf_text(&w->hello), w->hello.len);
	}
	if (c->ticks != w->ticks) {
		c->ticks = w->ticks;
		strbuf_add(&c->out, strbuf_text(&w->tick), w->tick.len);
	}
	add_rows(c);
	if (!c->out.len && c->silent_secs >= PING_SECS)
		strbuf_puts(&c->out, ": still there\n\n");
	if (c->out.len)
		c->silent_secs = 0;
}

static size_t fill(void *ctx, char *buf, size_t max)
{
	struct client *c = ctx;
	size_t n;

	if (c->sent == c->out.len)
		compose(c);
	n = c->out.len - c->sent;
	n = n < max ? n : max;
	memcpy(buf, strbuf_text(&c->out) + c->sent, n);
	c->sent += n;
	return n;
}

static void closed(void *ctx)
{
	struct client *c = ctx;

	list_remove(&c->node);
	c->all->count--;
	strbuf_free(&c->out);
	free(c);
}

/* ---- joining ---- */

/* Where it stopped, if it was here before; else a little before now. */
static uint64_t first_row(const struct web_streams *w, const struct http_request *r)
{
	const char *last = http_header(r, "Last-Event-ID");
	uint64_t session, number, head = w->store->next, oldest = web_store_oldest(w->store);

	if (last && sscanf(last, "%" SCNx64 "-%" SCNu64, &session, &number) == 2 && session == w->session &&
	    number < head)
		return number + 1;
	return head > oldest + FIRST_ROWS ? head - FIRST_ROWS : oldest;
}

static bool has_room(const struct web_streams *w, uint64_t peer)
{
	size_t own = 0;

	for (const struct list_node *n = w->clients.next; n != &w->clients; n = n->next)
		own += container_of(n, struct client, node)->peer == peer;
	return http_fair(WEB_CLIENTS_MAX, own, w->count - own);
}

void web_streams_join(struct web_streams *w, const struct http_request *r, struct http_reply *out)
{
	uint64_t peer = http_peer_key(r);
	struct client *c = has_room(w, peer) ? calloc(1, sizeof(*c)) : NULL;

	if (!c) {
		out->status = 503;
		strbuf_puts(&out->body, "too many pages are open\n");
		return;
	}
	*c = (struct client) { .all = w, .peer = peer, .next = first_row(w, r), .rows_left = FIRST_ROWS };
	c->source = (struct http_source) { .fill = fill, .closed = closed, .ctx = c };
	list_append(&w->clients, &c->node);
	w->count++;
	out->content_type = "text/event-stream; charset=utf-8";
	out->source = &c->source;
	out->stream = &c->stream;
}

void web_streams_wake(struct web_streams *w)
{
	for (struct list_node *n = w->clients.next; n != &w->clients; n = n->next) {
		struct client *c = container_of(n, struct client, node);

		if (c->ticks != w->ticks || (c->next < w->store->next && c->rows_left) || c->silent_secs >= PING_SECS)
			http_stream_wake(c->stream);
	}
}

void web_streams_second(struct web_streams *w)
{
	for (struct list_node *n = w->clients.next; n != &w->clients; n = n->next) {
		struct client *c = container_of(n, struct client, node);

		c->silent_secs++;
		c->rows_left = WEB_ROWS_A_SECOND;
		/* What it has not taken of the last batch is not yet sent: only what would come after is left out. */
		if (c->greeted && c->sent == c->out.len && w->store->next > c->next + 2 * WEB_ROWS_A_SECOND)
			miss(c, w->store->next - WEB_ROWS_A_SECOND);
	}
	web_streams_wake(w);
}
