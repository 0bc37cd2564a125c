// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Minisockets: FIN_WAIT2 and TIME_WAIT after the full socket is gone (net/ipv4/tcp_minisocks.c). */
#include "core/conn_timewait.h"

#include "core/conn_claim.h"

static void timewait_moment(struct conn *c, enum side_name side, uint64_t ts_ns, enum timewait_action action)
{
	const struct timewait *tw = &c->side[side].timewait;

	conn_add_moment(c, &(struct moment) { .ts_ns = ts_ns,
					      .kind = EVENT_TIMEWAIT,
					      .side = side,
					      .old_state = action,
					      .new_state = tw->substate,
					      .tcp_flags = action == TIMEWAIT_END ? tw->exit : tw->restart_flags,
					      .window = tw->restarts });
}

void conn_enter_timewait(struct conn *c, enum side_name side, uint64_t ts_ns, uint8_t evidence)
{
	struct timewait *tw = &c->side[side].timewait;

	tw->substate = TCPS_TIME_WAIT;
	tw->entered_ns = ts_ns;
	tw->entered_by = evidence;
}

void conn_fin_taken_by_minisocket(struct conn *c, enum side_name side)
{
	struct side *o = &c->side[other_side(side)];

	if (!side_in_timewait(o) || o->timewait.substate != TCPS_FIN_WAIT2 || !c->side[side].mark[MARK_CLOSED_HERE])
		return;
	conn_enter_timewait(c, other_side(side), c->side[side].mark[MARK_CLOSED_HERE], EVIDENCE_DERIVED);
	timewait_moment(c, other_side(side), o->timewait.entered_ns, TIMEWAIT_RESTART);
}

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

/* tcp_timewait_state_process(): a FIN_WAIT2 minisocket takes a bare FIN that is the next in order. One with data, or
 * data alone, is answered by a RST and ends it; what lies outside of the window is answered by an ACK. */
static bool is_fin_in_order(const struct side *holder, const struct event_segment *e)
{
	return e->tcp_flags & TCP_FLAG_FIN_BIT && !e->payload_len &&
	       (!holder->numbers_known || e->seq == holder->rcv_nxt);
}

void conn_timewait_dropped(struct conn *c, enum side_name sender, uint64_t ts_ns, bool before_tcp)
{
	struct timewait *tw = &c->side[other_side(sender)].timewait;

	if (tw->was_fin_wait2 && tw->entered_ns == ts_ns && tw->entered_by == EVIDENCE_WIRE) {
		tw->entered_ns = 0;
		tw->entered_by = 0;
		tw->substate = TCPS_FIN_WAIT2;
		c->side[other_side(sender)].fin_taken = false;
	} else if (before_tcp && tw->restarts && tw->restarted_ns == ts_ns) {
		tw->restarts--;
		tw->restarted_ns = 0;
	} else {
		return;
	}
	moments_forget(&c->moments, EVENT_TIMEWAIT, ts_ns);
}

void conn_timewait_paws(struct conn *c, enum side_name sender, const struct event_drop *e)
{
	enum side_name holder = other_side(sender);
	struct timewait *tw = &c->side[holder].timewait;

	if (side_in_timewait(&c->side[holder]) && tw->substate == TCPS_TIME_WAIT &&
	    !(e->tcp_flags & (TCP_FLAG_ACK_BIT | TCP_FLAG_RST_BIT)))
		timewait_restart(c, holder, e->event.ts_ns, e->tcp_flags);
}

void conn_apply_segment_to_timewait(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	enum side_name holder = other_side(sender);
	struct timewait *tw = &c->side[holder].timewait;

	/* tcp_timewait_state_process(): any segment with an ACK that is no RST restarts the timer. */
	if (!side_in_timewait(&c->side[holder]) || !(e->tcp_flags & TCP_FLAG_ACK_BIT) ||
	    (e->tcp_flags & TCP_FLAG_RST_BIT))
		return;
	/* Stamped before the kernel saw it: the FIN that made the minisocket is no restart. */
	if (e->event.ts_ns <= tw->made_ns)
		return;
	if (tw->substate == TCPS_FIN_WAIT2) {
		if (!is_fin_in_order(&c->side[holder], e))
			return;
		conn_claim_fin_taken(c, holder, e->seq + e->payload_len + 1, e->event.ts_ns);
		conn_enter_timewait(c, holder, e->event.ts_ns, EVIDENCE_WIRE);
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

void conn_lose_timewait(struct conn *c, enum side_name side, uint64_t ts_ns, uint8_t evidence)
{
	struct timewait *tw = &c->side[side].timewait;

	tw->ended_ns = ts_ns;
	tw->exit = TIMEWAIT_EXIT_UNKNOWN;
	tw->ended_by = evidence;
	/* A connection that ended in FIN_WAIT2 did so at some time after its last event. */
	if (!tw->entered_ns && !c->close_ns)
		c->close_ns = c->last_ns;
	c->flags = (c->flags | CONN_STEPS_MISSED) & ~CONN_COMPLETE;
}

/* Where the kernel's call path is not known: a RST that came just before is the only segment that can end it. */
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
	if (exit == TIMEWAIT_EXIT_RESET && !c->side[side].timewait.entered_ns && !c->side[side].timewait.existed)
		conn_claim_minisocket_reset(c, side, e->event.ts_ns);
}

/* The socket took the other side's FIN, and closed into TIME_WAIT. */
static void timewait_took_fin(struct conn *c, enum side_name side, uint64_t ts_ns)
{
	const struct side *s = &c->side[side], *o = &c->side[other_side(side)];

	if (s->numbers_known && s->state == TCPS_CLOSE)
		conn_claim_fin_taken(c, side, s->rcv_nxt, ts_ns);
	else if (o->mark[MARK_FIN])
		conn_claim_fin_taken(c, side, o->fin_seq + 1, ts_ns);
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
		if (e->substate == TCPS_TIME_WAIT) {
			conn_enter_timewait(c, side, ts, EVIDENCE_KERNEL);
			timewait_took_fin(c, side, ts);
		} else {

			tw->fin_wait2_timeout_ms = e->timeout_ms;
		}
		timewait_moment(c, side, ts, TIMEWAIT_START);
		break;
	case TIMEWAIT_REFUSED:
		tw->exit = TIMEWAIT_EXIT_NEVER_CREATED;
		break;
	case TIMEWAIT_RESTART:
		if (!side_in_timewait(&c->side[side]))
			return;
		if (e->substate == TCPS_TIME_WAIT && tw->substate == TCPS_FIN_WAIT2) {
			conn_enter_timewait(c, side, ts, EVIDENCE_KERNEL);
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
