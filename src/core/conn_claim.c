// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which segment acknowledged a SYN or a FIN, which FIN was taken and which RST ended the connection. A claim is
 * made as the segment passes, put right by the step of the socket that it concerns, and withdrawn at the end if no step
 * bears it out.
 */
#include "core/conn_claim.h"

#include <errno.h>

#include "core/segment.h"
#include "core/seq.h"

#define ACTIVE_RESET_NS 10000000ULL /* ss -K, a keepalive timer: their RST leaves just before the step into CLOSE */

/* ---- looking back ---- */

/* A segment that is looked for. */
struct search {
	uint8_t sender, with, without; /* TCP flags */
	bool by_ack, by_end, by_seq;
	uint32_t ack, end, seq;
	uint64_t from_ns, until_ns; /* until 0 = until now */
};

static uint32_t moment_end(const struct moment *m)
{
	return segment_end(m->seq, m->payload_len, m->tcp_flags);
}

static bool is_match(const struct moment *m, const struct search *s)
{
	return m->kind == EVENT_SEGMENT && m->side == s->sender && !(m->new_state & SEGMENT_UNUSABLE) &&
	       (m->tcp_flags & s->with) == s->with && !(m->tcp_flags & s->without) &&
	       (!s->by_ack || m->ack == s->ack) && (!s->by_end || moment_end(m) == s->end) &&
	       (!s->by_seq || m->seq == s->seq) && m->ts_ns >= s->from_ns && (!s->until_ns || m->ts_ns <= s->until_ns);
}

static const struct moment *find_first(const struct conn *c, const struct search *s)
{
	for (unsigned int i = 0; i < c->moments.count; i++) {
		if (is_match(&c->moments.list[i], s))
			return &c->moments.list[i];
	}
	return NULL;
}

static const struct moment *find_last(const struct conn *c, const struct search *s)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		if (is_match(&c->moments.list[i - 1], s))
			return &c->moments.list[i - 1];
	}
	return NULL;
}

static uint16_t count(const struct conn *c, const struct search *s)
{
	uint16_t n = 0;

	for (unsigned int i = 0; i < c->moments.count; i++)
		n += is_match(&c->moments.list[i], s);
	return n;
}

static uint64_t time_of(const struct moment *m)
{
	return m ? m->ts_ns : 0;
}

/* ---- what a socket's steps say ---- */

/* A socket whose steps are seen: what it took is known from them. */
static bool is_witness(const struct side *s)
{
	return side_has_socket(s) && s->state;
}

bool conn_fin_was_acked(const struct side *s)
{
	if (s->mark[MARK_FIN_WAIT2] || s->timewait.made_ns)
		return true;
	if (!s->mark[MARK_CLOSE] || s->err)
		return false;
	/* Where the peer had no room for the FIN it was not even sent. */
	if (s->has_stats && s->stats.unsent)
		return false;
	/* LAST_ACK and CLOSING end by the ACK of all that was sent, or by an abort before it. */
	return (s->last_open_state == TCPS_LAST_ACK || s->last_open_state == TCPS_CLOSING) &&
	       (!s->numbers_known || s->snd_una == s->snd_nxt) && !s->reset_received;
}

bool conn_took_fin(const struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side];

	return s->mark[MARK_CLOSE_WAIT] || s->fin_taken || s->timewait.entered_ns || side_had_taken_fin(s);
}

/* ---- handshake ---- */

/* The first SYN of a side that has this number is its SYN: others were of another connection, or nobody's. */
static void claim_syn(struct conn *c, enum side_name side, uint32_t isn)
{
	struct side *s = &c->side[side];
	struct search syn = { .sender = side, .with = TCP_FLAG_SYN_BIT, .by_seq = true, .seq = isn };

	if (s->isn_known && s->isn == isn)
		return;
	s->isn = isn;
	s->isn_known = true;
	if (s->mark[MARK_SYN])
		s->mark[MARK_SYN] = time_of(find_first(c, &syn));
}

/* connect() succeeded: by the last SYN+ACK before that. */
static void claim_synack(struct conn *c, enum side_name opener, uint64_t ts_ns)
{
	enum side_name peer = other_side(opener);
	struct search synack = { .sender = peer,
				 .with = SEGMENT_SYN_ACK,
				 .without = TCP_FLAG_RST_BIT,
				 .by_seq = c->side[peer].isn_known,
				 .seq = c->side[peer].isn,
				 .until_ns = ts_ns };

	c->side[opener].mark[MARK_SYN_ACKED] = time_of(find_last(c, &synack));
}

