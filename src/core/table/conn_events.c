// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides for each kind of event which connection and side it belongs to, whether it begins a new one, and whether it
 * is used at all; then applies it and settles the connection.
 */
#include "core/table/conn_events.h"

#include <errno.h>
#include <string.h>

#include "core/conn_apply.h"
#include "core/conn_drop.h"
#include "core/conn_error.h"
#include "core/conn_missed.h"
#include "core/conn_timewait.h"
#include "core/decode.h"
#include "core/record/reset_origin.h"
#include "core/table/conn_captured.h"
#include "core/table/conn_join.h"
#include "core/table/conn_numbers.h"
#include "core/table/conn_recheck.h"
#include "core/table/conn_view.h"

#define REOPENED_WITHIN_NS 10000000ULL /* between a SYN at the interface and what TIME_WAIT makes of it */

static const struct listener *listener_of(const struct conn_table *t, const struct event_tuple *tuple, int which,
					  uint32_t netns)
{
	struct endpoint e = event_tuple_end(tuple, which);

	return listeners_find(&t->listeners, netns, &e);
}

/* First seen in the middle: the side that listens on its port is the server, else the one with the lower port. */
static enum side_name derive_role(const struct conn_table *t, const struct event_tuple *tuple, uint32_t netns)
{
	if (listener_of(t, tuple, 0, netns))
		return SERVER;
	if (listener_of(t, tuple, 1, netns))
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

/* ---- events ---- */

static void listener_step(struct conn_table *t, const struct event_state *e)
{
	const struct event_task *task = event_task(&e->event);
	struct endpoint end = event_tuple_end(&e->tuple, 0);
	struct actor owner = { .certainty = ACTOR_LISTENER };

	if (e->new_state != TCPS_LISTEN) {
		listeners_remove(&t->listeners, e->id);
		return;
	}
	if (task) {
		owner.pid = task->pid;
		memcpy(owner.comm, task->comm, sizeof(owner.comm));
	}
	listeners_add(&t->listeners, e->id, e->event.netns, &end, task ? &owner : NULL);
}

/*
 * Before 2025 inet_csk_clone_lock() set the state ahead of addresses, ports and cookie: the first step of an accepted
 * socket is its listener's in all but the address of the struct sock, and the second is the first that can be used.
 */
static bool is_clone_of_listener(const struct event_state *e)
{
	return e->old_state == TCPS_LISTEN && e->new_state == TCPS_SYN_RECV && !e->tuple.port[1];
}

static bool is_child(const struct event_state *e)
{
	return e->old_state == TCPS_LISTEN || (e->old_state == TCPS_SYN_RECV && e->new_state == TCPS_ESTABLISHED);
}

/*
 * A new connection of a socket: what the index has under its id is a former one (a reused struct sock, or a second
 * connect()).
 */
static bool begins_conn(const struct event_state *e)
{
	return e->new_state == TCPS_SYN_SENT || is_child(e);
}

static struct place place_new_socket(struct conn_table *t, const struct event_state *e)
{
	struct place p = { 0 };

