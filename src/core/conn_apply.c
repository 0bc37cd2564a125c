// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides what an event changes in a connection: states, sequence numbers, the times of its steps, and which events
 * become part of its history.
 */
#include "core/conn_apply.h"

#include <errno.h>
#include <string.h>

#include "core/conn_claim.h"
#include "core/conn_count.h"
#include "core/conn_transfer.h"
#include "core/conn_timewait.h"
#include "core/decode.h"
#include "core/segment.h"
#include "core/seq.h"

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
	actor_of_task(a, task);
	a->certainty = how;
	if (!s->uid_known)
		s->uid = task->uid;
	s->uid_known = true;
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

/* ---- states ---- */

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

static void enter_close(struct side *s, const struct event_state *e)
{
	mark_once(s, MARK_CLOSE, e->event.ts_ns);
	s->last_open_state = e->old_state;
	s->err = e->err;
	s->err_soft = e->err_soft;
	s->close_in_process = e->flags & STATE_TASK_CERTAIN;
	if (e->flags & STATE_TASK_CERTAIN)
		actor_set(s, CLOSER, event_task(&e->event), ACTOR_CERTAIN);
}

/* Did the socket leave CLOSING or FIN_WAIT2 by the segment that leads to TIME_WAIT? */
static bool was_due_timewait(const struct conn *c, enum side_name side, const struct event_state *e)
{
	const struct side *s = &c->side[side], *o = &c->side[other_side(side)];

	if (!(e->flags & STATE_NO_MINISOCK) || e->err || s->reset_received || s->reset_sent ||
	    e->flags & STATE_TASK_CERTAIN)
		return false;
	if (e->old_state == TCPS_CLOSING)
		return conn_fin_was_acked(s);
	return e->old_state == TCPS_FIN_WAIT2 && o->mark[MARK_FIN] &&
	       (!s->numbers_known || s->rcv_nxt == o->fin_seq + 1) && !o->mark[MARK_RST];
}

/* The kernel was due to make a minisocket, and there is none: tcp_max_tw_buckets, or no memory (tcp_time_wait()). */
static void check_timewait(struct conn *c, enum side_name side, const struct event_state *e)
{
	struct side *s = &c->side[side];

	if (!was_due_timewait(c, side, e))
		return;
	s->timewait.exit = TIMEWAIT_EXIT_NEVER_CREATED;
	if (e->old_state == TCPS_FIN_WAIT2)
		conn_claim_fin_taken(c, side, c->side[other_side(side)].fin_seq + 1, e->event.ts_ns);
}

static void note_step_numbers(struct conn *c, struct side *s, const struct event_state *e)
{
	if (e->more & STATE_REPAIR)
		c->flags |= CONN_REPAIR;
	if (e->more & STATE_REPAIR && e->new_state == TCPS_SYN_SENT)
		s->restored = true;
	if (e->more & STATE_REPAIR && e->new_state == TCPS_CLOSE)
		s->detached = true;
	if (e->more & STATE_PSOCK)
		c->flags = (c->flags | CONN_PSOCK) & ~CONN_COMPLETE;
	s->linger2_negative = e->more & STATE_LINGER2_NEGATIVE;
	/* When SYNs cross the step comes before rcv_nxt is set (tcp_rcv_synsent_state_process()). */
	if (!(e->more & STATE_NUMBERS_VALID) || e->new_state == TCPS_SYN_RECV)
		return;
	s->snd_una = e->snd_una;
	s->snd_nxt = e->snd_nxt;
	s->rcv_nxt = e->rcv_nxt;
	s->numbers_known = true;
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
	note_step_numbers(c, s, e);

	switch (e->new_state) {
	case TCPS_SYN_SENT:
		mark_once(s, MARK_SYN_SENT, ts);
		actor_set(s, OPENER, event_task(&e->event), ACTOR_CERTAIN);
		break;
	case TCPS_SYN_RECV:
		mark_once(s, MARK_SYN_RECV, ts);
		if (e->old_state == TCPS_SYN_SENT)
			c->flags |= CONN_SIMULTANEOUS_OPEN;
		else if (side == SERVER)
			conn_count_child(c, ts);
		break;
	case TCPS_ESTABLISHED:
		mark_once(s, MARK_ESTABLISHED, ts);
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
		s->fin_wait2_orphan = e->flags & STATE_DEAD;
		break;
	case TCPS_CLOSE:
		enter_close(s, e);
		break;
	}
	conn_claim_step(c, side, e);
	if (e->new_state == TCPS_CLOSE)
		check_timewait(c, side, e);
	if (e->old_state == TCPS_LAST_ACK && conn_fin_was_acked(s))
		conn_fin_taken_by_minisocket(c, side);
	conn_add_moment(c, &(struct moment) { .ts_ns = ts,
					      .kind = EVENT_STATE,
					      .side = side,
					      .old_state = e->old_state,
					      .new_state = e->new_state,
					      .tcp_flags = e->flags,
					      .arg = e->err });
}

