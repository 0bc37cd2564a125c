// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which explanation belongs to which step of a sequence: walks the steps in order, remembers what has
 * happened, and gives each explanation once, where it first applies.
 */
#include "sink/diagram/explain.h"

#include <errno.h>
#include <string.h>

#include "core/ending.h"
#include "core/record/reset_cause.h"
#include "sink/text/text.h"
#include "sink/diagram/sequence_build.h"

#define HANDSHAKE_STEPS 3
#define DROP_WITHIN_NS	10000000ULL /* of its sighting at the interface */

/* Which explanations were given so far, and what had happened by then. */
struct explainer {
	struct explanations *out;
	const struct conn *c;
	size_t at;	    /* the current step */
	bool syn[SIDES];    /* sent, with or without ACK */
	bool synack[SIDES]; /* sent */
	bool fin[SIDES], fin_acked[SIDES];
	bool handshake_acked, reset; /* the SYN+ACK was acknowledged; a RST was sent */
};

static struct explain_use *add(struct explainer *t, enum explain l, enum side_name side)
{
	static struct explain_use nowhere;
	struct explain_use *use = t->out->step[t->at];
	size_t i = 0;

	while (i < EXPLAINS_A_STEP && use[i].explain)
		i++;
	if (t->out->given[l] || i == EXPLAINS_A_STEP)
		return &nowhere;
	t->out->given[l] = true;
	use[i] = (struct explain_use) { .explain = l, .side = side };
	return &use[i];
}

/* Counted as a step of the handshake. */
static void explain_handshake(struct explainer *t, enum explain l, enum side_name side, unsigned int nth)
{
	struct explain_use *use = add(t, l, side);

	use->nth = nth;
	use->of = HANDSHAKE_STEPS;
	use->teardown = false;
}

/* Counted as a step of the teardown, if that was an orderly one. */
static void explain_teardown(struct explainer *t, enum explain l, enum side_name side, unsigned int nth_of_four,
			     unsigned int nth_of_three)
{
	struct explain_use *use = add(t, l, side);
	unsigned int form = t->c->verdict.close_form;

	if (form != CLOSE_FORM_FOUR_WAY && form != CLOSE_FORM_THREE_WAY)
		return;
	use->of = form == CLOSE_FORM_FOUR_WAY ? 4 : 3;
	use->nth = form == CLOSE_FORM_FOUR_WAY ? nth_of_four : nth_of_three;
	use->teardown = true;
}

/* ---- SYN and the ACKs ---- */

static void explain_syn(struct explainer *t, const struct step *s)
{
	enum side_name side = s->side;
	bool crossing = t->c->flags & CONN_SIMULTANEOUS_OPEN;

	if (s->again)
		add(t, EXPLAIN_SYN_AGAIN, side);
	if (t->syn[side])
		return;
	if (t->c->flags & CONN_SELF)
		add(t, EXPLAIN_SELF_CONNECT, side);
	else if (crossing)
		add(t, t->syn[other_side(side)] ? EXPLAIN_SIMULTANEOUS_OPEN : EXPLAIN_SYN_CROSSING, side);
	else
		explain_handshake(t, EXPLAIN_SYN, side, 1);
	if (s->payload_len)
		add(t, t->c->flags & CONN_FAST_OPEN ? EXPLAIN_FAST_OPEN : EXPLAIN_SYN_DATA, side);
	t->syn[side] = true;
}

static void explain_synack(struct explainer *t, const struct step *s)
{
	if (s->again)
		add(t, t->handshake_acked ? EXPLAIN_SYNACK_AGAIN_ACKED : EXPLAIN_SYNACK_AGAIN, s->side);
	if (t->synack[s->side])
		return;
	if (t->c->flags & CONN_SIMULTANEOUS_OPEN)
		add(t, EXPLAIN_SIMULTANEOUS_SYNACK, s->side);
	else if (!(t->c->flags & CONN_SELF))
		explain_handshake(t, EXPLAIN_SYNACK, s->side, 2);
	if (conn_syn_cookie(t->c))
		add(t, EXPLAIN_SYN_COOKIE, s->side);
	t->syn[s->side] = t->synack[s->side] = true;
}

static bool acks_peers_fin(const struct explainer *t, const struct step *s)
{
	enum side_name peer = other_side(s->side);
	uint32_t raw = s->ack + (s->ack_relative ? t->c->side[peer].isn : 0);

	return t->fin[peer] && !s->implied && s->tcp_flags & ACK && sequence_acks_fin(t->c, peer, raw);
}

