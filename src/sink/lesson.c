// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/lesson.h"

#include <errno.h>
#include <string.h>

#include "core/ending.h"
#include "sink/page.h"
#include "sink/teller.h"

#define HANDSHAKE_STEPS 3
#define DROP_WITHIN_NS	10000000ULL /* of its sighting at the interface */

/* What was taught so far, and what had happened by then. */
struct teacher {
	struct lessons *out;
	const struct conn *c;
	size_t at;	    /* the step in hand */
	bool syn[SIDES];    /* sent, with or without ACK */
	bool synack[SIDES]; /* sent */
	bool fin[SIDES], fin_acked[SIDES];
	bool handshake_acked, reset; /* the SYN+ACK was acknowledged; a RST was sent */
};

static struct lesson_use *teach(struct teacher *t, enum lesson l, enum side_name side)
{
	static struct lesson_use nowhere;
	struct lesson_use *use = t->out->step[t->at];
	size_t i = 0;

	while (i < LESSONS_A_STEP && use[i].lesson)
		i++;
	if (t->out->given[l] || i == LESSONS_A_STEP)
		return &nowhere;
	t->out->given[l] = true;
	use[i] = (struct lesson_use) { .lesson = l, .side = side };
	return &use[i];
}

/* Counted as a step of the handshake. */
static void teach_handshake(struct teacher *t, enum lesson l, enum side_name side, unsigned int nth)
{
	struct lesson_use *use = teach(t, l, side);

	use->nth = nth;
	use->of = HANDSHAKE_STEPS;
	use->teardown = false;
}

/* Counted as a step of the teardown, if that went by the book. */
static void teach_teardown(struct teacher *t, enum lesson l, enum side_name side, unsigned int nth_of_four,
			   unsigned int nth_of_three)
{
	struct lesson_use *use = teach(t, l, side);
	unsigned int form = t->c->verdict.close_form;

	if (form != CLOSE_FORM_FOUR_WAY && form != CLOSE_FORM_THREE_WAY)
		return;
	use->of = form == CLOSE_FORM_FOUR_WAY ? 4 : 3;
	use->nth = form == CLOSE_FORM_FOUR_WAY ? nth_of_four : nth_of_three;
	use->teardown = true;
}

/* ---- SYN and the ACKs ---- */

static void teach_syn(struct teacher *t, const struct step *s)
{
	enum side_name side = s->side;
	bool crossing = t->c->flags & CONN_SIMULTANEOUS_OPEN;

	if (s->again)
		teach(t, LESSON_SYN_AGAIN, side);
	if (t->syn[side])
		return;
	if (t->c->flags & CONN_SELF)
		teach(t, LESSON_SELF_CONNECT, side);
	else if (crossing)
		teach(t, t->syn[other_side(side)] ? LESSON_SIMULTANEOUS_OPEN : LESSON_SYN_CROSSING, side);
	else
		teach_handshake(t, LESSON_SYN, side, 1);
	if (s->payload_len)
		teach(t, t->c->flags & CONN_FAST_OPEN ? LESSON_FAST_OPEN : LESSON_SYN_DATA, side);
	t->syn[side] = true;
}

static void teach_synack(struct teacher *t, const struct step *s)
{
	if (s->again)
		teach(t, t->handshake_acked ? LESSON_SYNACK_AGAIN_ACKED : LESSON_SYNACK_AGAIN, s->side);
	if (t->synack[s->side])
		return;
	if (t->c->flags & CONN_SIMULTANEOUS_OPEN)
		teach(t, LESSON_SIMULTANEOUS_SYNACK, s->side);
	else if (!(t->c->flags & CONN_SELF))
		teach_handshake(t, LESSON_SYNACK, s->side, 2);
	if (conn_syn_cookie(t->c))
		teach(t, LESSON_SYN_COOKIE, s->side);
	t->syn[s->side] = t->synack[s->side] = true;
}

static bool acks_peers_fin(const struct teacher *t, const struct step *s)
{
	enum side_name peer = other_side(s->side);
	uint32_t raw = s->ack + (s->ack_relative ? t->c->side[peer].isn : 0);

	return t->fin[peer] && !s->implied && s->tcp_flags & ACK && acks_fin(t->c, peer, raw);
}

