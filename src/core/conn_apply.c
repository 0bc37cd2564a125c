// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/conn_apply.h"

#include <errno.h>
#include <string.h>

#include "core/decode.h"

/* a - b as TCP compares sequence numbers (RFC 9293 3.4) */
static int32_t seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static void mark_once(struct side *s, enum mark m, uint64_t ts_ns)
{
	if (!s->mark[m])
		s->mark[m] = ts_ns;
}

static void actor_set(struct side *s, enum actor_role role, const struct event_task *task, enum actor_certainty how)
{
	struct actor *a = &s->actor[role];

	if (!task || (a->certainty && a->certainty <= how))
		return;
	a->pid = task->pid;
	a->certainty = how;
	memcpy(a->comm, task->comm, sizeof(a->comm));
	if (!s->uid)
		s->uid = task->uid;
	if (!s->cgroup)
		s->cgroup = task->cgroup;
}

static void stats_set(struct side *s, const struct event *e)
{
	const struct event_stats *stats = event_stats(e);

	if (!stats)
		return;
	s->stats = *stats;
	s->has_stats = true;
}

bool side_in_timewait(const struct side *s)
{
	return s->timewait.made_ns && !s->timewait.ended_ns;
}

static void timewait_moment(struct conn *c, enum side_name side, uint64_t ts_ns, enum timewait_action action)
{
	const struct timewait *tw = &c->side[side].timewait;

	moments_add(&c->moments, &(struct moment) { .ts_ns = ts_ns,
						    .kind = MOMENT_TIMEWAIT,
						    .side = side,
						    .old_state = action,
						    .new_state = tw->substate,
						    .tcp_flags = action == TIMEWAIT_END ? tw->exit : tw->restart_flags,
						    .window = tw->restarts });
}

static void timewait_enter(struct conn *c, enum side_name side, uint64_t ts_ns, uint8_t evidence)
{
	struct timewait *tw = &c->side[side].timewait;

	tw->substate = TCPS_TIME_WAIT;
	tw->entered_ns = ts_ns;
	tw->entered_by = evidence;
}

/* ---- states ---- */

static void enter_established(struct side *s, const struct event_state *e)
{
	mark_once(s, MARK_ESTABLISHED, e->event.ts_ns);
	if (!(e->flags & STATE_ISN_VALID) || s->isn_known)
		return;
	s->isn = e->isn;
	s->isn_known = true;
}

static void enter_peer_finished(struct side *s, const struct event_state *e)
{
	if (s->mark[MARK_CLOSE_WAIT])
		return;
	s->mark[MARK_CLOSE_WAIT] = e->event.ts_ns;
	if (event_stats(&e->event)) {
		s->sent_at_peer_fin = s->stats.bytes_sent - s->stats.bytes_retrans;
		s->sent_at_peer_fin_known = true;
	}
}

static void enter_close(struct side *s, const struct side *peer, const struct event_state *e)
{
	mark_once(s, MARK_CLOSE, e->event.ts_ns);
	s->last_open_state = e->old_state;
	s->err = e->err;
	s->err_soft = e->err_soft;
	s->close_in_process = e->flags & STATE_TASK_CERTAIN;
	if (e->flags & STATE_TASK_CERTAIN)
		actor_set(s, CLOSER, event_task(&e->event), ACTOR_CERTAIN);
	/* The kernel was due to make a minisocket, and there is none: tcp_max_tw_buckets, or no memory
	 * (tcp_time_wait()). */
	if ((e->flags & STATE_NO_MINISOCK) && !e->err && !peer->mark[MARK_RST] &&
	    (e->old_state == TCPS_CLOSING || (e->old_state == TCPS_FIN_WAIT2 && peer->mark[MARK_FIN])))
		s->timewait.exit = TIMEWAIT_EXIT_NEVER_CREATED;
}

/*
 * Where neither the wire nor the kernel tells that a FIN_WAIT2 minisocket took the FIN: this side's step from LAST_ACK to
 * CLOSE is its ACK. The FIN was sent when this side closed, on the same host.
 */