/* The ACK of the FIN that came second: from the side that closed first. */
static void explain_last_ack(struct explainer *t, enum side_name side)
{
	const struct side *s = &t->c->side[side];

	explain_teardown(t, EXPLAIN_FIN_SECOND_ACK, side, 4, 3);
	if (!side_is_local(s) && !s->timewait.made_ns)
		add(t, EXPLAIN_TIME_WAIT_ELSEWHERE, side);
}

static void explain_ack(struct explainer *t, const struct step *s)
{
	enum side_name side = s->side, peer = other_side(side);
	bool plain = !(t->c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_SELF));

	if (!t->fin_acked[peer] && acks_peers_fin(t, s)) {
		t->fin_acked[peer] = true;
		if (!t->fin[side])
			explain_teardown(t, EXPLAIN_FIN_ACK, side, 2, 0);
		else if (!(t->c->flags & CONN_SIMULTANEOUS_CLOSE))
			explain_last_ack(t, side);
	} else if (t->synack[peer] && !t->handshake_acked) {
		t->handshake_acked = true;
		if (plain)
			explain_handshake(t, EXPLAIN_ACK, side, 3);
	} else if (s->again) {
		add(t, EXPLAIN_ACK_AGAIN, side);
	}
}

/* ---- FIN ---- */

static void explain_fin(struct explainer *t, const struct step *s)
{
	enum side_name side = s->side, peer = other_side(side);
	bool acks = acks_peers_fin(t, s);

	if (s->again)
		add(t, EXPLAIN_FIN_AGAIN, side);
	if (t->fin[side])
		return;
	if (!t->fin[peer])
		explain_teardown(t, EXPLAIN_FIN, side, 1, 1);
	else if (t->c->flags & CONN_SIMULTANEOUS_CLOSE)
		add(t, EXPLAIN_SIMULTANEOUS_CLOSE, side);
	else if (acks && !t->fin_acked[peer])
		explain_teardown(t, EXPLAIN_FIN_WITH_ACK, side, 0, 2);
	else
		explain_teardown(t, EXPLAIN_FIN_SECOND, side, 3, 0);
	t->fin[side] = true;
	if (acks)
		t->fin_acked[peer] = true;
}

/* ---- RST ---- */

/* Did the connection go on behind this RST, though it was not at its end yet? */
static bool has_no_effect(const struct explainer *t, const struct step *s)
{
	const struct side *receiver = &t->c->side[other_side(s->side)];

	if (t->c->verdict.ending == ENDING_CLOSED)
		return !t->fin[CLIENT] || !t->fin[SERVER];
	return side_is_local(receiver) && receiver->mark[MARK_CLOSE] > s->ts_ns + TOGETHER_NS;
}

static enum explain explain_of_reason(unsigned int reason)
{
	static const uint8_t of[RESET_REASON_COUNT] = {
		[RESET_NO_SOCKET] = EXPLAIN_RST_NO_SOCKET,
		[RESET_TCP_INVALID_ACK_SEQUENCE] = EXPLAIN_RST_ODD_SEGMENT,
		[RESET_TCP_RFC7323_PAWS] = EXPLAIN_RST_ODD_SEGMENT,
		[RESET_TCP_TOO_OLD_ACK] = EXPLAIN_RST_ODD_SEGMENT,
		[RESET_TCP_ACK_UNSENT_DATA] = EXPLAIN_RST_ODD_SEGMENT,
		[RESET_TCP_FLAGS] = EXPLAIN_RST_ODD_SEGMENT,
		[RESET_TCP_OLD_ACK] = EXPLAIN_RST_ODD_SEGMENT,
		[RESET_INVALID_SYN] = EXPLAIN_RST_ODD_SEGMENT,
		[RESET_TCP_ABORT_ON_DATA] = EXPLAIN_RST_DATA,
		[RESET_TCP_TIMEWAIT_SOCKET] = EXPLAIN_RST_MINISOCKET,
		[RESET_TCP_ABORT_ON_CLOSE] = EXPLAIN_RST_UNREAD,
		[RESET_TCP_ABORT_ON_LINGER] = EXPLAIN_RST_LINGER2,
		[RESET_TCP_ABORT_ON_MEMORY] = EXPLAIN_RST_MEMORY,
		[RESET_TCP_KEEPALIVE_TIMEOUT] = EXPLAIN_RST_KEEPALIVE,
		[RESET_TCP_DISCONNECT_WITH_DATA] = EXPLAIN_RST_DISCONNECTED,
	};