	if (e->tuple.port[0])
		p = conn_find_for_socket(&t->index, e);
	if (!p.conn) {
		p.side = begins_conn(e) ? (is_child(e) ? SERVER : CLIENT) : derive_role(t, &e->tuple, e->event.netns);
		if (begins_conn(e))
			p.conn = conn_new(t, &e->tuple, p.side, e->event.ts_ns);
		else
			p.conn = conn_new_midstream(t, &e->tuple, p.side, e->event.ts_ns, 0);
		if (!p.conn)
			return p;
		if (is_child(e))
			p.conn->flags |= CONN_UNPAIRED;
		else if (begins_conn(e) && !(p.conn->flags & CONN_TUPLE_PENDING))
			conn_announce(t, p.conn);
	} else if (!begins_conn(e)) {
		conn_miss_birth(p.conn);
	}
	conn_index_set_id(&t->index, p.conn, p.side, e->id);
	p.conn->side[p.side].netns = e->event.netns;
	return p;
}

/* which end of the tuple listens */
static void name_listener(struct conn_table *t, struct place p, const struct event_tuple *tuple, int which,
			  uint32_t netns)
{
	const struct listener *l = listener_of(t, tuple, which, netns);

	if (l && l->owner.pid)
		p.conn->side[p.side].actor[OPENER] = l->owner;
	else if (!l && t->listeners.no_memory)
		conn_no_memory(p.conn);
}

static int apply_state(struct conn_table *t, const struct event_state *e)
{
	struct place p;

	if (e->new_state == TCPS_LISTEN || (e->old_state == TCPS_LISTEN && e->new_state == TCPS_CLOSE)) {
		listener_step(t, e);
		return 0;
	}
	if (is_clone_of_listener(e))
		return 0;
	p = conn_find_by_id(&t->index, e->id);
	if (p.conn && p.conn->side[p.side].state == e->new_state)
		return 0; /* reported twice: see state_nested_btf */
	if (p.conn && begins_conn(e) && p.conn->side[p.side].state == TCPS_CLOSE) {
		conn_index_drop_id(&t->index, p.conn, p.side);
		p.conn = NULL;
	}
	if (!p.conn)
		p = place_new_socket(t, e);
	if (!p.conn)
		return -ENOMEM;
	p = conn_join_by_numbers(t, p, e);
	p = conn_resolve_tuple(t, p, &e->tuple);
	if (e->new_state != TCPS_CLOSE || e->old_state == TCPS_SYN_SENT)
		conn_view_of_socket(&t->index, p, &e->tuple);
	if (is_child(e) && p.side == SERVER && !p.conn->side[SERVER].actor[OPENER].pid)
		name_listener(t, p, &e->tuple, 0, e->event.netns);
	conn_check_step(p.conn, p.side, e);
	conn_apply_state(p.conn, p.side, e);
	if (e->flags & STATE_ISN_VALID)
		conn_numbers_add(&t->index, p.conn);
	/* It never had a port: no SYN, and no tuple to be found by, but its end is reported all the same. */
	if (p.conn->flags & CONN_TUPLE_PENDING && e->new_state == TCPS_CLOSE) {
		if (!conn_view_adopt(p.conn))
			conn_index_add_flow(&t->index, p.conn);
		p.conn->flags &= ~CONN_TUPLE_PENDING;
		conn_announce(t, p.conn);
	}
	conn_settle(t, p.conn);
	return 0;
}

/* A segment under a tuple that nothing is known of: in the handshake its numbers show whose it is, translated. */
static struct place place_by_numbers(struct conn_table *t, const struct event_segment *e, bool *undecided)
{
	*undecided = false;
	if ((e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT)) == TCP_FLAG_SYN_BIT)
		return conn_numbers_find_syn(&t->index, e, undecided);
	return conn_numbers_find_answer(&t->index, e);
}

/* Of a connection that is not known yet: a SYN begins one, a SYN+ACK or FIN shows one that existed before. */
static struct place place_new_segment(struct conn_table *t, const struct event_segment *e)
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

static bool is_synack(const struct event_segment *e)
{
	return (e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT)) == (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT);
}

/* The request that answers a SYN has the cookie of the socket that will come of it: so that one is found, whatever its
 * tuple (address translation). */
static void note_request(struct conn_table *t, struct place p, const struct event_segment *e)
{
	struct side *s = &p.conn->side[p.side];

	if (!is_synack(e) || p.conn->flags & CONN_SELF || p.side != SERVER || !e->id || e->id == s->id ||
	    side_has_socket(s) || p.conn->close_ns)
		return;
	/* The request before it went unseen; which of the two the next segments belong to cannot be decided. */
	if (s->id && s->isn_known && e->seq != s->isn)
		p.conn->flags = (p.conn->flags | CONN_END_UNSEEN) & ~CONN_COMPLETE;
	conn_index_set_id(&t->index, p.conn, SERVER, e->id);
	s->state = TCPS_NEW_SYN_RECV;
	s->netns = e->event.netns;
	s->half_open = true;
}