static void fin_taken_by_minisocket(struct conn *c, enum side_name side)
{
	struct side *o = &c->side[other_side(side)];

	if (!side_in_timewait(o) || o->timewait.substate != TCPS_FIN_WAIT2 || !c->side[side].mark[MARK_CLOSED_HERE])
		return;
	timewait_enter(c, other_side(side), c->side[side].mark[MARK_CLOSED_HERE], EVIDENCE_DERIVED);
	timewait_moment(c, other_side(side), o->timewait.entered_ns, TIMEWAIT_RESTART);
}

void conn_apply_state(struct conn *c, enum side_name side, const struct event_state *e)
{
	struct side *s = &c->side[side];
	uint64_t ts = e->event.ts_ns;

	s->state = e->new_state;
	s->state_flags = e->flags;
	s->shutdown = e->shutdown;
	if (e->flags & STATE_MPTCP)
		c->flags |= CONN_MPTCP;
	stats_set(s, &e->event);

	switch (e->new_state) {
	case TCPS_SYN_SENT:
		mark_once(s, MARK_SYN_SENT, ts);
		actor_set(s, OPENER, event_task(&e->event), ACTOR_CERTAIN);
		break;
	case TCPS_SYN_RECV:
		mark_once(s, MARK_SYN_RECV, ts);
		if (e->old_state == TCPS_SYN_SENT)
			c->flags |= CONN_SIMULTANEOUS_OPEN;
		break;
	case TCPS_ESTABLISHED:
		enter_established(s, e);
		break;
	case TCPS_FIN_WAIT1:
	case TCPS_LAST_ACK:
		mark_once(s, MARK_CLOSED_HERE, ts);
		if (e->flags & STATE_TASK_CERTAIN)
			actor_set(s, CLOSER, event_task(&e->event), ACTOR_CERTAIN);
		break;
	case TCPS_CLOSING:
		c->flags |= CONN_SIMULTANEOUS_CLOSE;
		enter_peer_finished(s, e);
		break;
	case TCPS_CLOSE_WAIT:
		enter_peer_finished(s, e);
		break;
	case TCPS_FIN_WAIT2:
		mark_once(s, MARK_FIN_WAIT2, ts);
		break;
	case TCPS_CLOSE:
		enter_close(s, &c->side[other_side(side)], e);
		break;
	}
	if (e->old_state == TCPS_LAST_ACK && !e->err)
		fin_taken_by_minisocket(c, side);
	moments_add(&c->moments, &(struct moment) { .ts_ns = ts,
						    .kind = MOMENT_STATE,
						    .side = side,
						    .old_state = e->old_state,
						    .new_state = e->new_state,
						    .arg = e->err });
}

/* ---- segments ---- */

/* Interfaces are told apart by this only to see whether one segment was sighted twice. */
static uint8_t observation_point(const struct event_segment *e)
{
	return (uint8_t)(e->ifindex * 7 + e->via);
}

static const struct moment *last_same_segment(const struct conn *c, enum side_name sender,
					      const struct event_segment *e)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		const struct moment *m = &c->moments.list[i - 1];

		if (m->kind == MOMENT_SEGMENT && m->side == sender && m->tcp_flags == e->tcp_flags &&
		    m->seq == e->seq && m->ack == e->ack && m->payload_len == e->payload_len)
			return m;
	}
	return NULL;
}

static void apply_syn(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender];

	s->syn_count++;
	if (s->isn_known && s->mark[MARK_SYN])
		return;
	s->isn = e->seq;
	s->isn_known = true;
	mark_once(s, MARK_SYN, e->event.ts_ns);
	if (sender == SERVER && !(e->tcp_flags & TCP_FLAG_ACK_BIT))
		c->flags |= CONN_SIMULTANEOUS_OPEN;
}

