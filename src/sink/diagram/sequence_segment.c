// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Segments become arrows: those seen on the wire, and those that must have been sent. */
#include <string.h>

#include "core/seq.h"
#include "sink/diagram/sequence_build.h"

static void note_arrow(struct sequence_build *t, const struct step *arrow, uint32_t raw_ack, uint64_t ts_ns)
{
	enum side_name sender = arrow->side, peer = other_side(sender);

	t->sent_ns[sender] = ts_ns;
	t->sent_flags[sender] = arrow->tcp_flags;
	if (arrow->without_effect)
		return;
	if (arrow->tcp_flags & SYN && !t->syn_shown[sender]) {
		t->syn_shown[sender] = true;
		t->syn_ns[sender] = arrow->ts_ns;
	}
	/* A copy before the one that was taken was dropped on its way. */
	if (!t->fin_ns[sender] && ts_ns >= t->c->side[sender].mark[MARK_FIN] && sequence_is_its_fin(t->c, arrow))
		t->fin_ns[sender] = ts_ns;
	if (!(arrow->tcp_flags & ACK) || arrow->tcp_flags & RST)
		return;
	if (t->syn_shown[peer] && !(arrow->tcp_flags & SYN))
		t->handshake_acked = true;
	if (t->fin_ns[peer] && !t->fin_ack_ns[peer] && (arrow->implied || sequence_acks_fin(t->c, peer, raw_ack)))
		t->fin_ack_ns[peer] = ts_ns;
}

static bool sent_before(const struct sequence_build *t, const struct moment *m)
{
	const struct moments *all = &t->c->moments;

	for (const struct moment *o = all->list; o < m; o++) {
		if (o->kind != EVENT_SEGMENT || o->side != m->side ||
		    (o->tcp_flags ^ m->tcp_flags) & (SYN | FIN | RST | ACK))
			continue;
		if (o->seq + o->payload_len == m->seq + m->payload_len &&
		    (m->tcp_flags & (SYN | FIN) || o->ack == m->ack))
			return true;
	}
	return false;
}

/* The state that a side enters in order to send this. */
static bool goes_with(unsigned int state, unsigned int flags)
{
	return (flags & SYN && state == TCPS_SYN_SENT) ||
	       (flags & FIN && (state == TCPS_FIN_WAIT1 || state == TCPS_LAST_ACK)) ||
	       (flags & RST && state == TCPS_CLOSE);
}

/* Takes that state's step out of the sequence and returns the state; 0 = there is none. */
static unsigned int take_state(struct sequence_build *t, const struct step *arrow, uint64_t ts_ns)
{
	struct sequence *s = t->sequence;

	for (size_t i = s->count; i > 0; i--) {
		struct step *step = &s->step[i - 1];
		unsigned int state = step->state[arrow->side];

		if (step->ts_ns && step->ts_ns + TOGETHER_NS < ts_ns)
			break;
		if (step->kind != STEP_STATE || !goes_with(state, arrow->tcp_flags))
			continue;
		memmove(step, step + 1, (s->count - i) * sizeof(*step));
		s->count--;
		return state;
	}
	return 0;
}

void sequence_arrow(struct sequence_build *t, struct step arrow, uint32_t raw_ack, uint64_t ts_ns)
{
	unsigned int state = take_state(t, &arrow, ts_ns);

	if (arrow.tcp_flags & RST) {
		arrow.reset_reason = t->reason[arrow.side];
		t->reason[arrow.side] = 0;
	}
	if (arrow.ts_ns)
		sequence_pause(t, &arrow, raw_ack, ts_ns);
	note_arrow(t, &arrow, raw_ack, ts_ns);
	if (state)
		arrow.state[arrow.side] = state;
	if (arrow.state[arrow.side])
		t->state[arrow.side] = arrow.state[arrow.side];
	*sequence_add_step(t, STEP_ARROW, arrow.side, ts_ns) = arrow;
}

void sequence_segment(struct sequence_build *t, const struct moment *m)
{
	const struct side *s = &t->c->side[m->side], *peer = &t->c->side[other_side(m->side)];
	struct step arrow = {
		.ts_ns = m->ts_ns,
		.kind = STEP_ARROW,
		.side = m->side,
		.tcp_flags = m->tcp_flags,
		.seq = s->isn_known ? seq_relative(m->seq, s->isn) : m->seq,
		.ack = peer->isn_known ? seq_relative(m->ack, peer->isn) : m->ack,
		.relative = s->isn_known,
		.ack_relative = peer->isn_known,
		.payload_len = m->payload_len,
		.window = m->window,
		.again = sent_before(t, m),
		.without_effect =
			m->new_state & SEGMENT_UNUSABLE || (m->tcp_flags & RST && s->mark[MARK_RST] != m->ts_ns),
	};

	if (t->c->path) {
		const struct passage *p = &t->c->path->passage[m - t->c->moments.list];

		arrow.fate = p->fate;
		arrow.delay_ns = p->delay_ns;
	}
	/*
	 * The request socket (NEW_SYN_RECV) exists from here on, but inet_sock_set_state shows only its child, at the
	 * third ACK.
	 */
	if ((m->tcp_flags & (SYN | ACK)) == (SYN | ACK) && m->side == SERVER && side_is_local(s) && !arrow.again &&
	    !(t->c->flags & CONN_SIMULTANEOUS_OPEN) && t->state[SERVER] != TCPS_SYN_RECV)
		arrow.state[SERVER] = TCPS_SYN_RECV;
	sequence_arrow(t, arrow, m->ack, m->ts_ns);
}

/* It has a step of its own, whatever its receiver made of it. */
static bool is_fin_seen(const struct conn *c, enum side_name sender)
{
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (m->kind == EVENT_SEGMENT && m->side == sender && m->tcp_flags & FIN)
			return true;
	}
	return false;
}

struct step *sequence_imply(struct sequence_build *t, enum side_name sender, unsigned int flags, uint64_t ts_ns)
{
	const struct side *s = &t->c->side[sender];
	struct step arrow = {
		.ts_ns = ts_ns,
		.kind = STEP_ARROW,
		.side = sender,
		.tcp_flags = flags,
		.implied = true,
	};

	if (sequence_is_unsent(t->c, sender, flags) || (flags & SYN && (s->mark[MARK_SYN] || t->syn_shown[sender])) ||
	    (flags & FIN && (s->mark[MARK_FIN] || t->fin_ns[sender] || is_fin_seen(t->c, sender))) ||
	    (flags & RST && s->rst_count))
		return NULL;
	sequence_arrow(t, arrow, 0, ts_ns ? ts_ns : t->last_ns);
	return &t->sequence->step[t->sequence->count - 1];
}