/* A SYN that was taken for one of this connection's, by its number (if given) and time. */
static const struct moment *odd_syn(const struct conn *c, enum side_name sender, const uint32_t *seq, uint64_t from_ns)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		const struct moment *m = &c->moments.list[i - 1];

		if (m->ts_ns < from_ns)
			break;
		if (m->kind == EVENT_SEGMENT && m->side == sender && (!seq || m->seq == *seq) &&
		    (m->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT | TCP_FLAG_RST_BIT)) == TCP_FLAG_SYN_BIT)
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
				     .via = old->side[sender].via,
				     .flags = old->flags & CONN_LOOPBACK ? SEGMENT_LOOPBACK : 0,
				     .seq = m->seq,
				     .payload_len = m->payload_len,
				     .window = m->window };
	struct place p;

	memcpy(syn.vlan, old->vlan, sizeof(syn.vlan));
	moments_forget(&old->moments, EVENT_SEGMENT, m->ts_ns);
	old->side[sender].segs_seen--;
	old->side[sender].segs_missed -=
		old->side[other_side(sender)].mark[MARK_CLOSE] && old->side[sender].segs_missed;
	p = place_new_segment(t, &syn);
	if (!p.conn)
		return NULL;
	conn_apply_segment(p.conn, p.side, &syn);
	conn_settle(t, p.conn);
	return p.conn;
}

/* TIME_WAIT gave way to a SYN: its timestamp was new enough, whatever its number (tcp_timewait_state_process()). */
static void reopen(struct conn_table *t, struct place old, const struct event_timewait *e)
{
	enum side_name sender = other_side(old.side);
	uint64_t made_ns = old.conn->side[old.side].timewait.made_ns, from_ns = e->event.ts_ns - REOPENED_WITHIN_NS;
	/* A short connection's own SYN may be as young. */
	const struct moment *m = odd_syn(old.conn, sender, NULL, made_ns > from_ns ? made_ns : from_ns);
	struct event_tuple tuple = event_tuple_swapped(&e->tuple);

	if (m)
		split(t, old.conn, sender, m, &tuple);
}

/*
 * A SYN+ACK that no connection on the tuple is waiting for may answer a SYN that was taken for one of a request that is
 * gone, unseen: then that SYN began another connection.
 */
static struct place place_next_request(struct conn_table *t, const struct event_segment *e)
{
	struct place old = { 0 }, none = { 0 };
	struct event_tuple tuple = event_tuple_swapped(&e->tuple);
	uint32_t isn = e->ack - 1;
	const struct moment *m;
	struct conn *next;