static void apply_ack(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	if (o->isn_known && !o->mark[MARK_SYN_ACKED] && seq_diff(e->ack, o->isn + 1) >= 0)
		o->mark[MARK_SYN_ACKED] = e->event.ts_ns;
	if (!o->mark[MARK_FIN] || o->mark[MARK_FIN_ACKED] || seq_diff(e->ack, o->fin_seq + 1) < 0)
		return;
	o->mark[MARK_FIN_ACKED] = e->event.ts_ns;
	o->fin_acked_with_fin = e->tcp_flags & TCP_FLAG_FIN_BIT;
	if (!s->mark[MARK_FIN]) {
		s->seq_at_peer_fin = e->seq; /* what this segment carries was sent after the FIN, too */
		s->seq_at_peer_fin_known = true;
	}
}

static void apply_fin(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	s->fin_count++;
	if (s->mark[MARK_FIN])
		return;
	s->fin_seq = e->seq + e->payload_len;
	s->mark[MARK_FIN] = e->event.ts_ns;
	if (o->mark[MARK_FIN] && !o->mark[MARK_FIN_ACKED])
		c->flags |= CONN_SIMULTANEOUS_CLOSE;
}

bool conn_apply_segment(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender];
	const struct moment *same = last_same_segment(c, sender, e);
	uint32_t end =
		e->seq + e->payload_len + !!(e->tcp_flags & TCP_FLAG_SYN_BIT) + !!(e->tcp_flags & TCP_FLAG_FIN_BIT);

	if (same && same->arg != observation_point(e)) {
		c->sights++;
		return false;
	}
	if (!s->via)
		s->via = e->via;
	if (e->flags & SEGMENT_LOOPBACK)
		c->flags |= CONN_LOOPBACK;
	if (e->tcp_flags & TCP_FLAG_SYN_BIT)
		apply_syn(c, sender, e);
	if ((e->tcp_flags & TCP_FLAG_ACK_BIT) && !(e->tcp_flags & TCP_FLAG_RST_BIT))
		apply_ack(c, sender, e);
	if (e->tcp_flags & TCP_FLAG_FIN_BIT)
		apply_fin(c, sender, e);
	if (e->tcp_flags & TCP_FLAG_RST_BIT) {
		s->rst_count++;
		s->rst_seq = e->seq;
		s->mark[MARK_RST] = e->event.ts_ns;
	} else if (!s->seq_known || seq_diff(end, s->next_seq) > 0) {
		s->next_seq = end;
		s->seq_known = true;
	}
	moments_add(&c->moments, &(struct moment) { .ts_ns = e->event.ts_ns,
						    .seq = e->seq,
						    .ack = e->ack,
						    .payload_len = e->payload_len,
						    .kind = MOMENT_SEGMENT,
						    .side = sender,
						    .tcp_flags = e->tcp_flags,
						    .arg = observation_point(e),
						    .window = e->window });
	return true;
}

bool conn_wire_closed(const struct conn *c)
{
	return c->side[CLIENT].mark[MARK_FIN_ACKED] && c->side[SERVER].mark[MARK_FIN_ACKED];
}

/* ---- minisockets ---- */

static void timewait_restart(struct conn *c, enum side_name side, uint64_t ts_ns, uint8_t tcp_flags)
{
	struct timewait *tw = &c->side[side].timewait;
	uint64_t last = tw->restarted_ns ? tw->restarted_ns : tw->entered_ns;

	if (tcp_flags)
		tw->restart_flags = tcp_flags;
	/* Also right after it was entered: the re-arming that the FIN itself caused. */
	if (ts_ns - last < TIMEWAIT_SAME_RESTART_NS)
		return;
	tw->restarts++;
	tw->restarted_ns = ts_ns;
	timewait_moment(c, side, ts_ns, TIMEWAIT_RESTART);
}

void conn_apply_segment_to_timewait(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	enum side_name holder = other_side(sender);
	struct timewait *tw = &c->side[holder].timewait;

	if (!side_in_timewait(&c->side[holder]) || !(e->tcp_flags & TCP_FLAG_FIN_BIT) ||
	    (e->tcp_flags & TCP_FLAG_RST_BIT))
		return;
	/* Stamped before the kernel saw it: the FIN that made the minisocket is no restart. */
	if (e->event.ts_ns <= tw->made_ns)
		return;
	if (tw->substate == TCPS_FIN_WAIT2) {
		timewait_enter(c, holder, e->event.ts_ns, EVIDENCE_WIRE);
		timewait_moment(c, holder, e->event.ts_ns, TIMEWAIT_RESTART);
	} else {
		timewait_restart(c, holder, e->event.ts_ns, e->tcp_flags);
	}
}