/* ---- segments ---- */

/* The shortest time after which a segment is sent again (TCP_RTO_MIN): what comes later is not the same one elsewhere.
 */
#define SIGHTING_NS 200000000ULL

static const struct moment *last_same_segment(const struct conn *c, enum side_name sender,
					      const struct event_segment *e)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		const struct moment *m = &c->moments.list[i - 1];

		if (m->kind == EVENT_SEGMENT && m->side == sender && m->tcp_flags == e->tcp_flags && m->seq == e->seq &&
		    m->ack == e->ack && m->payload_len == e->payload_len)
			return m;
	}
	return NULL;
}

static void count_syn(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	/* The opener's SYN+ACK after a simultaneous open is no SYN sent again, nor is one that comes to an open socket.
	 */
	if (sender == SERVER || (!(e->tcp_flags & TCP_FLAG_ACK_BIT) && !o->mark[MARK_ESTABLISHED]))
		s->syn_count++;
	if (e->flags & SEGMENT_QUEUE_FULL)
		o->queue_full++;
	if (sender == SERVER && e->flags & SEGMENT_NO_SENDER)
		s->unowned_synack_netns = e->event.netns;
}

/* A SYN+ACK of another attempt than this one (RFC 9293 3.10.7.3). */
static bool is_stray_synack(const struct side *o, const struct event_segment *e)
{
	uint32_t beyond = e->ack - (o->isn + 1);

	return (e->tcp_flags & TCP_FLAG_ACK_BIT) && o->isn_known && o->mark[MARK_SYN] && beyond > o->syn_data;
}

/* Seen, but no TCP accepts it (RFC 9293 3.10.7.4): without ACK, SYN and RST; more than one of SYN, FIN and RST; a SYN
 * of another connection than this one. */
static bool is_odd(const struct side *s, const struct side *o, const struct event_segment *e)
{
	uint8_t flags = e->tcp_flags;

	if (!(flags & (TCP_FLAG_ACK_BIT | TCP_FLAG_SYN_BIT | TCP_FLAG_RST_BIT)))
		return true;
	if (flags & TCP_FLAG_SYN_BIT && is_stray_synack(o, e))
		return true;
	if (!s->isn_known || !(flags & TCP_FLAG_SYN_BIT))
		return false;
	return flags & (TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT) || (!(flags & TCP_FLAG_ACK_BIT) && e->seq != s->isn);
}

/* A RST that answers a segment without ACK acknowledges the end of that segment (RFC 9293 3.5.2). */
static void note_acked(struct side *of, uint32_t ack)
{
	if (of->acked_known && !seq_after(ack, of->acked))
		return;
	of->acked = ack;
	of->acked_known = true;
}

static void note_numbers(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender];
	uint32_t end = segment_end(e->seq, e->payload_len, e->tcp_flags);

	if (e->tcp_flags & TCP_FLAG_ACK_BIT)
		note_acked(&c->side[other_side(sender)], e->ack);
	if (e->tcp_flags & TCP_FLAG_RST_BIT)
		return;
	s->next_seq_before = s->seq_known ? s->next_seq : e->seq;
	if (s->seq_known && !seq_after(end, s->next_seq))
		return;
	s->next_seq = end;
	s->seq_known = true;
}

