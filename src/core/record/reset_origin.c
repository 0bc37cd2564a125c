// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Compares a RST's TTL with that of its sender's other segments, where the sender's kernel is not here to be asked. */
#include "core/record/reset_origin.h"

/* Shorter than any firewall's or balancer's memory, and longer than a round trip with its retransmissions. */
#define FORGOTTEN_NS 1000000000ULL

/* Two segments of one sender are compared only where both passed. */
static uint8_t place_of(const struct event_segment *e)
{
	return (uint8_t)(e->ifindex * 7 + e->via);
}

void reset_origin_note(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender];

	if (!(e->tcp_flags & TCP_FLAG_RST_BIT)) {
		if (c->track)
			s->heard_ns = e->event.ts_ns;
		if (s->ttl)
			return;
		s->ttl = e->ttl;
		s->ttl_place = place_of(e);
	} else if (s->mark[MARK_RST] == e->event.ts_ns) {
		s->rst_ttl = e->ttl;
		s->rst_place = place_of(e);
		s->rst_left_here = e->via == SEGMENT_VIA_TC_EGRESS && !(e->flags & SEGMENT_NO_SENDER);
		s->rst_bare = !(e->tcp_flags & TCP_FLAG_ACK_BIT);
	}
}

bool reset_origin_is_silent(const struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side];

	return !s->rst_count && !s->reset_sent && s->close_in_process && s->via;
}

int reset_origin_sender(const struct conn *c)
{
	int side = c->verdict.ended_by == ENDED_BY_CLIENT   ? CLIENT
		   : c->verdict.ended_by == ENDED_BY_SERVER ? SERVER
							    : -1;

	switch (c->verdict.ending) {
	case ENDING_RESET:
		return side >= 0 && reset_origin_is_silent(c, side) ? -1 : side;
	case ENDING_REFUSED:
		return side;
	case ENDING_HANDSHAKE_ABORTED:
		return side >= 0 && c->side[side].mark[MARK_RST] ? side : -1;
	default:
		return -1;
	}
}

static bool has_both_ttls(const struct side *s)
{
	return s->mark[MARK_RST] && s->ttl && s->rst_ttl && s->ttl_place == s->rst_place;
}

enum reset_origin reset_origin_decide(const struct conn *c, uint32_t *evidence)
{
	int sender = reset_origin_sender(c);
	const struct side *s;

	if (sender < 0)
		return RESET_ORIGIN_NONE;
	s = &c->side[sender];
	if (s->reset_sent) {
		*evidence |= 1U << VERDICT_EVIDENCE_RESET_REASON;
		return RESET_ORIGIN_PEER;
	}
	if (s->mark[MARK_RST] && (s->rst_left_here || c->flags & CONN_LOOPBACK)) {
		*evidence |= 1U << VERDICT_EVIDENCE_SEGMENT;
		return RESET_ORIGIN_PEER;
	}
	if (!has_both_ttls(s))
		return RESET_ORIGIN_UNKNOWN;
	*evidence |= 1U << VERDICT_EVIDENCE_TTL;
	return s->rst_ttl == s->ttl ? RESET_ORIGIN_PEER : RESET_ORIGIN_PATH;
}

/* For how long it had said nothing before its RST. 0 = not known. */
static uint64_t silence_ns(const struct conn *c, enum side_name sender)
{
	const struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	if (c->track)
		return s->heard_ns && s->mark[MARK_RST] > s->heard_ns ? s->mark[MARK_RST] - s->heard_ns : 0;
	return o->has_stats && o->mark[MARK_CLOSE] ? o->stats.quiet_ms * 1000000ULL : 0;
}

uint64_t reset_origin_forgotten_ns(const struct conn *c, enum side_name sender)
{
	const struct side *s = &c->side[sender];
	uint64_t ns = silence_ns(c, sender);

	if (c->verdict.ending != ENDING_RESET || !s->mark[MARK_RST] || !s->rst_bare || s->reset_sent ||
	    s->mark[MARK_FIN] || s->mark[MARK_CLOSED_HERE])
		return 0;
	return ns >= FORGOTTEN_NS ? ns : 0;
}