void conn_end_timewait(struct conn *c, enum side_name side, uint64_t ts_ns, enum timewait_exit exit, uint8_t evidence)
{
	struct timewait *tw = &c->side[side].timewait;

	tw->ended_ns = ts_ns;
	tw->exit = exit;
	tw->ended_by = evidence;
	timewait_moment(c, side, ts_ns, TIMEWAIT_END);
}

/* Where the kernel's call path was not told: a RST that came just before is the only segment that can end it from
 * within. */
static enum timewait_exit exit_without_cause(const struct conn *c, enum side_name side, uint64_t ts_ns)
{
	uint64_t rst = c->side[other_side(side)].mark[MARK_RST];

	return rst && rst <= ts_ns && ts_ns - rst < TIMEWAIT_SAME_RESTART_NS ? TIMEWAIT_EXIT_RESET
									     : TIMEWAIT_EXIT_UNKNOWN;
}

static void timewait_end(struct conn *c, enum side_name side, const struct event_timewait *e)
{
	static const uint8_t exit_of[TIMEWAIT_CAUSES] = {
		[TIMEWAIT_CAUSE_TIMER] = TIMEWAIT_EXIT_EXPIRED,	   [TIMEWAIT_CAUSE_SEGMENT] = TIMEWAIT_EXIT_RESET,
		[TIMEWAIT_CAUSE_SYN] = TIMEWAIT_EXIT_REOPENED,	   [TIMEWAIT_CAUSE_CONNECT] = TIMEWAIT_EXIT_REUSED,
		[TIMEWAIT_CAUSE_NETNS] = TIMEWAIT_EXIT_NETNS_GONE, [TIMEWAIT_CAUSE_ABORT] = TIMEWAIT_EXIT_KILLED,
	};
	enum timewait_exit exit = exit_of[e->cause];
	uint8_t evidence = EVIDENCE_KERNEL;

	if (c->side[side].timewait.ended_ns)
		return;
	if (!exit) {
		exit = exit_without_cause(c, side, e->event.ts_ns);
		evidence |= EVIDENCE_DERIVED;
	}
	conn_end_timewait(c, side, e->event.ts_ns, exit, evidence);
}

void conn_apply_timewait(struct conn *c, enum side_name side, const struct event_timewait *e)
{
	struct timewait *tw = &c->side[side].timewait;
	uint64_t ts = e->event.ts_ns;

	if (e->address)
		tw->address = e->address;
	if (e->timeout_ms && e->action != TIMEWAIT_END)
		tw->timeout_ms = e->timeout_ms;
	switch (e->action) {
	case TIMEWAIT_START:
		if (tw->made_ns)
			return;
		tw->made_ns = ts;
		tw->exit = TIMEWAIT_EXIT_RUNNING;
		tw->substate = e->substate;
		tw->was_fin_wait2 = e->substate == TCPS_FIN_WAIT2;
		if (e->substate == TCPS_TIME_WAIT)
			timewait_enter(c, side, ts, EVIDENCE_KERNEL);
		timewait_moment(c, side, ts, TIMEWAIT_START);
		break;
	case TIMEWAIT_REFUSED:
		tw->exit = TIMEWAIT_EXIT_NEVER_CREATED;
		break;
	case TIMEWAIT_RESTART:
		if (!side_in_timewait(&c->side[side]))
			return;
		if (e->substate == TCPS_TIME_WAIT && tw->substate == TCPS_FIN_WAIT2) {
			timewait_enter(c, side, ts, EVIDENCE_KERNEL);
			timewait_moment(c, side, ts, TIMEWAIT_RESTART);
		} else if (tw->substate == TCPS_TIME_WAIT) {
			timewait_restart(c, side, ts, e->tcp_flags);
		}
		break;
	case TIMEWAIT_END:
		timewait_end(c, side, e);
		break;
	}
}