/* The ACK that completed the handshake of an accepted socket; ack: what it acknowledged. */
static void claim_third_ack(struct conn *c, enum side_name side, uint32_t ack, uint64_t ts_ns)
{
	struct search third = { .sender = other_side(side),
				.with = TCP_FLAG_ACK_BIT,
				.without = TCP_FLAG_RST_BIT,
				.by_ack = true,
				.ack = ack,
				.until_ns = ts_ns };

	c->side[side].mark[MARK_SYN_ACKED] = time_of(find_last(c, &third));
}

static void step_established(struct conn *c, enum side_name side, const struct event_state *e)
{
	struct side *s = &c->side[side];

	if (e->flags & STATE_ISN_VALID) {
		claim_syn(c, side, e->isn);
		claim_syn(c, other_side(side), e->peer_isn);
	}
	if (e->old_state == TCPS_SYN_SENT)
		claim_synack(c, side, e->event.ts_ns);
	else if (s->isn_known && (side == CLIENT || c->flags & CONN_FAST_OPEN || !s->mark[MARK_SYN_RECV]))
		claim_third_ack(c, side, s->numbers_known ? s->snd_una : s->isn + 1, e->event.ts_ns);
}

/* ---- teardown ---- */

static void note_half_close(struct conn *c, enum side_name second, const struct moment *ack)
{
	const struct side *first = &c->side[other_side(second)];
	struct side *s = &c->side[second];

	/* Unless nobody took that FIN. */
	if (s->mark[MARK_FIN] && s->mark[MARK_FIN] < ack->ts_ns &&
	    (!is_witness(first) || conn_took_fin(c, other_side(second))))
		return;
	/* What it sent again it had sent before: what the socket has is behind that. */
	s->seq_at_peer_fin = first->numbers_known && seq_before(ack->seq, first->rcv_nxt) ? first->rcv_nxt : ack->seq;
	s->taken_at_peer_fin = first->numbers_known ? first->rcv_nxt : s->seq_at_peer_fin;
	s->seq_at_peer_fin_known = true;
}

static void claim_fin_ack(struct conn *c, enum side_name side, const struct moment *ack)
{
	struct side *s = &c->side[side];

	s->mark[MARK_FIN_ACKED] = time_of(ack);
	s->fin_acked_with_fin = ack && ack->tcp_flags & TCP_FLAG_FIN_BIT;
	c->side[other_side(side)].seq_at_peer_fin_known = false;
	if (ack)
		note_half_close(c, other_side(side), ack);
}

/* The socket's FIN was acknowledged: by the last such ACK before the step. */
static void step_fin_acked(struct conn *c, enum side_name side, uint64_t ts_ns)
{
	struct side *s = &c->side[side];
	struct search fin = { .sender = side, .with = TCP_FLAG_FIN_BIT, .by_end = true, .until_ns = ts_ns };
	struct search ack = { .sender = other_side(side),
			      .with = TCP_FLAG_ACK_BIT,
			      .without = TCP_FLAG_RST_BIT | TCP_FLAG_SYN_BIT,
			      .by_ack = true,
			      .until_ns = ts_ns };

	if (s->numbers_known) {
		fin.end = s->snd_una;
		if (!s->mark[MARK_FIN] || s->fin_seq + 1 != s->snd_una)
			s->mark[MARK_FIN] = time_of(find_first(c, &fin));
		s->fin_seq = s->snd_una - 1;
	} else if (!s->mark[MARK_FIN]) {
		return;
	}
	ack.ack = s->fin_seq + 1;
	claim_fin_ack(c, side, find_last(c, &ack));
	if (s->numbers_known && !s->mark[MARK_FIN_ACKED] && s->state == TCPS_FIN_WAIT2) {
		c->side[other_side(side)].seq_at_peer_fin = s->rcv_nxt;
		c->side[other_side(side)].taken_at_peer_fin = s->rcv_nxt;
		c->side[other_side(side)].seq_at_peer_fin_known = true;
	}
}

