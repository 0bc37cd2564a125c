// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Connections of a capture: which one a segment belongs to, and when each is over. */
#include "core/table/conn_captured.h"

#include <errno.h>
#include <string.h>

#include "core/capture/track.h"
#include "core/conn_apply.h"
#include "core/conn_error.h"
#include "core/record/reset_origin.h"
#include "core/segment.h"
#include "core/table/conn_captured_due.h"

/* NULL: there was no memory to unpack it, and it was dropped. */
static struct conn *conn_of(struct conn_table *t, const struct track *w)
{
	return conn_whole(t, w->entry);
}

void conn_captured_expire(struct conn_table *t, uint64_t now_ns)
{
	struct track *w;

	while ((w = conn_captured_first(&t->tracks)) && w->due.key <= now_ns) {
		struct conn *c;

		t->now_ns = w->due.key > t->now_ns ? w->due.key : t->now_ns;
		if (!w->by_packets && !track_expired(w, now_ns)) {
			heap_put(&t->tracks, &w->due, track_due(w));
			continue;
		}
		c = conn_of(t, w);
		if (c)
			conn_end_captured_softly(t, c);
	}
}

/* By Zeek's rules what is still young at the end of the capture is open, whatever it waits for. */
void conn_captured_finish(struct conn_table *t)
{
	struct track *w;

	while ((w = conn_captured_first(&t->tracks))) {
		struct conn *c = conn_of(t, w);

		if (!c)
			continue;
		if (c->track->by_packets || conn_ended_on_wire(c))
			conn_end_captured(t, c);
		else
			conn_leave_open(t, c);
	}
}

static struct conn *begin(struct conn_table *t, const struct event_segment *e)
{
	struct track *w = track_new(e->event.ts_ns, t->now_ns, e, t->zeek);
	struct conn *c = w ? conn_new(t, &e->tuple, w->client == 0 ? CLIENT : SERVER, e->event.ts_ns) : NULL;

	if (!w)
		conn_count_no_memory(t);
	if (!c) {
		track_free(w);
		return NULL;
	}
	c->track = w;
	w->entry = c->entry;
	if (conn_captured_schedule(&t->tracks, c, t->now_ns, t->is_live)) {
		conn_count_no_memory(t);
		conn_free(t, c);
		return NULL;
	}
	memcpy(c->vlan, e->vlan, sizeof(c->vlan));
	if (!segment_is_syn(e->tcp_flags))
		c->flags = (c->flags & ~CONN_COMPLETE) | CONN_MIDSTREAM | CONN_ROLES_DERIVED;
	conn_announce(t, c);
	return c;
}

/* The side taken for the client is the server. */
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
	c->icmp.side ^= 1;
}

/* Was a RST of this side not its own? Whoever resets a connection sends nothing new after that. */
static bool goes_on(const struct side *s, const struct event_segment *e)
{
	return s->mark[MARK_RST] && !(e->tcp_flags & TCP_FLAG_RST_BIT) &&
	       (e->payload_len || e->tcp_flags & TCP_FLAG_SYN_BIT) && (int32_t)(e->seq - s->rst_seq) >= 0;
}

/* It was reported, and goes on all the same. */
static bool has_news(const struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct side *s = &c->side[sender];

	return e->payload_len && !(e->tcp_flags & TCP_FLAG_RST_BIT) && s->seq_known &&
	       (int32_t)(e->seq + e->payload_len - s->next_seq) > 0;
}

static bool begins_another(struct place p, const struct event_segment *e)
{
	const struct track *w = p.conn->track;

	return track_is_reuse(w, track_index(w, p.side), e) ||
	       (p.conn->flags & CONN_REPORTED && has_news(p.conn, p.side, e));
}

/* place: of the sender. */
static void apply(struct place p, const struct event_segment *e)
{
	struct conn *c = p.conn;
	bool bad = e->flags & (SEGMENT_BAD_CHECKSUM | SEGMENT_BAD_HEADER);

	if (c->track->by_packets && !bad && goes_on(&c->side[p.side], e)) {
		c->side[p.side].mark[MARK_RST] = 0;
		track_disbelieve_reset(c->track, track_index(c->track, p.side));
	}
	if (track_segment(c->track, track_index(c->track, p.side), e)) {
		flip(c);
		p.side = other_side(p.side);
	}
	if (track_no_memory(c->track))
		conn_no_memory(c);
	if (!bad) {
		conn_apply_captured(c, p.side, e);
		reset_origin_note(c, p.side, e);
	}
}

int conn_captured_icmp(struct conn_table *t, const struct event_icmp *e)
{
	struct event_segment quoted = { .event = e->event, .tuple = e->tuple, .seq = e->seq };
	/* It may have come in another VLAN than what it quotes, which says nothing of its own. */
	struct place p = conn_find_captured(&t->index, &quoted, false);

	if (!p.conn)
		return 0;
	if (p.conn->flags & CONN_REPORTED || !conn_apply_icmp(p.conn, p.side, e)) {
		t->counters.events_unmatched++;
		return 0;
	}
	p.conn->last_ns = e->event.ts_ns > p.conn->last_ns ? e->event.ts_ns : p.conn->last_ns;
	conn_store_touch(&t->store, p.conn, false);
	return 0;
}

int conn_captured_apply(struct conn_table *t, const struct event_segment *e)
{
	struct place p = conn_find_captured(&t->index, e, t->vlan_key);
	struct event_segment later;
	struct conn *c;

	if (p.conn && begins_another(p, e)) {
		conn_end_captured(t, p.conn);
		p.conn = NULL;
	}
	if (!p.conn) {
		p.conn = begin(t, e);
		if (!p.conn)
			return -ENOMEM;
		p.side = p.conn->track->client == 0 ? CLIENT : SERVER;
	}
	c = p.conn;
	if (c->track->by_packets && e->event.ts_ns < c->track->seen_ns) {
		/* The clock went back, further than a few segments show. */
		later = *e;
		later.event.ts_ns = c->track->seen_ns;
		e = &later;
	}
	apply(p, e);
	conn_store_touch(&t->store, c, c->flags & CONN_REPORTED);
	c->last_ns = e->event.ts_ns > c->last_ns ? e->event.ts_ns : c->last_ns;
	conn_number(t, c);
	if (!(c->flags & CONN_REPORTED))
		conn_captured_schedule(&t->tracks, c, t->now_ns, t->is_live); /* it is in: no memory is needed */
	return 0;
}
