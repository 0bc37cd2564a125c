// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Turns the moments of a connection into the steps of its diagram. Decides which state belongs to which segment, which
 * events are shown, and where a segment that was not seen is implied.
 */
#include "sink/diagram/sequence.h"

#include <stdio.h>
#include <string.h>

#include "core/ending.h"
#include "core/seq.h"
#include "sink/text/text.h"
#include "sink/diagram/sequence_build.h"

#define HANDOVER_NS	1000000000ULL
#define HELD_NS		10000000ULL /* a socket that is freed later after its close has a descriptor still open */
#define MOMENTS_AT_HEAD 48	    /* where moments_add() leaves out */

/* ---- states ---- */

static void put_state(struct sequence_build *t, struct step *step, enum side_name side, unsigned int state)
{
	step->state[side] = state;
	t->state[side] = state;
}

/* Can this segment of the peer have brought a side to that state? */
static bool brings(unsigned int flags, unsigned int state)
{
	switch (state) {
	case TCPS_ESTABLISHED:
	case TCPS_SYN_RECV:
		return flags & (SYN | ACK);
	case TCPS_CLOSE_WAIT:
	case TCPS_CLOSING:
		return flags & FIN;
	case TCPS_TIME_WAIT:
		return flags & (FIN | ACK);
	case TCPS_FIN_WAIT2:
		return flags & ACK;
	case TCPS_CLOSE:
		return flags & (ACK | RST);
	}
	return false;
}

/* Puts a state to the segment that caused it, if that is the step before. */
static bool state_to_arrow(struct sequence_build *t, enum side_name side, unsigned int state, uint64_t ts_ns)
{
	struct sequence *s = t->sequence;

	for (size_t i = s->count; i > 0; i--) {
		struct step *step = &s->step[i - 1];
		bool own_rst = step->side == side && step->tcp_flags & RST && state == TCPS_CLOSE;

		if (step->ts_ns && step->ts_ns + TOGETHER_NS < ts_ns)
			break;
		if (step->without_effect)
			continue;
		if (step->state[side]) {
			if (step->side == side || step->state[side] != TCPS_SYN_RECV || state != TCPS_ESTABLISHED)
				break;
		} else if (step->kind != STEP_ARROW ||
			   !(own_rst || (step->side != side && brings(step->tcp_flags, state)))) {
			continue;
		}
		put_state(t, step, side, state);
		return true;
	}
	return false;
}

static void show_plain_state(struct sequence_build *t, enum side_name side, unsigned int state, uint64_t ts_ns)
{
	if (!state_to_arrow(t, side, state, ts_ns))
		put_state(t, sequence_add_step(t, STEP_STATE, side, ts_ns), side, state);
}

/* TCP Fast Open makes the socket as the SYN arrives: SYN+ACK and the third ACK are still to come. */
static bool is_made_by_syn(const struct conn *c, uint64_t ts_ns)
{
	uint64_t synack = c->side[SERVER].mark[MARK_SYN];

	return c->flags & CONN_FAST_OPEN || synack > ts_ns;
}

/* From LISTEN on the third ACK: all three segments of the handshake have passed. */
static void show_accepted(struct sequence_build *t, uint64_t ts_ns)
{
	struct step *step;

	if (is_made_by_syn(t->c, ts_ns)) {
		step = sequence_imply(t, CLIENT, SYN, ts_ns);
		if (step)
			put_state(t, step, SERVER, TCPS_SYN_RECV);
		else
			show_plain_state(t, SERVER, TCPS_SYN_RECV, ts_ns);
		return;
	}
	if (!(t->c->flags & CONN_EXISTED)) { /* or they were sent before the tracer */
		sequence_imply(t, CLIENT, SYN, 0);
		sequence_imply(t, SERVER, SYN | ACK, 0);
	}
	if (t->state[SERVER] == TCPS_SYN_RECV)
		return;
	step = t->handshake_acked ? NULL : sequence_imply(t, CLIENT, ACK, ts_ns);
	if (step)
		put_state(t, step, SERVER, TCPS_SYN_RECV);
	else
		show_plain_state(t, SERVER, TCPS_SYN_RECV, ts_ns);
}

/*
 * A step into CLOSE that is not the end: tcp_time_wait() hands over to a minisocket, then sets CLOSE. No step shows
 * TIME_WAIT.
 */