	return reason < RESET_REASON_COUNT ? of[reason] : EXPLAIN_NONE;
}

static enum explain explain_of_cause(const struct explainer *t, const struct step *s)
{
	const struct verdict *v = &t->c->verdict;
	bool is_the_one =
		v->ending == ENDING_RESET && v->ended_by == (s->side == CLIENT ? ENDED_BY_CLIENT : ENDED_BY_SERVER);
	/* The kernel's word may have come too late for the arrow, but not for the verdict. */
	unsigned int reason = s->reset_reason || !is_the_one ? s->reset_reason : v->reset_reason;

	switch (reset_cause(t->c, s->side, reason)) {
	case RESET_CAUSE_KILLED:
		return EXPLAIN_RST_KILLED;
	case RESET_CAUSE_UNREAD:
		return EXPLAIN_RST_UNREAD;
	case RESET_CAUSE_LINGER:
		return EXPLAIN_RST_LINGER;
	case RESET_CAUSE_LINGER2:
		return EXPLAIN_RST_LINGER2;
	case RESET_CAUSE_DATA:
		return EXPLAIN_RST_DATA;
	case RESET_CAUSE_NOT_ACCEPTED:
		return EXPLAIN_RST_NOT_ACCEPTED;
	case RESET_CAUSE_REASON:
		break;
	}
	return explain_of_reason(reason);
}

static bool was_established_by(const struct explainer *t, uint64_t ts_ns)
{
	for (int i = CLIENT; i < SIDES; i++) {
		uint64_t since = t->c->side[i].mark[MARK_ESTABLISHED];

		if (since && since <= ts_ns)
			return true;
	}
	return t->handshake_acked || t->c->flags & (CONN_MIDSTREAM | CONN_EXISTED);
}

static void explain_rst(struct explainer *t, const struct step *s)
{
	enum side_name side = s->side, peer = other_side(side);
	enum explain cause;

	if (was_established_by(t, s->ts_ns) && has_no_effect(t, s)) {
		add(t, EXPLAIN_RST_WITHOUT_EFFECT, side);
		return;
	}
	t->reset = true;
	if (s->again)
		return;
	if (was_established_by(t, s->ts_ns)) {
		if (!t->fin[side] || !t->fin[peer]) /* else it was closed already */
			add(t, EXPLAIN_RST, side);
		cause = explain_of_cause(t, s);
		if (cause)
			add(t, cause, side);
	} else if (t->synack[peer]) {
		add(t, EXPLAIN_RST_SYNACK, side);
	} else if (t->synack[side]) {
		add(t, EXPLAIN_RST_OWN_SYNACK, side);
	} else if (t->c->verdict.ending == ENDING_REFUSED) {
		add(t, EXPLAIN_REFUSED, side);
	} else {
		add(t, EXPLAIN_RST, side);
	}
}

/* Did the receiver's kernel drop it? Then it does not affect the connection. */
static bool was_dropped(const struct explainer *t, const struct step *s)
{
	const struct moments *all = &t->c->moments;
	uint32_t raw = s->seq + (s->relative ? t->c->side[s->side].isn : 0);

	for (unsigned int i = 0; i < all->count; i++) {
		const struct moment *m = &all->list[i];

		if (m->kind == EVENT_DROP && m->side == s->side && m->tcp_flags == s->tcp_flags && m->seq == raw &&
		    m->ts_ns >= s->ts_ns && m->ts_ns - s->ts_ns < DROP_WITHIN_NS)
			return true;
	}
	return false;
}

static void explain_arrow(struct explainer *t, const struct step *s)
{
	if (s->tcp_flags & SYN && s->tcp_flags & (FIN | RST))
		add(t, EXPLAIN_ODD_FLAGS, s->side);
	else if (!s->implied && was_dropped(t, s))
		return;
	else if (s->tcp_flags & RST)
		explain_rst(t, s);
	else if (s->tcp_flags & SYN && s->tcp_flags & ACK)
		explain_synack(t, s);
	else if (s->tcp_flags & SYN)
		explain_syn(t, s);
	else if (s->tcp_flags & FIN && !sequence_is_its_fin(t->c, s))
		add(t, EXPLAIN_FIN_WITHOUT_EFFECT, s->side);
	else if (s->tcp_flags & FIN)
		explain_fin(t, s);
	else if (s->tcp_flags & ACK)
		explain_ack(t, s);
	else if (s->again)
		add(t, EXPLAIN_DATA_AGAIN, s->side);
}

