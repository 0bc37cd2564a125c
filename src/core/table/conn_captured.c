// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Connections of a capture: which one a segment belongs to, and when each is over. */
#include "core/table/conn_captured.h"

#include <errno.h>
#include <string.h>

#include "core/capture/track.h"
#include "core/conn_apply.h"

static struct track *of_node(struct heap_node *n)
{
	return container_of(n, struct track, due);
}

/* NULL: there was no memory to unpack it, and it is gone. */
static struct conn *conn_of(struct conn_table *t, const struct track *w)
{
	return conn_whole(t, w->entry);
}

void conn_captured_expire(struct conn_table *t, uint64_t now_ns)
{
	struct heap_node *n;

	while ((n = heap_first(&t->tracks)) && n->key <= now_ns) {
		struct track *w = of_node(n);

		t->now_ns = n->key > t->now_ns ? n->key : t->now_ns;
		struct conn *c;

		if (!track_expired(w, now_ns)) {
			heap_put(&t->tracks, n, track_due(w));
			continue;
		}
		c = conn_of(t, w);
		if (c)
			conn_end_captured(t, c);
	}
}

/* What is still young at the end of the capture is open, whatever it waits for. */
void conn_captured_finish(struct conn_table *t)
{
	struct heap_node *n;

	while ((n = heap_first(&t->tracks))) {
		struct conn *c = conn_of(t, of_node(n));

		if (!c)
			continue;
		if (conn_ended_on_wire(c))
			conn_end_captured(t, c);
		else
			conn_leave_open(t, c);
	}
}

static bool is_syn(const struct event_segment *e)
{
	return (e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT)) == TCP_FLAG_SYN_BIT;
}

static struct conn *begin(struct conn_table *t, const struct event_segment *e)
{
	struct track *w = track_new(e->event.ts_ns, t->now_ns, e);
	struct conn *c = w ? conn_new(t, &e->tuple, w->client == 0 ? CLIENT : SERVER, e->event.ts_ns) : NULL;

	if (!c || heap_put(&t->tracks, &w->due, track_due(w))) {
		track_free(w);
		if (c)
			conn_free(t, c);
		return NULL;
	}
	c->track = w;
	w->entry = c->entry;
	memcpy(c->vlan, e->vlan, sizeof(c->vlan));
	if (!is_syn(e))
		c->flags = (c->flags & ~CONN_COMPLETE) | CONN_MIDSTREAM | CONN_ROLES_DERIVED;
	conn_announce(t, c);
	return c;
}

/* Who was taken for the client is the server. */
static void flip(struct conn *c)
{
	struct endpoint end = c->flow.end[CLIENT];
	struct side side = c->side[CLIENT]; /* without socket, hence in no index */

	c->flow.end[CLIENT] = c->flow.end[SERVER];
	c->flow.end[SERVER] = end;
	c->side[CLIENT] = c->side[SERVER];
	c->side[SERVER] = side;
	for (unsigned int i = 0; i < c->moments.count; i++)
		c->moments.list[i].side ^= 1;
}

int conn_captured_apply(struct conn_table *t, const struct event_segment *e)
{
	struct place p = conn_find_captured(&t->index, e, t->vlan_key);
	bool bad = e->flags & (SEGMENT_BAD_CHECKSUM | SEGMENT_BAD_HEADER);
	struct track *w;

	if (p.conn && track_is_reuse(p.conn->track, e)) {
		conn_end_captured(t, p.conn);
		p.conn = NULL;
	}
	if (!p.conn) {
		p.conn = begin(t, e);
		if (!p.conn)
			return -ENOMEM;
		p.side = p.conn->track->client == 0 ? CLIENT : SERVER;
	}
	w = p.conn->track;
	if (track_segment(w, track_index(w, p.side), e)) {
		flip(p.conn);
		p.side = other_side(p.side);
	}
	if (!bad)
		conn_apply_captured(p.conn, p.side, e);
	conn_store_touch(&t->store, p.conn, false);
	p.conn->last_ns = e->event.ts_ns > p.conn->last_ns ? e->event.ts_ns : p.conn->last_ns;
	if (w->timers_changed) {
		w->timers_changed = false;
		heap_put(&t->tracks, &w->due, track_due(w));
	}
	return 0;
}