void conn_claim_fin_taken(struct conn *c, enum side_name side, uint32_t fin_end, uint64_t ts_ns)
{
	enum side_name peer = other_side(side);
	struct side *s = &c->side[side], *o = &c->side[peer];
	struct search fin = { .sender = peer,
			      .with = TCP_FLAG_FIN_BIT,
			      .without = TCP_FLAG_RST_BIT,
			      .by_end = true,
			      .end = fin_end,
			      .until_ns = ts_ns };
	struct search ack = { .sender = side,
			      .with = TCP_FLAG_ACK_BIT,
			      .without = TCP_FLAG_RST_BIT | TCP_FLAG_SYN_BIT,
			      .by_ack = true,
			      .ack = fin_end };

	s->fin_taken = true;
	if (s->fin_acked_with_fin) {
		/* That FIN may have been another one, out of order, which was not taken. */
		fin.from_ns = fin.until_ns = s->mark[MARK_FIN_ACKED];
		s->fin_acked_with_fin = find_last(c, &fin) != NULL;
		fin.from_ns = 0;
		fin.until_ns = ts_ns;
	}
	if (o->mark[MARK_FIN] && o->fin_seq + 1 == fin_end)
		return;
	o->fin_seq = fin_end - 1;
	o->mark[MARK_FIN] = time_of(find_first(c, &fin));
	o->fin_count = count(c, &fin);
	if (is_witness(o))
		return; /* its own step says when it was acknowledged */
	ack.from_ns = o->mark[MARK_FIN];
	claim_fin_ack(c, peer, find_first(c, &ack));
}

/* Without the socket's numbers: the last FIN that came. */
static void step_fin_taken(struct conn *c, enum side_name side, uint64_t ts_ns)
{
	const struct side *s = &c->side[side];
	struct search fin = {
		.sender = other_side(side), .with = TCP_FLAG_FIN_BIT, .without = TCP_FLAG_RST_BIT, .until_ns = ts_ns
	};
	const struct moment *m;

	if (s->numbers_known) {
		conn_claim_fin_taken(c, side, s->rcv_nxt, ts_ns);
		return;
	}
	m = find_last(c, &fin);
	if (m)
		conn_claim_fin_taken(c, side, moment_end(m), ts_ns);
	else
		c->side[side].fin_taken = true;
}

/* ---- reset ---- */

static bool was_reset(const struct side *s)
{
	return s->reset_received || s->err == ECONNRESET || s->err == EPIPE || s->err == ECONNREFUSED;
}

/* The RST that the socket took: of those before the step the last one that bears the number it waits for (RFC 5961 3).
 */
static void step_reset(struct conn *c, enum side_name side, uint64_t ts_ns)
{
	const struct side *s = &c->side[side];
	struct side *o = &c->side[other_side(side)];
	struct search rst = { .sender = other_side(side), .with = TCP_FLAG_RST_BIT, .until_ns = ts_ns };
	const struct moment *m = NULL;

	if (s->last_open_state == TCPS_SYN_SENT) {
		rst.by_ack = s->isn_known && !s->syn_data;
		rst.ack = s->isn + 1;
	} else if (s->numbers_known) {
		rst.by_seq = true;
		rst.seq = s->rcv_nxt;
	}
	m = find_last(c, &rst);
	if (!m) {
		rst.by_seq = rst.by_ack = false;
		m = find_last(c, &rst);
	}
	o->mark[MARK_RST] = time_of(m);
	if (m)
		o->rst_seq = m->seq;
}

void conn_claim_minisocket_reset(struct conn *c, enum side_name side, uint64_t ts_ns)
{
	struct side *s = &c->side[side], *o = &c->side[other_side(side)];
	struct search rst = {
		.sender = side, .with = TCP_FLAG_RST_BIT, .from_ns = s->timewait.made_ns, .until_ns = ts_ns
	};
	const struct moment *own = find_last(c, &rst), *peers;

	rst.sender = other_side(side);
	peers = find_last(c, &rst);
	if (!peers || (own && own->ts_ns > peers->ts_ns)) {
		o->mark[MARK_RST] = 0;
		return;
	}
	o->mark[MARK_RST] = peers->ts_ns;
	o->rst_seq = peers->seq;
	s->mark[MARK_RST] = 0;
}