/* Marks and numbers; the segment stands in the history already. */
static void apply_flags(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender];

	if (!s->via) {
		s->via = e->via;
		s->ifindex = e->ifindex;
	}
	if (e->tcp_flags & TCP_FLAG_SYN_BIT)
		count_syn(c, sender, e);
	conn_claim_segment(c, sender, e);
	note_numbers(c, sender, e);
}

static void add_moment(struct conn *c, enum side_name sender, const struct event_segment *e, uint8_t flags)
{
	struct moment m = { .ts_ns = e->event.ts_ns,
			    .seq = e->seq,
			    .ack = e->ack,
			    .payload_len = e->payload_len,
			    .kind = EVENT_SEGMENT,
			    .side = sender,
			    .new_state = flags,
			    .tcp_flags = e->tcp_flags,
			    .window = e->window };

	moment_set_place(&m, e);
	conn_add_moment(c, &m);
}

bool conn_apply_segment(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct moment *same = last_same_segment(c, sender, e);
	bool odd = is_odd(&c->side[sender], &c->side[other_side(sender)], e);

	if (same && !moment_is_place(same, e) && e->event.ts_ns - same->ts_ns < SIGHTING_NS) {
		c->sights++;
		return false;
	}
	if (e->flags & SEGMENT_LOOPBACK)
		c->flags |= CONN_LOOPBACK;
	conn_count_segment(c, sender, e);
	add_moment(c, sender, e, odd ? SEGMENT_ODD : 0);
	if (!odd)
		apply_flags(c, sender, e);
	return true;
}

void conn_apply_captured(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct side *o = &c->side[other_side(sender)];
	uint64_t syn_acked = o->mark[MARK_SYN_ACKED], fin_acked = o->mark[MARK_FIN_ACKED];

	apply_flags(c, sender, e);
	/* Of the rest only the ACKs that completed something are history. */
	if (e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT) ||
	    o->mark[MARK_SYN_ACKED] != syn_acked || o->mark[MARK_FIN_ACKED] != fin_acked)
		add_moment(c, sender, e, 0);
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
	else if (state_after_fin(e->state) && (!s->mark[MARK_FIN] || !seq_before(e->seq, s->fin_seq)))
		s->fin_retransmits++;
	else if (!(e->tcp_flags &
		   TCP_FLAG_SYN_BIT)) /* one that was closed before it was established sends its SYN again */
		s->sent_again[e->cause]++;
	conn_add_moment(c, &(struct moment) { .ts_ns = e->event.ts_ns,
					      .seq = e->seq,
					      .kind = EVENT_RETRANSMIT,
					      .side = side,
					      .old_state = e->state,
					      .new_state = conn_dropped_here(s, e),
					      .tcp_flags = e->tcp_flags,
					      .arg = e->cause });
}

/* In the handshake a wrong ACK is answered by a RST, and the socket stays (RFC 9293 3.10.7.3, 3.10.7.4). */
static bool is_answer_to_ack(unsigned int reason)
{
	return reason == RESET_TCP_INVALID_ACK_SEQUENCE || reason == RESET_TCP_FLAGS ||
	       reason == RESET_TCP_TOO_OLD_ACK || reason == RESET_TCP_ACK_UNSENT_DATA || reason == RESET_TCP_OLD_ACK;
}

/*
 * Does a RST that this side's kernel sent belong to the connection's own end? One that nobody's socket sent, a request
 * or a minisocket in TIME_WAIT answers a segment that came too late or was wrong, and ends nothing.
 */
static bool is_reset_of_socket(const struct side *s, const struct event_reset *e)
{
	switch (e->state) {
	case 0:
		return !s->id;
	case TCPS_LISTEN: /* on behalf of a request: only a SYN within its window ends it (tcp_check_req()) */
		return !s->id || (!side_has_socket(s) && e->reason == RESET_INVALID_SYN);
	case TCPS_NEW_SYN_RECV:
		return false;
	case TCPS_SYN_SENT:
		return !is_answer_to_ack(e->reason);
	case TCPS_SYN_RECV: /* a TCP Fast Open child outlives the RST that answers a SYN (tcp_check_req()) */
		return !is_answer_to_ack(e->reason) && e->reason != RESET_INVALID_SYN;
	case TCPS_TIME_WAIT:
		return s->timewait.was_fin_wait2 && !s->timewait.entered_ns;
	default:
		return true;
	}
}