static bool is_handover(const struct conn *c, const struct moment *m)
{
	uint64_t made = c->side[m->side].timewait.made_ns;

	return m->new_state == TCPS_CLOSE && made && m->ts_ns < made + HANDOVER_NS && made < m->ts_ns + HANDOVER_NS;
}

static void show_closer(struct sequence_build *t, enum side_name side, uint64_t ts_ns)
{
	const struct actor *closer = &t->c->side[side].actor[CLOSER], *user = conn_actor(t->c, side);
	struct strbuf name = { 0 };

	if (!closer->pid || (user && user->pid == closer->pid))
		return;
	text_actor_name(&name, closer, t->style);
	sequence_note(t, TOPIC_CLOSER, side, ts_ns, "closed by %s[%u]", strbuf_text(&name), closer->pid);
	strbuf_free(&name);
}

static void show_state(struct sequence_build *t, const struct moment *m)
{
	enum side_name side = m->side, peer = other_side(side);
	struct step *step = NULL;

	if (is_handover(t->c, m))
		return;
	switch (m->new_state) {
	case TCPS_SYN_SENT:
		if (t->c->verdict.ending != ENDING_NO_LOCAL_PORT && !sequence_is_unsent(t->c, side, SYN))
			step = sequence_imply(t, side, SYN, m->ts_ns);
		break;
	case TCPS_SYN_RECV:
		if (m->old_state == TCPS_LISTEN) {
			show_accepted(t, m->ts_ns);
			return;
		}
		break;
	case TCPS_ESTABLISHED:
		if (side == CLIENT && !t->c->side[side].restored)
			step = sequence_imply(t, SERVER, SYN | ACK, m->ts_ns);
		break;
	case TCPS_FIN_WAIT1:
	case TCPS_LAST_ACK:
		step = sequence_imply(t, side, FIN | ACK, m->ts_ns);
		break;
	case TCPS_CLOSE_WAIT:
	case TCPS_CLOSING:
		step = sequence_imply(t, peer, FIN | ACK, m->ts_ns);
		if (step) /* its ACK went out with this step */
			t->fin_ack_ns[peer] = m->ts_ns;
		break;
	case TCPS_FIN_WAIT2:
		if (!t->fin_ack_ns[side])
			t->fin_ack_ns[side] = m->ts_ns;
		break;
	}
	if (step)
		put_state(t, step, side, m->new_state);
	else
		show_plain_state(t, side, m->new_state, m->ts_ns);
	if (m->new_state == TCPS_FIN_WAIT1 || m->new_state == TCPS_LAST_ACK)
		show_closer(t, side, m->ts_ns);
	sequence_repair(t, m);
}

/* ---- the rest ---- */

static void show_timewait_end(struct sequence_build *t, const struct moment *m)
{
	const struct timewait *tw = &t->c->side[m->side].timewait;
	uint64_t from = tw->entered_ns ? tw->entered_ns : tw->made_ns;
	struct step *step = sequence_add_step(t, STEP_END, m->side, m->ts_ns);

	put_state(t, step, m->side, TCPS_CLOSE);
	if (tw->existed && from == tw->made_ns) {
		snprintf(step->text, sizeof(step->text), "%s; it had begun before tracing",
			 timewait_exit_name(tw->exit));
		return;
	}
	snprintf(step->text, sizeof(step->text), "%s after %s (nominal %s)", timewait_exit_name(tw->exit),
		 sequence_duration(t, m->ts_ns > from ? m->ts_ns - from : 0).text,
		 sequence_duration(t, timewait_nominal_ns(tw)).text);
}

static void enter_timewait(struct sequence_build *t, const struct moment *m)
{
	struct step *step = sequence_imply(t, other_side(m->side), FIN | ACK, m->ts_ns);

	if (step)
		put_state(t, step, m->side, TCPS_TIME_WAIT);
	else
		show_plain_state(t, m->side, TCPS_TIME_WAIT, m->ts_ns);
}