static void step_close(struct conn *c, enum side_name side, const struct event_state *e)
{
	const struct side *s = &c->side[side];

	if ((e->old_state == TCPS_LAST_ACK || e->old_state == TCPS_CLOSING) && conn_fin_was_acked(s))
		step_fin_acked(c, side, e->event.ts_ns);
	if (was_reset(s))
		step_reset(c, side, e->event.ts_ns);
}

void conn_claim_step(struct conn *c, enum side_name side, const struct event_state *e)
{
	struct side *s = &c->side[side];

	switch (e->new_state) {
	case TCPS_SYN_RECV:
		if (e->old_state == TCPS_LISTEN && s->isn_known && !(c->flags & CONN_FAST_OPEN))
			claim_third_ack(c, side, s->isn + 1, e->event.ts_ns);
		break;
	case TCPS_ESTABLISHED:
		step_established(c, side, e);
		break;
	case TCPS_FIN_WAIT2:
		step_fin_acked(c, side, e->event.ts_ns);
		break;
	case TCPS_CLOSE_WAIT:
	case TCPS_CLOSING:
		step_fin_taken(c, side, e->event.ts_ns);
		break;
	case TCPS_CLOSE:
		step_close(c, side, e);
		break;
	}
}

/* ---- segments ---- */

static void segment_syn(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	uint32_t data = e->payload_len + !!(e->tcp_flags & TCP_FLAG_FIN_BIT); /* what is acknowledged with it */

	if (s->isn_known && s->mark[MARK_SYN]) {
		/* Sent again with data, for one that was dropped without. */
		if (s->isn == e->seq && !o->mark[MARK_SYN] && data > s->syn_data)
			s->syn_data = data;
		return;
	}
	s->syn_data = data;
	if (o->syn_data && (e->tcp_flags & TCP_FLAG_ACK_BIT) && seq_after(e->ack, o->isn + 1))
		c->flags |= CONN_FAST_OPEN;
	s->isn = e->seq;
	s->isn_known = true;
	if (!s->mark[MARK_SYN])
		s->mark[MARK_SYN] = e->event.ts_ns;
	if (sender == SERVER && !(e->tcp_flags & TCP_FLAG_ACK_BIT))
		c->flags |= CONN_SIMULTANEOUS_OPEN;
}

/* Behind the SYN, and no more than a SYN of TCP Fast Open carried. In a capture, which has every segment, an ACK of
 * data shows as well that the SYN was acknowledged by then. */
static bool acks_syn(const struct conn *c, enum side_name of, uint32_t ack)
{
	const struct side *s = &c->side[of];
	uint32_t beyond = ack - (s->isn + 1);

	if (!s->isn_known)
		return false;
	if (c->track)
		return !seq_before(ack, s->isn + 1);
	return beyond == 0 || beyond <= s->syn_data || (of == SERVER && c->flags & CONN_FAST_OPEN && beyond < 1 << 16);
}

/* Behind a FIN nothing can be acknowledged. */
static bool acks_fin(const struct conn *c, const struct side *s, uint32_t ack)
{
	if (c->track)
		return !seq_before(ack, s->fin_seq + 1);
	return ack == s->fin_seq + 1 && !conn_fin_was_acked(s);
}

static void segment_ack(struct conn *c, enum side_name sender, const struct moment *m)
{
	enum side_name peer = other_side(sender);
	struct side *o = &c->side[peer];

	if (!o->mark[MARK_SYN_ACKED] && !o->mark[MARK_ESTABLISHED] && !o->mark[MARK_SYN_RECV] &&
	    acks_syn(c, peer, m->ack))
		o->mark[MARK_SYN_ACKED] = m->ts_ns;
	/* Established, though the ACK that made it so was not seen. */
	if (sender == CLIENT && o->isn_known && o->mark[MARK_SYN] && seq_after(m->ack, o->isn))
		c->flags |= CONN_ESTABLISHED_SEEN;
	if (o->mark[MARK_FIN] && !o->mark[MARK_FIN_ACKED] && acks_fin(c, o, m->ack))
		claim_fin_ack(c, peer, m);
}

/* What comes now comes too late for it. */
static bool is_over(const struct side *s)
{
	return s->id && s->state == TCPS_CLOSE && !side_in_timewait(s);
}

/* A socket on this host shows it by its step into CLOSING. */
static bool fins_crossed_on_wire(const struct conn *c, const struct side *o)
{
	return !side_is_local(&c->side[CLIENT]) && !side_is_local(&c->side[SERVER]) && o->mark[MARK_FIN] &&
	       !o->mark[MARK_FIN_ACKED];
}