/* ---- states ---- */

static void explain_fin_wait2(struct explainer *t, enum side_name side)
{
	const struct moments *all = &t->c->moments;

	if (t->fin[other_side(side)])
		return; /* passed through on the way to TIME_WAIT */
	for (unsigned int i = 0; i < all->count; i++) {
		const struct moment *m = &all->list[i];

		if (m->kind != EVENT_STATE || m->side != side || m->new_state != TCPS_FIN_WAIT2)
			continue;
		add(t, m->tcp_flags & STATE_DEAD ? EXPLAIN_FIN_WAIT2_ORPHAN : EXPLAIN_FIN_WAIT2_HELD, side);
		return;
	}
}

/* A socket that ended without a segment. */
static void explain_close(struct explainer *t, enum side_name side)
{
	const struct verdict *v = &t->c->verdict;
	const struct side *s = &t->c->side[side];

	if (t->reset || s->last_open_state != v->in_state)
		return;
	switch (v->ending) {
	case ENDING_UNANSWERED:
		add(t, EXPLAIN_UNANSWERED, side);
		break;
	case ENDING_LISTENER_OVERFLOW:
		add(t, EXPLAIN_QUEUE_FULL, side);
		break;
	case ENDING_UNREACHABLE:
		add(t, EXPLAIN_UNREACHABLE, side);
		break;
	case ENDING_HANDSHAKE_ABORTED:
		if (!t->synack[other_side(side)] && !sequence_is_unsent(t->c, side, SYN))
			add(t, EXPLAIN_GIVEN_UP, side);
		break;
	case ENDING_NO_LOCAL_PORT:
		add(t, EXPLAIN_NO_LOCAL_PORT, side);
		break;
	case ENDING_TIMED_OUT:
		add(t, v->in_state == TCPS_FIN_WAIT2 ? EXPLAIN_FIN_WAIT2_GIVEN_UP : EXPLAIN_TIMED_OUT, side);
		break;
	case ENDING_KILLED:
		add(t, EXPLAIN_KILLED, side);
		break;
	}
}

static void explain_states(struct explainer *t, const struct step *s)
{
	for (int i = CLIENT; i < SIDES; i++) {
		switch (s->state[i]) {
		case TCPS_FIN_WAIT2:
			explain_fin_wait2(t, i);
			break;
		case TCPS_LAST_ACK:
			add(t, EXPLAIN_LAST_ACK, i);
			break;
		case TCPS_CLOSING:
			add(t, EXPLAIN_CLOSING, i);
			break;
		case TCPS_TIME_WAIT:
			add(t, EXPLAIN_TIME_WAIT, i);
			break;
		case TCPS_CLOSE:
			explain_close(t, i);
			break;
		}
	}
}

/* ---- the rest ---- */

static void explain_end(struct explainer *t, const struct step *s)
{
	static const uint8_t time_wait[TIMEWAIT_EXIT_COUNT] = {
		[TIMEWAIT_EXIT_UNKNOWN] = EXPLAIN_EXIT_UNKNOWN,	 [TIMEWAIT_EXIT_EXPIRED] = EXPLAIN_EXPIRED,
		[TIMEWAIT_EXIT_REUSED] = EXPLAIN_REUSED,	 [TIMEWAIT_EXIT_REOPENED] = EXPLAIN_REOPENED,
		[TIMEWAIT_EXIT_RESET] = EXPLAIN_TIME_WAIT_RESET, [TIMEWAIT_EXIT_KILLED] = EXPLAIN_KILLED_IN_TIME_WAIT,
		[TIMEWAIT_EXIT_NETNS_GONE] = EXPLAIN_NETNS_GONE,
	};
	static const uint8_t fin_wait2[TIMEWAIT_EXIT_COUNT] = {
		[TIMEWAIT_EXIT_UNKNOWN] = EXPLAIN_EXIT_UNKNOWN,	 [TIMEWAIT_EXIT_EXPIRED] = EXPLAIN_FIN_WAIT2_EXPIRED,
		[TIMEWAIT_EXIT_RESET] = EXPLAIN_FIN_WAIT2_CUT,	 [TIMEWAIT_EXIT_KILLED] = EXPLAIN_KILLED_IN_TIME_WAIT,
		[TIMEWAIT_EXIT_NETNS_GONE] = EXPLAIN_NETNS_GONE,
	};
	const struct timewait *tw = &t->c->side[s->side].timewait;
	const uint8_t *list = tw->substate == TCPS_FIN_WAIT2 ? fin_wait2 : time_wait;

	if (tw->exit < TIMEWAIT_EXIT_COUNT && list[tw->exit])
		add(t, list[tw->exit], s->side);
}

