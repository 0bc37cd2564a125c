// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides for each kind of event which connection and side it belongs to, and whether it is used at all; then applies
 * it and settles the connection. What begins one stands in conn_begin.c.
 */
#include "core/table/conn_events.h"

#include <errno.h>
#include <string.h>

#include "core/conn_apply.h"
#include "core/conn_drop.h"
#include "core/conn_error.h"
#include "core/conn_missed.h"
#include "core/conn_timewait.h"
#include "core/conn_transfer.h"
#include "core/decode.h"
#include "core/record/reset_origin.h"
#include "core/segment.h"
#include "core/table/conn_begin.h"
#include "core/table/conn_captured.h"
#include "core/table/conn_join.h"
#include "core/table/conn_numbers.h"
#include "core/table/conn_recheck.h"
#include "core/table/conn_view.h"

static void listener_step(struct conn_table *t, const struct event_state *e)
{
	const struct event_task *task = event_task(&e->event);
	struct endpoint end = event_tuple_end(&e->tuple, 0);
	struct actor owner = { .certainty = ACTOR_LISTENER };

	if (e->new_state != TCPS_LISTEN) {
		listeners_remove(&t->listeners, e->id);
		return;
	}
	if (task)
		actor_of_task(&owner, task);
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

/* which end of the tuple listens */
static void name_listener(struct conn_table *t, struct place p, const struct event_tuple *tuple, int which,
			  uint32_t netns)
{
	const struct listener *l = listeners_find_end(&t->listeners, tuple, which, netns);

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
	if (p.conn && conn_step_begins(e) && p.conn->side[p.side].state == TCPS_CLOSE) {
		conn_index_drop_id(&t->index, p.conn, p.side);
		p.conn = NULL;
	}
	if (!p.conn)
		p = conn_begin_by_step(t, e);
	if (!p.conn)
		return -ENOMEM;
	p = conn_join_by_numbers(t, p, e);
	p = conn_resolve_tuple(t, p, &e->tuple);
	if (e->new_state != TCPS_CLOSE || e->old_state == TCPS_SYN_SENT)
		conn_view_of_socket(&t->index, p, &e->tuple);
	if (conn_step_is_child(e) && p.side == SERVER && !p.conn->side[SERVER].actor[OPENER].pid)
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
	if (segment_is_syn(e->tcp_flags))
		return conn_numbers_find_syn(&t->index, e, undecided);
	return conn_numbers_find_answer(&t->index, e);
}

/* The request that answers a SYN has the cookie of the socket that will come of it: so that one is found, whatever its
 * tuple (address translation). Where sockets have no cookie (before 5.12) it has no id. */
static void note_request(struct conn_table *t, struct place p, const struct event_segment *e)
{
	struct side *s = &p.conn->side[p.side];

	if (!segment_is_synack(e->tcp_flags) || p.conn->flags & CONN_SELF || p.side != SERVER || side_has_socket(s) ||
	    p.conn->close_ns || (e->id ? e->id == s->id : !(e->more & SEGMENT_OF_REQUEST) || s->id))
		return;
	/* The request before it went unseen; which of the two the next segments belong to cannot be decided. */
	if (s->id && s->isn_known && e->seq != s->isn)
		p.conn->flags = (p.conn->flags | CONN_END_UNSEEN) & ~CONN_COMPLETE;
	if (e->id)
		conn_index_set_id(&t->index, p.conn, SERVER, e->id);
	s->state = TCPS_NEW_SYN_RECV;
	s->netns = e->event.netns;
	s->half_open = true;
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
		p = conn_begin_next_request(t, e);
	if (!p.conn)
		p = place_by_numbers(t, e, &undecided);
	if (!p.conn)
		p = conn_begin_by_segment(t, e);
	if (!p.conn) {
		t->counters.events_unmatched++;
		return 0;
	}
	if (undecided)
		p.conn->flags = (p.conn->flags | CONN_UNDECIDED) & ~CONN_COMPLETE;
	p = conn_resolve_by_segment(t, p, &e->tuple);
	conn_view_add(&t->index, p, &e->tuple);
	/* Connected to itself: the same socket plays both parts, its SYN+ACK is the server's. */
	if (p.conn->flags & CONN_SELF && segment_is_synack(e->tcp_flags))
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
		conn_begin_reopened(t, p, e);
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
	if (p.conn && !conn_drop_is_ours(p.conn, p.side, e))
		p.conn = NULL;
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
	struct place p;

	if (e->via == SEGMENT_VIA_PCAP)
		return conn_captured_icmp(t, e);
	p = place_by_id_or_tuple(t, e->id, &e->tuple, e->event.netns);

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

static int apply_transfer(struct conn_table *t, const struct event_transfer *e)
{
	struct place p = conn_find_by_id(&t->index, e->id);

	if (!p.conn)
		return 0; /* its step was not used either */
	conn_apply_transfer(p.conn, p.side, e);
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
	if (task)
		actor_of_task(&owner, task);
	return listeners_add(&t->listeners, e->id, e->event.netns, &end, task ? &owner : NULL);
}

/* What still comes of it is its own, and of no new connection. */
static int existing_reported(struct conn_table *t, const struct event_existing *e)
{
	struct place p = conn_find_by_tuple(&t->index, &e->tuple, e->event.netns);

	if (!p.conn || !(p.conn->flags & CONN_BEFORE))
		p = (struct place) { conn_new(t, &e->tuple, CLIENT, e->event.ts_ns), CLIENT };
	if (!p.conn)
		return -ENOMEM;
	p.conn->flags = (p.conn->flags | CONN_BEFORE | CONN_REPORTED) & ~CONN_COMPLETE;
	p.conn->close_ns = e->event.ts_ns;
	if (e->id)
		conn_index_set_id(&t->index, p.conn, p.side, e->id);
	p.conn->side[p.side].netns = e->event.netns;
	conn_apply_existing(p.conn, p.side, e);
	conn_settle(t, p.conn);
	return 0;
}

static int apply_existing(struct conn_table *t, const struct event_existing *e)
{
	struct place p;

	if (e->state == TCPS_LISTEN)
		return existing_listener(t, e);
	if (e->event.flags & EVENT_REPORTED)
		return existing_reported(t, e);
	p = conn_find_by_id(&t->index, e->id);
	if (p.conn) {
		/* It changed its state before the snapshot reached it: its events show the newer state. */
		if (p.conn->flags & CONN_MIDSTREAM)
			conn_apply_existing_owner(p.conn, p.side, e);
		journal_add(&t->journal, p.conn->entry->number);
		return 0;
	}
	p = conn_begin_existing(t, e);
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

static int apply_dns(struct conn_table *t, const struct event_dns *e)
{
	host_names_answer(&t->host_names, e);
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

#define BIT(kind) (1U << EVENT_##kind)
_Static_assert(EVENT_KINDS <= 32, "a bit for each kind");
/* Not by an event of the connection. */
#define MADE_BY_TRACER (BIT(CLOCK) | BIT(LOST) | BIT(PRESENT) | BIT(ABSENT) | BIT(CONTAINER) | BIT(CGROUP) | BIT(DNS))

int conn_events_apply(struct conn_table *t, const struct event *e)
{
	if (!(MADE_BY_TRACER >> e->kind & 1))
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