static void segment_fin(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];
	uint32_t fin_seq = e->seq + e->payload_len;

	if (is_over(o))
		return;
	if (s->mark[MARK_FIN] && s->fin_seq == fin_seq) {
		s->fin_count++;
		return;
	}
	/* Another FIN than the one before: that one was out of window, or damaged, and nobody took it. */
	if (s->mark[MARK_FIN] && (s->mark[MARK_FIN_ACKED] || conn_took_fin(c, other_side(sender))))
		return;
	s->fin_seq = fin_seq;
	s->fin_count = 1;
	s->mark[MARK_FIN] = e->event.ts_ns;
	if (fins_crossed_on_wire(c, o))
		c->flags |= CONN_SIMULTANEOUS_CLOSE;
}

/*
 * In a half-open connection a RST answers an ACK of what was never sent, too: it bears that ACK's number, and the
 * request stays (RFC 9293 3.10.7.4, tcp_check_req()). The one that ends it bears the number behind the SYN+ACK, or 0 in
 * answer to a segment without ACK; one that refuses a SYN acknowledges that very SYN.
 */
static bool is_acceptable_reset(const struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	if (conn_fins_acked(c) || is_over(o))
		return false;
	if (sender == CLIENT || s->mark[MARK_ESTABLISHED] || (s->mark[MARK_SYN_ACKED] && !s->id))
		return true;
	if (s->mark[MARK_SYN])
		return !e->seq || e->seq == s->isn + 1;
	return !(e->tcp_flags & TCP_FLAG_ACK_BIT) || acks_syn(c, other_side(sender), e->ack);
}

/* The RST that its kernel sent for it answered a wrong segment: the socket went on, and closed later. */
static bool outlived_its_reset(const struct side *s)
{
	static const uint8_t steps[] = { MARK_ESTABLISHED, MARK_CLOSED_HERE, MARK_CLOSE_WAIT, MARK_FIN_WAIT2 };

	if (!is_witness(s))
		return false;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (s->mark[steps[i]] > s->mark[MARK_RST])
			return true;
	return !s->mark[MARK_CLOSE] || s->mark[MARK_RST] + ACTIVE_RESET_NS < s->mark[MARK_CLOSE];
}

static void segment_reset(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender];

	s->rst_count++;
	if (!c->track && !is_acceptable_reset(c, sender, e))
		return;
	/* Of several the first that can have been taken; where a socket decides, its step chooses. */
	if (s->mark[MARK_RST] && !c->track && !is_witness(&c->side[other_side(sender)]) && !outlived_its_reset(s))
		return;
	s->rst_seq = e->seq;
	s->mark[MARK_RST] = e->event.ts_ns;
}

/* The request is there, and took none. */
static void forget_resets(struct conn *c, enum side_name sender)
{
	c->side[sender].mark[MARK_RST] = 0;
	for (unsigned int i = 0; i < c->moments.count; i++) {
		struct moment *m = &c->moments.list[i];

		if (m->kind == EVENT_SEGMENT && m->side == sender && m->tcp_flags & TCP_FLAG_RST_BIT)
			m->new_state |= SEGMENT_ODD;
	}
}

void conn_claim_segment(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct moment m = { .ts_ns = e->event.ts_ns, .seq = e->seq, .ack = e->ack, .tcp_flags = e->tcp_flags };

	if (e->tcp_flags & TCP_FLAG_SYN_BIT)
		segment_syn(c, sender, e);
	if ((e->tcp_flags & TCP_FLAG_ACK_BIT) && !(e->tcp_flags & TCP_FLAG_RST_BIT))
		segment_ack(c, sender, &m);
	if (e->tcp_flags & TCP_FLAG_FIN_BIT)
		segment_fin(c, sender, e);
	if (e->tcp_flags & TCP_FLAG_RST_BIT)
		segment_reset(c, sender, e);
	else if (sender == SERVER && c->side[SERVER].state == TCPS_NEW_SYN_RECV && c->side[CLIENT].mark[MARK_RST])
		forget_resets(c, CLIENT);
}

/* ---- taken back ---- */