static enum explain explain_of_drop(unsigned int reason)
{
	switch (reason) {
	case DROP_TCP_LISTEN_OVERFLOW:
		return EXPLAIN_NOT_ACCEPTED_QUEUE;
	case DROP_TCP_CSUM:
		return EXPLAIN_NOT_ACCEPTED_CHECKSUM;
	case DROP_TCP_RESET:
	case DROP_TCP_INVALID_SYN:
		return EXPLAIN_CHALLENGE;
	case DROP_TCP_OVERWINDOW:
	case DROP_TCP_OLD_SEQUENCE:
	case DROP_TCP_INVALID_SEQUENCE:
	case DROP_TCP_INVALID_END_SEQUENCE:
		return EXPLAIN_NOT_ACCEPTED_WINDOW;
	}
	return EXPLAIN_NOT_ACCEPTED;
}

static void explain_topic(struct explainer *t, const struct step *s)
{
	static const uint8_t of[STEP_TOPICS] = {
		[TOPIC_ESTABLISHED] = EXPLAIN_ESTABLISHED,
		[TOPIC_HALF_CLOSED] = EXPLAIN_HALF_CLOSED,
		[TOPIC_ACCEPT] = EXPLAIN_ACCEPT,
		[TOPIC_MINISOCKET] = EXPLAIN_FIN_WAIT2_MINISOCKET,
		[TOPIC_CLOSER] = EXPLAIN_CLOSER,
		[TOPIC_HELD] = EXPLAIN_HELD,
		[TOPIC_NEVER_CREATED] = EXPLAIN_NEVER_CREATED,
		[TOPIC_RUNNING] = EXPLAIN_RUNNING,
		[TOPIC_END_UNSEEN] = EXPLAIN_EXIT_UNKNOWN,
		[TOPIC_ICMP] = EXPLAIN_ICMP,
		[TOPIC_DROPPED_LEAVING] = EXPLAIN_DROPPED_LEAVING,
		[TOPIC_REPAIR] = EXPLAIN_REPAIR,
		[TOPIC_RESTARTED] = EXPLAIN_RESTARTED,
		[TOPIC_RESTARTED_BY_FIN] = EXPLAIN_RESTARTED_BY_FIN,
	};

	if (s->topic == TOPIC_DROPPED)
		add(t, explain_of_drop(s->drop_reason), s->side);
	else if (of[s->topic])
		add(t, of[s->topic], s->side);
}

void explain_choose(struct explanations *out, const struct sequence *s, const struct conn *c)
{
	struct explainer t = { .out = out, .c = c };

	memset(out, 0, sizeof(*out));
	for (t.at = 0; t.at < s->count; t.at++) {
		const struct step *step = &s->step[t.at];

		if (step->kind == STEP_ARROW)
			explain_arrow(&t, step);
		if (step->kind == STEP_END)
			explain_end(&t, step);
		else
			explain_states(&t, step);
		explain_topic(&t, step);
	}
}

/* ---- words ---- */

const char *explain_name(enum explain l)
{
	static const char *const names[EXPLAIN_COUNT] = { [EXPLAIN_NONE] = "NONE",
#define _(name, text) [EXPLAIN_##name] = #name,
							  EXPLAINS(_)
#undef _
	};

	return l < EXPLAIN_COUNT ? names[l] : "NONE";
}

void explain_text(struct strbuf *out, const struct explain_use *use)
{
	static const char *const texts[EXPLAIN_COUNT] = { [EXPLAIN_NONE] = "",
#define _(name, text) [EXPLAIN_##name] = (text),
							  EXPLAINS(_)
#undef _
	};
	const char *p = texts[use->explain < EXPLAIN_COUNT ? use->explain : EXPLAIN_NONE];

	if (use->nth)
		strbuf_printf(out, "%s %u/%u. ", use->teardown ? "Teardown" : "Handshake", use->nth, use->of);
	for (; *p; p++) {
		if (*p != '$')
			strbuf_putc(out, *p);
		else
			strbuf_puts(out, side_name_text(*++p == 'S' ? use->side : other_side(use->side)));
	}
}