/* The ACK of the FIN that came second: from the side that closed first. */
static void teach_last_ack(struct teacher *t, enum side_name side)
{
	const struct side *s = &t->c->side[side];

	teach_teardown(t, LESSON_FIN_SECOND_ACK, side, 4, 3);
	if (!side_is_local(s) && !s->timewait.made_ns)
		teach(t, LESSON_TIME_WAIT_ELSEWHERE, side);
}

static void teach_ack(struct teacher *t, const struct step *s)
{
	enum side_name side = s->side, peer = other_side(side);
	bool plain = !(t->c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_SELF));

	if (!t->fin_acked[peer] && acks_peers_fin(t, s)) {
		t->fin_acked[peer] = true;
		if (!t->fin[side])
			teach_teardown(t, LESSON_FIN_ACK, side, 2, 0);
		else if (!(t->c->flags & CONN_SIMULTANEOUS_CLOSE))
			teach_last_ack(t, side);
	} else if (t->synack[peer] && !t->handshake_acked) {
		t->handshake_acked = true;
		if (plain)
			teach_handshake(t, LESSON_ACK, side, 3);
	} else if (s->again) {
		teach(t, LESSON_ACK_AGAIN, side);
	}
}

/* ---- FIN ---- */

static void teach_fin(struct teacher *t, const struct step *s)
{
	enum side_name side = s->side, peer = other_side(side);
	bool acks = acks_peers_fin(t, s);

	if (s->again)
		teach(t, LESSON_FIN_AGAIN, side);
	if (t->fin[side])
		return;
	if (!t->fin[peer])
		teach_teardown(t, LESSON_FIN, side, 1, 1);
	else if (t->c->flags & CONN_SIMULTANEOUS_CLOSE)
		teach(t, LESSON_SIMULTANEOUS_CLOSE, side);
	else if (acks && !t->fin_acked[peer])
		teach_teardown(t, LESSON_FIN_WITH_ACK, side, 0, 2);
	else
		teach_teardown(t, LESSON_FIN_SECOND, side, 3, 0);
	t->fin[side] = true;
	if (acks)
		t->fin_acked[peer] = true;
}

/* ---- RST ---- */

/* Did the connection go on behind this RST, though it was not at its end yet? */
static bool has_no_effect(const struct teacher *t, const struct step *s)
{
	const struct side *receiver = &t->c->side[other_side(s->side)];

	if (t->c->verdict.ending == ENDING_CLOSED)
		return !t->fin[CLIENT] || !t->fin[SERVER];
	return side_is_local(receiver) && receiver->mark[MARK_CLOSE] > s->ts_ns + TOGETHER_NS;
}

static enum lesson lesson_of_reason(unsigned int reason)
{
	static const uint8_t of[RESET_REASON_COUNT] = {
		[RESET_NO_SOCKET] = LESSON_RST_NO_SOCKET,
		[RESET_TCP_INVALID_ACK_SEQUENCE] = LESSON_RST_ODD_SEGMENT,
		[RESET_TCP_RFC7323_PAWS] = LESSON_RST_ODD_SEGMENT,
		[RESET_TCP_TOO_OLD_ACK] = LESSON_RST_ODD_SEGMENT,
		[RESET_TCP_ACK_UNSENT_DATA] = LESSON_RST_ODD_SEGMENT,
		[RESET_TCP_FLAGS] = LESSON_RST_ODD_SEGMENT,
		[RESET_TCP_OLD_ACK] = LESSON_RST_ODD_SEGMENT,
		[RESET_INVALID_SYN] = LESSON_RST_ODD_SEGMENT,
		[RESET_TCP_ABORT_ON_DATA] = LESSON_RST_DATA,
		[RESET_TCP_TIMEWAIT_SOCKET] = LESSON_RST_MINISOCKET,
		[RESET_TCP_ABORT_ON_CLOSE] = LESSON_RST_UNREAD,
		[RESET_TCP_ABORT_ON_LINGER] = LESSON_RST_LINGER2,
		[RESET_TCP_ABORT_ON_MEMORY] = LESSON_RST_MEMORY,
		[RESET_TCP_KEEPALIVE_TIMEOUT] = LESSON_RST_KEEPALIVE,
		[RESET_TCP_DISCONNECT_WITH_DATA] = LESSON_RST_DISCONNECTED,
	};