static void drop_fin(struct conn *c, enum side_name sender)
{
	struct side *s = &c->side[sender];
	struct search fin = { .sender = sender, .with = TCP_FLAG_FIN_BIT, .without = TCP_FLAG_RST_BIT };
	const struct moment *last = find_last(c, &fin), *first;

	s->mark[MARK_FIN] = 0;
	/* Two FINs are needed to cross; a socket in CLOSING has both. */
	if (!last && c->side[CLIENT].state != TCPS_CLOSING && c->side[SERVER].state != TCPS_CLOSING)
		c->flags &= ~CONN_SIMULTANEOUS_CLOSE;
	if (!last)
		return;
	fin.by_end = true;
	fin.end = moment_end(last);
	first = find_first(c, &fin);
	s->fin_seq = fin.end - 1;
	s->mark[MARK_FIN] = time_of(first);
	s->fin_count = count(c, &fin);
}

void conn_claim_dropped(struct conn *c, enum side_name sender, struct moment *m, bool is_damaged)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];
	struct search ack = { .sender = sender, .with = TCP_FLAG_ACK_BIT, .without = TCP_FLAG_RST_BIT, .by_ack = true };
	struct search rst = { .sender = sender, .with = TCP_FLAG_RST_BIT };

	m->new_state |= SEGMENT_DROPPED;
	if (o->mark[MARK_SYN_ACKED] == m->ts_ns) {
		ack.ack = o->isn + 1;
		o->mark[MARK_SYN_ACKED] = time_of(find_first(c, &ack));
	}
	if (o->mark[MARK_FIN_ACKED] == m->ts_ns) {
		ack.ack = o->fin_seq + 1;
		claim_fin_ack(c, other_side(sender), find_first(c, &ack));
	}
	if (is_damaged && m->tcp_flags & TCP_FLAG_SYN_BIT && m->tcp_flags & TCP_FLAG_ACK_BIT &&
	    s->mark[MARK_SYN] == m->ts_ns) {
		s->mark[MARK_SYN] = 0;
		s->isn_known = false;
	}
	if (s->mark[MARK_FIN] == m->ts_ns)
		drop_fin(c, sender);
	if (s->mark[MARK_RST] == m->ts_ns)
		s->mark[MARK_RST] = time_of(find_first(c, &rst));
}

/* ---- the end ---- */

static bool closed_orderly(const struct side *s)
{
	return s->timewait.entered_ns || (s->last_open_state == TCPS_LAST_ACK && conn_fin_was_acked(s));
}

/* Data for a FIN_WAIT2 minisocket ends it as well, by its own RST. */
static bool reset_took_minisocket(const struct side *s, const struct side *o)
{
	return s->timewait.exit == TIMEWAIT_EXIT_RESET && o->mark[MARK_RST] <= s->timewait.ended_ns &&
	       (s->timewait.entered_ns || o->mark[MARK_RST] >= s->timewait.made_ns);
}

/* What the other side sent to a socket that closed, and it did not take. */
static void settle_receiver(struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side];
	enum side_name peer = other_side(side);
	struct side *o = &c->side[peer];

	if (!was_reset(s) && !reset_took_minisocket(s, o))
		o->mark[MARK_RST] = 0;
	if (conn_took_fin(c, side))
		return;
	o->mark[MARK_FIN] = 0;
	if (o->mark[MARK_FIN_ACKED])
		claim_fin_ack(c, peer, NULL);
}

/* What a socket that closed sent, and what came of it. */
static void settle_sender(struct conn *c, enum side_name side)
{
	struct side *s = &c->side[side];
	const struct side *o = &c->side[other_side(side)];
	bool by_peer = o->mark[MARK_RST] && (was_reset(s) || reset_took_minisocket(s, o));

	if (closed_orderly(s) || outlived_its_reset(s) || by_peer)
		s->mark[MARK_RST] = 0;
	if (s->mark[MARK_FIN_ACKED] && !conn_fin_was_acked(s))
		claim_fin_ack(c, side, NULL);
}

void conn_claim_settle(struct conn *c)
{
	if (c->track || c->flags & (CONN_STEPS_MISSED | CONN_LOSSY | CONN_EXISTED | CONN_MIDSTREAM | CONN_SELF))
		return;
	for (int i = CLIENT; i < SIDES; i++) {
		if (!is_witness(&c->side[i]) || !c->side[i].mark[MARK_CLOSE])
			continue;
		settle_receiver(c, i);
		settle_sender(c, i);
	}
}