	if (is_synack(e) && e->id)
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

static int apply_segment(struct conn_table *t, const struct event_segment *e)
{
	bool undecided = false;
	struct place p;

	if (e->via == SEGMENT_VIA_PCAP)
		return conn_captured_apply(t, e);
	p = conn_find_by_id(&t->index, e->id);
	p = conn_find_for_segment(&t->index, p, e);
	if (!p.conn)
		p = place_next_request(t, e);
	if (!p.conn)
		p = place_by_numbers(t, e, &undecided);
	if (!p.conn)
		p = place_new_segment(t, e);
	if (!p.conn) {
		t->counters.events_unmatched++;
		return 0;
	}
	if (undecided)
		p.conn->flags = (p.conn->flags | CONN_UNDECIDED) & ~CONN_COMPLETE;
	p = conn_resolve_by_segment(t, p, &e->tuple);
	conn_view_add(&t->index, p, &e->tuple);
	/* Connected to itself: the same socket plays both parts, its SYN+ACK is the server's. */
	if (p.conn->flags & CONN_SELF && is_synack(e))
		p.side = SERVER;
	if (e->flags & SEGMENT_QUEUE_FULL)
		name_listener(t, (struct place) { p.conn, other_side(p.side) }, &e->tuple, 1, e->event.netns);
	note_request(t, p, e);
	if (conn_apply_segment(p.conn, p.side, e)) {
		reset_origin_note(p.conn, p.side, e);
		conn_apply_segment_to_timewait(p.conn, p.side, e);
		if (p.side == CLIENT && e->tcp_flags & TCP_FLAG_SYN_BIT)
			conn_numbers_add(&t->index, p.conn);
	}
	conn_settle(t, p.conn);
	return 0;
}

static int apply_timewait(struct conn_table *t, const struct event_timewait *e)
{
	struct place p = conn_find_timewait(&t->index, e);

	if (!p.conn) {
		t->counters.events_unmatched++;
		return 0;
	}
	conn_socket_gave_way(p.conn, p.side);
	conn_apply_timewait(p.conn, p.side, e);
	if (e->action == TIMEWAIT_END && e->cause == TIMEWAIT_CAUSE_SYN)
		reopen(t, p, e);
	conn_settle(t, p.conn);
	return 0;
}

/* Of a socket, request or no socket at all (id 0): by cookie, else by tuple. */
static struct place place_by_id_or_tuple(struct conn_table *t, uint64_t id, const struct event_tuple *tuple,
					 uint32_t netns)
{
	struct place p = conn_find_by_id(&t->index, id);

	if (p.conn)
		return conn_resolve_tuple(t, p, tuple);
	p = conn_find_by_tuple(&t->index, tuple, netns);
	if (!p.conn)
		t->counters.events_unmatched++;
	return p;
}

static int apply_retransmit(struct conn_table *t, const struct event_retransmit *e)
{
	struct place p = place_by_id_or_tuple(t, e->id, &e->tuple, e->event.netns);

	if (p.conn) {
		conn_apply_retransmit(p.conn, p.side, e);
		conn_settle(t, p.conn);
	}
	return 0;
}

static int apply_reset(struct conn_table *t, const struct event_reset *e)
{
	struct place p = place_by_id_or_tuple(t, e->id, &e->tuple, e->event.netns);

	if (p.conn) {
		conn_apply_reset(p.conn, p.side, e);
		conn_settle(t, p.conn);
	}
	return 0;
}

/* Its sender. It was dropped where it was going to, unless it was leaving. */
static struct place place_dropped(struct conn_table *t, const struct event_drop *e)
{
	struct place p;