	return reason < RESET_REASON_COUNT ? of[reason] : LESSON_NONE;
}

/* Why an established connection was aborted: first what the verdict knows better than the reason's name (TRAPS 10). */
static enum lesson reset_cause(const struct teacher *t, const struct step *s)
{
	const struct side *sender = &t->c->side[s->side];

	if (sender->err == ECONNABORTED)
		return LESSON_RST_KILLED;
	if (sender->state_flags & STATE_LINGER_ZERO && t->c->verdict.evidence & 1U << VERDICT_EVIDENCE_LINGER)
		return LESSON_RST_LINGER;
	if (s->reset_reason == RESET_TCP_STATE && s->side == SERVER && sender->id && !sender->mark[MARK_ACCEPTED])
		return LESSON_RST_NOT_ACCEPTED;
	return lesson_of_reason(s->reset_reason);
}

static bool was_established(const struct teacher *t, uint64_t ts_ns)
{
	for (int i = CLIENT; i < SIDES; i++) {
		uint64_t since = t->c->side[i].mark[MARK_ESTABLISHED];

		if (since && since <= ts_ns)
			return true;
	}
	return t->handshake_acked || t->c->flags & (CONN_MIDSTREAM | CONN_EXISTED);
}

static void teach_rst(struct teacher *t, const struct step *s)
{
	enum side_name side = s->side, peer = other_side(side);
	enum lesson cause;

	if (was_established(t, s->ts_ns) && has_no_effect(t, s)) {
		teach(t, LESSON_RST_WITHOUT_EFFECT, side);
		return;
	}
	t->reset = true;
	if (s->again)
		return;
	if (was_established(t, s->ts_ns)) {
		if (!t->fin[side] || !t->fin[peer]) /* else it was closed already */
			teach(t, LESSON_RST, side);
		cause = reset_cause(t, s);
		if (cause)
			teach(t, cause, side);
	} else if (t->synack[peer]) {
		teach(t, LESSON_RST_SYNACK, side);
	} else if (t->synack[side]) {
		teach(t, LESSON_RST_OWN_SYNACK, side);
	} else if (t->c->verdict.ending == ENDING_REFUSED) {
		teach(t, LESSON_REFUSED, side);
	} else {
		teach(t, LESSON_RST, side);
	}
}

/* Did the receiver's kernel throw it away? Then it means nothing to the connection. */
static bool was_dropped(const struct teacher *t, const struct step *s)
{
	const struct moments *all = &t->c->moments;
	uint32_t raw = s->seq + (s->relative ? t->c->side[s->side].isn : 0);

	for (unsigned int i = 0; i < all->count; i++) {
		const struct moment *m = &all->list[i];

		if (m->kind == MOMENT_DROP && m->side == s->side && m->tcp_flags == s->tcp_flags && m->seq == raw &&
		    m->ts_ns >= s->ts_ns && m->ts_ns - s->ts_ns < DROP_WITHIN_NS)
			return true;
	}
	return false;
}

static void teach_arrow(struct teacher *t, const struct step *s)
{
	if (s->tcp_flags & SYN && s->tcp_flags & (FIN | RST))
		teach(t, LESSON_ODD_FLAGS, s->side);
	else if (!s->implied && was_dropped(t, s))
		return;
	else if (s->tcp_flags & RST)
		teach_rst(t, s);
	else if (s->tcp_flags & SYN && s->tcp_flags & ACK)
		teach_synack(t, s);
	else if (s->tcp_flags & SYN)
		teach_syn(t, s);
	else if (s->tcp_flags & FIN && !is_its_fin(t->c, s))
		teach(t, LESSON_FIN_WITHOUT_EFFECT, s->side);
	else if (s->tcp_flags & FIN)
		teach_fin(t, s);
	else if (s->tcp_flags & ACK)
		teach_ack(t, s);
	else if (s->again)
		teach(t, LESSON_DATA_AGAIN, s->side);
}