/* ---- the rest ---- */

static bool state_in_handshake(unsigned int state)
{
	return state == TCPS_SYN_SENT || state == TCPS_SYN_RECV || state == TCPS_NEW_SYN_RECV;
}

static bool state_after_fin(unsigned int state)
{
	return state == TCPS_FIN_WAIT1 || state == TCPS_CLOSING || state == TCPS_LAST_ACK;
}

void conn_apply_retransmit(struct conn *c, enum side_name side, const struct event_retransmit *e)
{
	struct side *s = &c->side[side];

	if (e->flags & RETRANSMIT_SYNACK)
		s->half_open = true;
	if ((e->flags & RETRANSMIT_SYNACK) || state_in_handshake(e->state))
		s->syn_retransmits++;
	else if (state_after_fin(e->state) && (!s->mark[MARK_FIN] || seq_diff(e->seq, s->fin_seq) >= 0))
		s->fin_retransmits++;
	moments_add(&c->moments, &(struct moment) { .ts_ns = e->event.ts_ns,
						    .seq = e->seq,
						    .kind = MOMENT_RETRANSMIT,
						    .side = side,
						    .old_state = e->state });
}

void conn_apply_reset(struct conn *c, enum side_name side, const struct event_reset *e)
{
	struct side *s = &c->side[side];

	if (e->direction == RESET_SENT) {
		s->reset_sent = e->reason + 1;
		s->reset_in_process = event_task(&e->event) != NULL;
	} else {
		s->reset_received = e->reason + 1;
	}
	moments_add(&c->moments, &(struct moment) { .ts_ns = e->event.ts_ns,
						    .kind = MOMENT_RESET,
						    .side = side,
						    .old_state = e->state,
						    .tcp_flags = e->reason,
						    .arg = e->direction });
}

void conn_apply_accept(struct conn *c, enum side_name side, const struct event_accept *e)
{
	struct side *s = &c->side[side];

	mark_once(s, MARK_ACCEPTED, e->event.ts_ns);
	actor_set(s, ACCEPTOR, event_task(&e->event), ACTOR_CERTAIN);
	moments_add(&c->moments, &(struct moment) { .ts_ns = e->event.ts_ns, .kind = MOMENT_ACCEPT, .side = side });
}

void conn_apply_free(struct conn *c, enum side_name side, const struct event_free *e)
{
	struct side *s = &c->side[side];

	mark_once(s, MARK_FREED, e->event.ts_ns);
	stats_set(s, &e->event);
	/* Its step into CLOSE was lost: freed is closed all the same. */
	if (s->state != TCPS_CLOSE) {
		s->last_open_state = s->state;
		s->state = TCPS_CLOSE;
		mark_once(s, MARK_CLOSE, e->event.ts_ns);
	}
	moments_add(&c->moments, &(struct moment) { .ts_ns = e->event.ts_ns, .kind = MOMENT_FREE, .side = side });
}

void conn_apply_existing(struct conn *c, enum side_name side, const struct event_existing *e)
{
	struct side *s = &c->side[side];

	c->flags |= CONN_EXISTED;
	s->state_flags = e->flags;
	stats_set(s, &e->event);
	if (!s->uid)
		s->uid = e->uid;
	actor_set(s, side == CLIENT ? OPENER : ACCEPTOR, event_task(&e->event), ACTOR_DERIVED);
	if (e->state == TCPS_TIME_WAIT) {
		s->state = TCPS_CLOSE;
		s->timewait.made_ns = e->event.ts_ns;
		s->timewait.substate = e->substate;
		s->timewait.exit = TIMEWAIT_EXIT_RUNNING;
		s->timewait.timeout_ms = e->expires_ms;
		if (e->substate == TCPS_TIME_WAIT)
			timewait_enter(c, side, e->event.ts_ns, EVIDENCE_DERIVED);
	} else if (e->state == TCPS_NEW_SYN_RECV) {
		s->half_open = true;
	} else {
		s->state = e->state;
	}
}