static void show_timewait(struct sequence_build *t, const struct moment *m)
{
	char flags[FLAG_NAMES_SIZE];

	switch (m->old_state) {
	case TIMEWAIT_START:
		if (m->new_state == TCPS_TIME_WAIT) {
			enter_timewait(t, m);
			break;
		}
		if (t->state[m->side] != TCPS_FIN_WAIT2)
			show_plain_state(t, m->side, TCPS_FIN_WAIT2, m->ts_ns);
		sequence_note(t, TOPIC_MINISOCKET, m->side, m->ts_ns, "orphaned: a minisocket waits for the FIN");
		break;
	case TIMEWAIT_RESTART:
		if (t->state[m->side] != TCPS_TIME_WAIT) {
			enter_timewait(t, m);
			break;
		}
		text_flag_names(m->tcp_flags, flags);
		sequence_note(t, m->tcp_flags & FIN ? TOPIC_RESTARTED_BY_FIN : TOPIC_RESTARTED, m->side, m->ts_ns,
			      "TIME_WAIT restarted%s%s", *flags ? " by " : "", flags);
		break;
	case TIMEWAIT_END:
		show_timewait_end(t, m);
		break;
	}
}

static bool on_wire_near(const struct sequence_build *t, const struct moment *m)
{
	const struct moments *all = &t->c->moments;

	for (unsigned int i = 0; i < all->count; i++) {
		const struct moment *o = &all->list[i];
		uint64_t apart = o->ts_ns > m->ts_ns ? o->ts_ns - m->ts_ns : m->ts_ns - o->ts_ns;

		if (o->kind == EVENT_SEGMENT && o->side == m->side && apart < TOGETHER_NS)
			return true;
	}
	return false;
}

/* Only where the segment was not seen: data are not recorded, and egress may not be watched. */
static void show_retransmit(struct sequence_build *t, const struct moment *m)
{
	const struct side *s = &t->c->side[m->side];
	struct step arrow = {
		.ts_ns = m->ts_ns,
		.kind = STEP_ARROW,
		.side = m->side,
		.implied = true,
		.again = true,
	};

	if (on_wire_near(t, m) || sequence_was_dropped_leaving(t->c, m->side, m->ts_ns))
		return;
	switch (m->old_state) {
	case TCPS_SYN_SENT:
		arrow.tcp_flags = SYN;
		break;
	case TCPS_SYN_RECV:
	case TCPS_NEW_SYN_RECV:
		arrow.tcp_flags = SYN | ACK;
		break;
	case TCPS_FIN_WAIT1:
	case TCPS_LAST_ACK:
	case TCPS_CLOSING:
		if (!s->mark[MARK_FIN] || !seq_before(m->seq, s->fin_seq))
			arrow.tcp_flags = FIN | ACK;
		break;
	}
	if (!arrow.tcp_flags) {
		arrow.seq = s->isn_known ? seq_relative(m->seq, s->isn) : m->seq;
		arrow.relative = s->isn_known;
	}
	sequence_arrow(t, arrow, 0, m->ts_ns);
}

/* Where TCP_LINGER2 is negative the answer to the FIN is reset with the reason of data after close(); none came then.
 */
static uint8_t reset_reason(const struct side *sender, const struct moment *m)
{
	if (m->arg != RESET_SENT)
		return RESET_UNKNOWN;
	if (m->tcp_flags == RESET_TCP_ABORT_ON_DATA && sender->linger2_negative && !sender->err)
		return RESET_TCP_ABORT_ON_LINGER;
	return m->tcp_flags;
}

/* The kernel's reason belongs to the RST just before, or to the one that comes next. */
static void show_reset(struct sequence_build *t, const struct moment *m)
{
	enum side_name sender = m->arg == RESET_SENT ? m->side : other_side(m->side);
	struct sequence *s = t->sequence;
	uint8_t reason = reset_reason(&t->c->side[sender], m);

	for (size_t i = s->count; i > 0; i--) {
		struct step *step = &s->step[i - 1];

		if (step->ts_ns && step->ts_ns + TOGETHER_NS < m->ts_ns)
			break;
		if (step->kind == STEP_ARROW && step->side == sender && step->tcp_flags & RST) {
			if (!step->reset_reason)
				step->reset_reason = reason;
			return;
		}
	}
	t->reason[sender] = reason;
	sequence_imply(t, sender, RST, m->ts_ns);
}