/* ---- states ---- */

static void teach_fin_wait2(struct teacher *t, enum side_name side)
{
	const struct moments *all = &t->c->moments;

	if (t->fin[other_side(side)])
		return; /* passed through on the way to TIME_WAIT */
	for (unsigned int i = 0; i < all->count; i++) {
		const struct moment *m = &all->list[i];

		if (m->kind != MOMENT_STATE || m->side != side || m->new_state != TCPS_FIN_WAIT2)
			continue;
		teach(t, m->tcp_flags & STATE_DEAD ? LESSON_FIN_WAIT2_ORPHAN : LESSON_FIN_WAIT2_HELD, side);
		return;
	}
}

/* A socket that ended with no segment that would say so. */
static void teach_close(struct teacher *t, enum side_name side)
{
	const struct verdict *v = &t->c->verdict;
	const struct side *s = &t->c->side[side];

	if (t->reset || s->last_open_state != v->in_state)
		return;
	switch (v->ending) {
	case ENDING_UNANSWERED:
		teach(t, LESSON_UNANSWERED, side);
		break;
	case ENDING_LISTENER_OVERFLOW:
		teach(t, LESSON_QUEUE_FULL, side);
		break;
	case ENDING_UNREACHABLE:
		teach(t, LESSON_UNREACHABLE, side);
		break;
	case ENDING_HANDSHAKE_ABORTED:
		if (!t->synack[other_side(side)])
			teach(t, LESSON_GIVEN_UP, side);
		break;
	case ENDING_NO_LOCAL_PORT:
		teach(t, LESSON_NO_LOCAL_PORT, side);
		break;
	case ENDING_TIMED_OUT:
		teach(t, v->in_state == TCPS_FIN_WAIT2 ? LESSON_FIN_WAIT2_GIVEN_UP : LESSON_TIMED_OUT, side);
		break;
	case ENDING_KILLED:
		teach(t, LESSON_KILLED, side);
		break;
	}
}

static void teach_states(struct teacher *t, const struct step *s)
{
	for (int i = CLIENT; i < SIDES; i++) {
		switch (s->state[i]) {
		case TCPS_FIN_WAIT2:
			teach_fin_wait2(t, i);
			break;
		case TCPS_LAST_ACK:
			teach(t, LESSON_LAST_ACK, i);
			break;
		case TCPS_CLOSING:
			teach(t, LESSON_CLOSING, i);
			break;
		case TCPS_TIME_WAIT:
			teach(t, LESSON_TIME_WAIT, i);
			break;
		case TCPS_CLOSE:
			teach_close(t, i);
			break;
		}
	}
}

/* ---- the rest ---- */

static void teach_end(struct teacher *t, const struct step *s)
{
	static const uint8_t time_wait[TIMEWAIT_EXIT_COUNT] = {
		[TIMEWAIT_EXIT_UNKNOWN] = LESSON_EXIT_UNKNOWN,	[TIMEWAIT_EXIT_EXPIRED] = LESSON_EXPIRED,
		[TIMEWAIT_EXIT_REUSED] = LESSON_REUSED,		[TIMEWAIT_EXIT_REOPENED] = LESSON_REOPENED,
		[TIMEWAIT_EXIT_RESET] = LESSON_TIME_WAIT_RESET, [TIMEWAIT_EXIT_KILLED] = LESSON_KILLED_IN_TIME_WAIT,
		[TIMEWAIT_EXIT_NETNS_GONE] = LESSON_NETNS_GONE,
	};
	static const uint8_t fin_wait2[TIMEWAIT_EXIT_COUNT] = {
		[TIMEWAIT_EXIT_UNKNOWN] = LESSON_EXIT_UNKNOWN,	[TIMEWAIT_EXIT_EXPIRED] = LESSON_FIN_WAIT2_EXPIRED,
		[TIMEWAIT_EXIT_RESET] = LESSON_FIN_WAIT2_CUT,	[TIMEWAIT_EXIT_KILLED] = LESSON_KILLED_IN_TIME_WAIT,
		[TIMEWAIT_EXIT_NETNS_GONE] = LESSON_NETNS_GONE,
	};
	const struct timewait *tw = &t->c->side[s->side].timewait;
	const uint8_t *list = tw->substate == TCPS_FIN_WAIT2 ? fin_wait2 : time_wait;

	if (tw->exit < TIMEWAIT_EXIT_COUNT && list[tw->exit])
		teach(t, list[tw->exit], s->side);
}

