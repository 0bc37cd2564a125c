// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which events begin a connection: a step of a new socket, a segment, what the snapshot shows, and a SYN that
 * was taken for one of the connection before it. And which side is the client where the beginning was not seen.
 */
#include "core/table/conn_begin.h"

#include <string.h>

#include "core/conn_apply.h"
#include "core/conn_missed.h"
#include "core/decode.h"
#include "core/segment.h"

#define REOPENED_WITHIN_NS 10000000ULL /* between a SYN at the interface and what TIME_WAIT makes of it */

/* First seen in the middle: the side that listens on its port is the server, else the one with the lower port. */
static enum side_name derive_role(const struct conn_table *t, const struct event_tuple *tuple, uint32_t netns)
{
	if (listeners_find_end(&t->listeners, tuple, 0, netns))
		return SERVER;
	if (listeners_find_end(&t->listeners, tuple, 1, netns))
		return CLIENT;
	return tuple->port[0] < tuple->port[1] ? SERVER : CLIENT;
}

static struct conn *conn_new_midstream(struct conn_table *t, const struct event_tuple *tuple, enum side_name local,
				       uint64_t ts_ns, uint32_t flags)
{
	struct conn *c = conn_new(t, tuple, local, ts_ns);

	if (!c)
		return NULL;
	c->flags = (c->flags & ~CONN_COMPLETE) | CONN_ROLES_DERIVED | CONN_MIDSTREAM | flags;
	if (!(flags & CONN_TENTATIVE))
		conn_announce(t, c);
	return c;
}

bool conn_step_is_child(const struct event_state *e)
{
	return e->old_state == TCPS_LISTEN || (e->old_state == TCPS_SYN_RECV && e->new_state == TCPS_ESTABLISHED);
}

bool conn_step_begins(const struct event_state *e)
{
	return e->new_state == TCPS_SYN_SENT || conn_step_is_child(e);
}

struct place conn_begin_by_step(struct conn_table *t, const struct event_state *e)
{
	struct place p = { 0 };

	if (e->tuple.port[0])
		p = conn_find_for_socket(&t->index, e);
	if (!p.conn) {
		p.side = conn_step_begins(e) ? (conn_step_is_child(e) ? SERVER : CLIENT)
					     : derive_role(t, &e->tuple, e->event.netns);
		if (conn_step_begins(e))
			p.conn = conn_new(t, &e->tuple, p.side, e->event.ts_ns);
		else
			p.conn = conn_new_midstream(t, &e->tuple, p.side, e->event.ts_ns, 0);
		if (!p.conn)
			return p;
		if (conn_step_is_child(e))
			p.conn->flags |= CONN_UNPAIRED;
		else if (conn_step_begins(e) && !(p.conn->flags & CONN_TUPLE_PENDING))
			conn_announce(t, p.conn);
	} else if (!conn_step_begins(e)) {
		conn_miss_birth(p.conn);
	}
	conn_index_set_id(&t->index, p.conn, p.side, e->id);
	p.conn->side[p.side].netns = e->event.netns;
	return p;
}

struct place conn_begin_by_segment(struct conn_table *t, const struct event_segment *e)
{
	bool syn = e->tcp_flags & TCP_FLAG_SYN_BIT, ack = e->tcp_flags & TCP_FLAG_ACK_BIT;
	struct place p = { .side = CLIENT };

	if (e->tcp_flags & TCP_FLAG_RST_BIT || !(e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT)))
		return p;
	if (syn && !ack) {
		p.conn = conn_new(t, &e->tuple, CLIENT, e->event.ts_ns);
		if (p.conn)
			conn_announce(t, p.conn);
	} else {
		p.side = syn ? SERVER : derive_role(t, &e->tuple, e->event.netns);
		p.conn = conn_new_midstream(t, &e->tuple, p.side, e->event.ts_ns, CONN_TENTATIVE);
	}
	if (p.conn) {
		memcpy(p.conn->vlan, e->vlan, sizeof(e->vlan));
		p.conn->wire_netns = e->event.netns;
		if (e->flags & SEGMENT_LOOPBACK)
			p.conn->side[CLIENT].netns = p.conn->side[SERVER].netns = e->event.netns;
	}
	return p;
}

/* A SYN that was taken for one of this connection's, by its number (if given) and time. */
static const struct moment *odd_syn(const struct conn *c, enum side_name sender, const uint32_t *seq, uint64_t from_ns)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		const struct moment *m = &c->moments.list[i - 1];

		if (m->ts_ns < from_ns)
			break;
		if (m->kind == EVENT_SEGMENT && m->side == sender && (!seq || m->seq == *seq) &&
		    segment_is_syn(m->tcp_flags) && !(m->tcp_flags & TCP_FLAG_RST_BIT))
			return m;
	}
	return NULL;
}