void conn_apply_reset(struct conn *c, enum side_name side, const struct event_reset *e)
{
	struct side *s = &c->side[side];

	if (e->direction == RESET_RECEIVED) {
		s->reset_received = e->reason + 1;
	} else if (!s->reset_sent && is_reset_of_socket(s, e)) {
		s->reset_sent = e->reason + 1;
		s->reset_in_process = event_task(&e->event) != NULL;
	}
	conn_add_moment(c, &(struct moment) { .ts_ns = e->event.ts_ns,
					      .kind = EVENT_RESET,
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
	conn_add_moment(c, &(struct moment) { .ts_ns = e->event.ts_ns, .kind = EVENT_ACCEPT, .side = side });
}

void conn_apply_free(struct conn *c, enum side_name side, const struct event_free *e)
{
	struct side *s = &c->side[side];

	mark_once(s, MARK_FREED, e->event.ts_ns);
	stats_set(s, &e->event);
	/* Its step into CLOSE was not reported: a freed socket is closed. */
	if (s->state != TCPS_CLOSE) {
		if (side_has_socket(s) && e->state == TCPS_CLOSE)
			c->flags = (c->flags | CONN_STEPS_MISSED) & ~CONN_COMPLETE;
		s->last_open_state = s->state;
		s->state = TCPS_CLOSE;
		mark_once(s, MARK_CLOSE, e->event.ts_ns);
	}
	conn_add_moment(c, &(struct moment) { .ts_ns = e->event.ts_ns, .kind = EVENT_FREE, .side = side });
}

void conn_apply_existing_owner(struct conn *c, enum side_name side, const struct event_existing *e)
{
	struct side *s = &c->side[side];

	c->flags |= CONN_EXISTED;
	if (e->inode && !s->uid_known) { /* without inode: an orphan, or not accepted yet */
		s->uid = e->uid;
		s->uid_known = true;
	}
	actor_set(s, side == CLIENT ? OPENER : ACCEPTOR, event_task(&e->event), ACTOR_DERIVED);
}

static void apply_existing_minisocket(struct conn *c, enum side_name side, const struct event_existing *e)
{
	struct side *s = &c->side[side];

	s->state = TCPS_CLOSE;
	s->existed_state = e->substate;
	s->timewait.existed = true;
	s->timewait.made_ns = e->event.ts_ns;
	s->timewait.substate = e->substate;
	s->timewait.exit = TIMEWAIT_EXIT_RUNNING;
	if (e->substate == TCPS_TIME_WAIT) {
		conn_enter_timewait(c, side, e->event.ts_ns, EVIDENCE_DERIVED);
	} else {
		s->timewait.was_fin_wait2 = true;
		s->last_open_state = TCPS_FIN_WAIT2;
	}
}

void conn_apply_existing(struct conn *c, enum side_name side, const struct event_existing *e)
{
	struct side *s = &c->side[side];

	conn_apply_existing_owner(c, side, e);
	stats_set(s, &e->event);
	if (e->flags & STATE_MPTCP)
		c->flags |= CONN_MPTCP;
	if (e->state == TCPS_TIME_WAIT) {
		apply_existing_minisocket(c, side, e);
		return;
	}
	s->state = s->existed_state = e->state;
	s->state_flags = e->flags;
	if (e->state == TCPS_NEW_SYN_RECV) {
		s->half_open = true;
		s->syn_retransmits = e->retransmits;
	} else if (e->state == TCPS_SYN_SENT && s->has_stats) {
		s->syn_retransmits = s->stats.retransmits;
	} else if (e->state == TCPS_CLOSING) {
		c->flags |= CONN_SIMULTANEOUS_CLOSE;
	}
}