static enum lesson lesson_of_drop(unsigned int reason)
{
	switch (reason) {
	case DROP_TCP_LISTEN_OVERFLOW:
		return LESSON_NOT_ACCEPTED_QUEUE;
	case DROP_TCP_CSUM:
		return LESSON_NOT_ACCEPTED_CHECKSUM;
	case DROP_TCP_RESET:
	case DROP_TCP_INVALID_SYN:
		return LESSON_CHALLENGE;
	case DROP_TCP_OVERWINDOW:
	case DROP_TCP_OLD_SEQUENCE:
	case DROP_TCP_INVALID_SEQUENCE:
	case DROP_TCP_INVALID_END_SEQUENCE:
		return LESSON_NOT_ACCEPTED_WINDOW;
	}
	return LESSON_NOT_ACCEPTED;
}

static void teach_topic(struct teacher *t, const struct step *s)
{
	static const uint8_t of[STEP_TOPICS] = {
		[TOPIC_ESTABLISHED] = LESSON_ESTABLISHED,
		[TOPIC_HALF_CLOSED] = LESSON_HALF_CLOSED,
		[TOPIC_ACCEPT] = LESSON_ACCEPT,
		[TOPIC_MINISOCKET] = LESSON_FIN_WAIT2_MINISOCKET,
		[TOPIC_CLOSER] = LESSON_CLOSER,
		[TOPIC_HELD] = LESSON_HELD,
		[TOPIC_NEVER_CREATED] = LESSON_NEVER_CREATED,
		[TOPIC_RUNNING] = LESSON_RUNNING,
		[TOPIC_RESTARTED] = LESSON_RESTARTED,
		[TOPIC_RESTARTED_BY_FIN] = LESSON_RESTARTED_BY_FIN,
	};

	if (s->topic == TOPIC_DROPPED)
		teach(t, lesson_of_drop(s->drop_reason), s->side);
	else if (of[s->topic])
		teach(t, of[s->topic], s->side);
}

void lessons_choose(struct lessons *out, const struct sequence *s, const struct conn *c)
{
	struct teacher t = { .out = out, .c = c };

	memset(out, 0, sizeof(*out));
	for (t.at = 0; t.at < s->count; t.at++) {
		const struct step *step = &s->step[t.at];

		if (step->kind == STEP_ARROW)
			teach_arrow(&t, step);
		if (step->kind == STEP_END)
			teach_end(&t, step);
		else
			teach_states(&t, step);
		teach_topic(&t, step);
	}
}

/* ---- words ---- */

const char *lesson_name(enum lesson l)
{
	static const char *const names[LESSON_COUNT] = { [LESSON_NONE] = "NONE",
#define _(name, text) [LESSON_##name] = #name,
							 LESSONS(_)
#undef _
	};

	return l < LESSON_COUNT ? names[l] : "NONE";
}

void lesson_text(struct strbuf *out, const struct lesson_use *use)
{
	static const char *const texts[LESSON_COUNT] = { [LESSON_NONE] = "",
#define _(name, text) [LESSON_##name] = (text),
							 LESSONS(_)
#undef _
	};
	const char *p = texts[use->lesson < LESSON_COUNT ? use->lesson : LESSON_NONE];

	if (use->nth)
		strbuf_printf(out, "%s %u/%u. ", use->teardown ? "Teardown" : "Handshake", use->nth, use->of);
	for (; *p; p++) {
		if (*p != '$')
			strbuf_putc(out, *p);
		else
			strbuf_puts(out, side_word(*++p == 'S' ? use->side : other_side(use->side)));
	}
}