static void show_accept(struct sequence_build *t, const struct moment *m)
{
	uint64_t since = t->c->side[m->side].mark[MARK_ESTABLISHED];

	if (since && since <= m->ts_ns)
		sequence_note(t, TOPIC_ACCEPT, m->side, m->ts_ns, "accept() after %s",
			      sequence_duration(t, m->ts_ns - since).text);
	else
		sequence_note(t, TOPIC_ACCEPT, m->side, m->ts_ns, "accept()");
}

static void show_free(struct sequence_build *t, const struct moment *m)
{
	uint64_t closed = t->c->side[m->side].mark[MARK_CLOSE];

	if (closed && m->ts_ns > closed + HELD_NS)
		sequence_note(t, TOPIC_HELD, m->side, m->ts_ns, "descriptor still open for %s",
			      sequence_duration(t, m->ts_ns - closed).text);
}

static void show_rest(struct sequence_build *t, uint64_t now_ns)
{
	for (int i = CLIENT; i < SIDES; i++) {
		const struct timewait *tw = &t->c->side[i].timewait;
		uint64_t from = tw->entered_ns ? tw->entered_ns : tw->made_ns;

		if (tw->exit == TIMEWAIT_EXIT_NEVER_CREATED)
			sequence_note(t, TOPIC_NEVER_CREATED, i, t->last_ns, "no TIME_WAIT: %s",
				      "tcp_max_tw_buckets or memory");
		if (tw->ended_ns && !timewait_end_is_seen(tw))
			sequence_note(t, TOPIC_END_UNSEEN, i, t->last_ns, "its end was not seen (nominal %s)",
				      sequence_duration(t, timewait_nominal_ns(tw)).text);
		if (!tw->made_ns || tw->ended_ns)
			continue;
		if (tw->existed && from == tw->made_ns) {
			sequence_note(t, TOPIC_RUNNING, i, now_ns > t->last_ns ? now_ns : t->last_ns,
				      "in %s since before tracing", tcp_state_name(tw->substate));
			continue;
		}
		sequence_note(t, TOPIC_RUNNING, i, now_ns > t->last_ns ? now_ns : t->last_ns,
			      "running for %s (nominal %s)",
			      sequence_duration(t, now_ns > from ? now_ns - from : 0).text,
			      sequence_duration(t, timewait_nominal_ns(tw)).text);
	}
}

static void show(struct sequence_build *t, const struct moment *m)
{
	static void (*const builders[EVENT_KINDS])(struct sequence_build * t, const struct moment *m) = {
		[EVENT_STATE] = show_state,
		[EVENT_SEGMENT] = sequence_segment,
		[EVENT_RETRANSMIT] = show_retransmit,
		[EVENT_RESET] = show_reset,
		[EVENT_TIMEWAIT] = show_timewait,
		[EVENT_ACCEPT] = show_accept,
		[EVENT_FREE] = show_free,
		[EVENT_DROP] = sequence_drop,
		[EVENT_ICMP] = sequence_icmp,
		[EVENT_ERROR] = sequence_error,
	};

	if (m->kind < EVENT_KINDS && builders[m->kind])
		builders[m->kind](t, m);
}

static bool is_done_by_next(const struct conn *c, unsigned int i)
{
	const struct moment *m = &c->moments.list[i];

	return m->kind == EVENT_TIMEWAIT && i + 1U < c->moments.count && m[1].kind == EVENT_SEGMENT &&
	       m[1].ts_ns == m->ts_ns;
}

void sequence_tell(struct sequence *s, const struct conn *c, unsigned int style, uint64_t now_ns)
{
	struct sequence_build t = { .sequence = s, .c = c, .style = style };

	s->count = 0;
	for (unsigned int i = 0; i < c->moments.count; i++) {
		if (i == MOMENTS_AT_HEAD && c->moments.dropped)
			sequence_note(&t, TOPIC_NONE, CLIENT, c->moments.list[i].ts_ns, "(%u step%s left out)",
				      c->moments.dropped, human_s(c->moments.dropped));
		/* The segment that caused it comes first, also where both have the time of the segment. */
		if (is_done_by_next(c, i)) {
			show(&t, &c->moments.list[i + 1]);
			show(&t, &c->moments.list[i++]);
		} else {
			show(&t, &c->moments.list[i]);
		}
	}
	show_rest(&t, now_ns);
}