	if (e->flags & DROP_LEAVING)
		return place_by_id_or_tuple(t, e->id, &e->tuple, e->event.netns);
	p = conn_find_by_drop(&t->index, e);
	if (!p.conn)
		t->counters.events_unmatched++;
	return p;
}

static int apply_drop(struct conn_table *t, const struct event_drop *e)
{
	struct place p = place_dropped(t, e);

	if (p.conn) {
		conn_apply_drop(p.conn, p.side, e);
		conn_settle(t, p.conn);
	}
	return 0;
}

static int apply_icmp(struct conn_table *t, const struct event_icmp *e)
{
	struct place p = place_by_id_or_tuple(t, e->id, &e->tuple, e->event.netns);

	if (!p.conn)
		return 0;
	if (p.conn->flags & CONN_REPORTED || !conn_apply_icmp(p.conn, p.side, e)) {
		t->counters.events_unmatched++;
		return 0;
	}
	conn_settle(t, p.conn);
	return 0;
}

static int apply_error(struct conn_table *t, const struct event_error *e)
{
	struct place p = conn_find_by_id(&t->index, e->id);

	if (!p.conn)
		return 0; /* a listener's, or a connection that was over long before */
	p = conn_resolve_tuple(t, p, &e->tuple);
	conn_apply_error(p.conn, p.side, e);
	conn_settle(t, p.conn);
	return 0;
}

static int apply_accept(struct conn_table *t, const struct event_accept *e)
{
	struct place p = place_by_id_or_tuple(t, e->id, &e->tuple, e->event.netns);

	if (p.conn) {
		conn_apply_accept(p.conn, p.side, e);
		conn_settle(t, p.conn);
	}
	return 0;
}

static int apply_free(struct conn_table *t, const struct event_free *e)
{
	struct place p = conn_find_by_id(&t->index, e->id);

	if (!p.conn)
		return 0; /* a listener, a socket that never connected, or a connection that was reported already */
	if (p.conn->side[p.side].mark[MARK_FREED])
		return 0; /* reported twice: see free_nested_btf */
	p = conn_resolve_tuple(t, p, &e->tuple);
	conn_apply_free(p.conn, p.side, e);
	conn_settle(t, p.conn);
	return 0;
}

/* ---- what existed before ---- */

static int existing_listener(struct conn_table *t, const struct event_existing *e)
{
	const struct event_task *task = event_task(&e->event);
	struct endpoint end = event_tuple_end(&e->tuple, 0);
	struct actor owner = { .certainty = ACTOR_DERIVED };

	if (listeners_knows(&t->listeners, e->id))
		return 0; /* its step into LISTEN was seen, with the process */
	if (task) {
		owner.pid = task->pid;
		memcpy(owner.comm, task->comm, sizeof(owner.comm));
	}
	return listeners_add(&t->listeners, e->id, e->event.netns, &end, task ? &owner : NULL);
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

/* The other end, if it lies on this host, may have come first. */
static struct place place_existing(struct conn_table *t, const struct event_existing *e)
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

static int apply_existing(struct conn_table *t, const struct event_existing *e)
{
	struct place p;

	if (e->state == TCPS_LISTEN)
		return existing_listener(t, e);
	p = conn_find_by_id(&t->index, e->id);
	if (p.conn) {
		/* It changed its state before the snapshot reached it: its events show the newer state. */
		if (p.conn->flags & CONN_MIDSTREAM)
			conn_apply_existing_owner(p.conn, p.side, e);
		return 0;
	}
	p = place_existing(t, e);
	if (!p.conn)
		return -ENOMEM;
	if (!(p.conn->flags & (CONN_MIDSTREAM | CONN_EXISTED)))
		return 0; /* the hooks saw it begin */
	if (e->id)
		conn_index_set_id(&t->index, p.conn, p.side, e->id);
	p.conn->side[p.side].netns = e->event.netns;
	conn_apply_existing(p.conn, p.side, e);
	if (p.side == SERVER)
		name_listener(t, p, &e->tuple, 0, e->event.netns);
	conn_settle(t, p.conn);
	return 0;
}

static int apply_lost(struct conn_table *t, const struct event_lost *e)
{
	for (int i = 0; i < EVENT_KINDS; i++) {
		t->counters.lost[i] += e->count[i];
		t->counters.lost_total += e->count[i];
	}
	t->last_loss_ns = e->event.ts_ns;
	return 0;
}

static int apply_clock(struct conn_table *t, const struct event_clock *e)
{
	t->is_live = e->event.flags & EVENT_OF_NOW;
	t->wall_offset_ns = (int64_t)(e->wall_ns - e->event.ts_ns);
	return 0;
}

static int apply_cgroup(struct conn_table *t, const struct event_cgroup *e)
{
	cgroups_add(&t->cgroups, e);
	return 0;
}

static int apply_container(struct conn_table *t, const struct event_container *e)
{
	cgroups_name(&t->cgroups, e);
	return 0;
}

static int apply_present(struct conn_table *t, const struct event_present *e)
{
	conn_recheck_present(t, e);
	return 0;
}

static int apply_absent(struct conn_table *t, const struct event_absent *e)
{
	conn_recheck_absent(t, e);
	return 0;
}

/* Not by an event of the connection. */
static bool made_by_tracer(unsigned int kind)
{
	return kind == EVENT_CLOCK || kind == EVENT_LOST || kind == EVENT_PRESENT || kind == EVENT_ABSENT ||
	       kind == EVENT_CONTAINER || kind == EVENT_CGROUP;
}

int conn_events_apply(struct conn_table *t, const struct event *e)
{
	if (!made_by_tracer(e->kind))
		t->counters.events++;
	switch (e->kind) {
#define _(kind, name)                                                                                                  \
	case EVENT_##kind:                                                                                             \
		return apply_##name(t, (const struct event_##name *)e);
		EVENTS(_)
#undef _
	}
	t->counters.events_unmatched++;
	return 0;
}