/* It began the next connection on the tuple, as what came of it shows. NULL without memory. */
static struct conn *split(struct conn_table *t, struct conn *old, enum side_name sender, const struct moment *m,
			  const struct event_tuple *tuple)
{
	struct event_segment syn = { .event = { .kind = EVENT_SEGMENT, .netns = old->wire_netns, .ts_ns = m->ts_ns },
				     .tuple = *tuple,
				     .tcp_flags = m->tcp_flags,
				     .flags = old->flags & CONN_LOOPBACK ? SEGMENT_LOOPBACK : 0,
				     .seq = m->seq,
				     .payload_len = m->payload_len,
				     .window = m->window };
	struct place p;

	memcpy(syn.vlan, old->vlan, sizeof(syn.vlan));
	moment_get_place(m, &syn); /* or the SYN sent again would be this one, seen elsewhere */
	moments_forget(&old->moments, EVENT_SEGMENT, m->ts_ns);
	old->side[sender].segs_seen--;
	old->side[sender].segs_missed -=
		old->side[other_side(sender)].mark[MARK_CLOSE] && old->side[sender].segs_missed;
	p = conn_begin_by_segment(t, &syn);
	if (!p.conn)
		return NULL;
	conn_apply_segment(p.conn, p.side, &syn);
	conn_settle(t, p.conn);
	return p.conn;
}

void conn_begin_reopened(struct conn_table *t, struct place old, const struct event_timewait *e)
{
	enum side_name sender = other_side(old.side);
	uint64_t made_ns = old.conn->side[old.side].timewait.made_ns, from_ns = e->event.ts_ns - REOPENED_WITHIN_NS;
	/* A short connection's own SYN may be as young. */
	const struct moment *m = odd_syn(old.conn, sender, NULL, made_ns > from_ns ? made_ns : from_ns);
	struct event_tuple tuple = event_tuple_swapped(&e->tuple);
	struct place next = conn_find_by_tuple(&t->index, &e->tuple, e->event.netns);

	/* The SYN that it gave way to may have begun the next one already: then that one was of old, indeed. */
	if (next.conn && next.conn != old.conn && next.conn->start_ns >= from_ns)
		return;
	if (m)
		split(t, old.conn, sender, m, &tuple);
}

struct place conn_begin_next_request(struct conn_table *t, const struct event_segment *e)
{
	struct place old = { 0 }, none = { 0 };
	struct event_tuple tuple = event_tuple_swapped(&e->tuple);
	uint32_t isn = e->ack - 1;
	const struct moment *m;
	struct conn *next;

	if (segment_is_synack(e->tcp_flags) && e->id)
		old = conn_find_by_tuple(&t->index, &e->tuple, e->event.netns);
	if (!old.conn || old.side != SERVER || old.conn->side[SERVER].state != TCPS_NEW_SYN_RECV ||
	    old.conn->side[SERVER].id == e->id)
		return none;
	m = odd_syn(old.conn, CLIENT, &isn, 0);
	if (!m)
		return none;
	conn_give_up_request(t, old.conn);
	next = split(t, old.conn, CLIENT, m, &tuple);
	return next ? (struct place) { next, SERVER } : none;
}

/* Not established yet: which side is the client is certain, and its handshake is still to be reported. */
static struct conn *conn_new_handshake(struct conn_table *t, const struct event_existing *e)
{
	struct conn *c = conn_new(t, &e->tuple, e->state == TCPS_SYN_SENT ? CLIENT : SERVER, e->event.ts_ns);

	if (!c)
		return NULL;
	c->flags = (c->flags & ~CONN_COMPLETE) | CONN_EXISTED;
	conn_announce(t, c);
	return c;
}

struct place conn_begin_existing(struct conn_table *t, const struct event_existing *e)
{
	struct place p = conn_find_by_tuple(&t->index, &e->tuple, e->event.netns);

	if (p.conn && !p.conn->side[p.side].id && !p.conn->side[p.side].timewait.existed &&
	    !(p.conn->flags & CONN_REPORTED))
		return p;
	if (e->state == TCPS_SYN_SENT || e->state == TCPS_NEW_SYN_RECV) {
		p.side = e->state == TCPS_SYN_SENT ? CLIENT : SERVER;
		p.conn = conn_new_handshake(t, e);
	} else {
		p.side = derive_role(t, &e->tuple, e->event.netns);
		p.conn = conn_new_midstream(t, &e->tuple, p.side, e->event.ts_ns, 0);
		if (p.conn)
			p.conn->flags |= CONN_EXISTED;
	}
	return p;
}
