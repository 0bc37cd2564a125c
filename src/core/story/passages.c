// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A segment that left and one that came are the same if flags and numbers are: address translation changes neither.
 * Nothing is called lost, and no RST injected, unless both hosts report all that passed them, and there was a socket at
 * the time to which the segment belonged: what comes after its end is no longer this connection's at that host.
 */
#include "core/story/passages.h"

#include <string.h>

#define KINDS (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT)
#define KEY   (KINDS | TCP_FLAG_ACK_BIT)

static bool is_segment(const struct moment *m, enum side_name side)
{
	return m->kind == EVENT_SEGMENT && m->side == side && m->tcp_flags & KINDS;
}

/* A FIN may come in one piece with the data before it (GRO), or without them: where it ends is the same. */
static bool is_same(const struct moment *a, const struct moment *b)
{
	if ((a->tcp_flags ^ b->tcp_flags) & KEY || a->seq + a->payload_len != b->seq + b->payload_len)
		return false;
	return !(a->tcp_flags & TCP_FLAG_ACK_BIT) || a->ack == b->ack;
}

/* The last that was sent before that one came, and is not taken yet; -1 = none. */
static int find_sent(const struct conn *sender, const struct passages *p, const struct moment *m, uint64_t not_after_ns)
{
	for (int i = sender->moments.count - 1; i >= 0; i--) {
		const struct moment *s = &sender->moments.list[i];

		if (is_segment(s, (enum side_name)m->side) && p->sent[i].fate == PASSAGE_UNKNOWN && is_same(s, m) &&
		    s->ts_ns <= not_after_ns)
			return i;
	}
	return -1;
}

static void match(const struct conn *sender, const struct conn *receiver, enum side_name side, int64_t by,
		  uint64_t error_ns, struct passages *p)
{
	for (int r = receiver->moments.count - 1; r >= 0; r--) {
		const struct moment *m = &receiver->moments.list[r];
		uint64_t came_ns = m->ts_ns + (uint64_t)by;
		int s = is_segment(m, side) ? find_sent(sender, p, m, came_ns + error_ns) : -1;

		if (s < 0)
			continue;
		p->sent[s] = (struct passage) { .delay_ns = (int64_t)(came_ns - sender->moments.list[s].ts_ns),
						.fate = PASSAGE_ARRIVED };
		p->received[r] = p->sent[s];
	}
}

/* Does the half know of all that passed its host, and had its end a socket here? */
static bool is_whole(const struct conn *half, enum side_name own)
{
	return half->flags & CONN_COMPLETE && !half->moments.dropped && side_is_local(&half->side[own]) &&
	       !(half->flags & (CONN_UNDECIDED | CONN_SIMULTANEOUS_OPEN));
}

/* Was there a socket or minisocket of the half's own end at that time, by its clock? */
static bool had_socket(const struct conn *half, enum side_name own, uint64_t ts_ns)
{
	const struct side *s = &half->side[own];
	const struct timewait *tw = &s->timewait;
	uint64_t closed = s->mark[MARK_CLOSE];

	if (tw->made_ns)
		return !tw->ended_ns || ts_ns < tw->ended_ns;
	return closed ? ts_ns < closed : !half->close_ns || ts_ns < half->close_ns;
}

/* Did the sender's own host throw it away behind its interface's hook? Then the path is not to blame. */
static bool was_dropped_leaving(const struct conn *sender, const struct moment *m)
{
	for (unsigned int i = 0; i < sender->moments.count; i++) {
		const struct moment *d = &sender->moments.list[i];

		if (d->kind == EVENT_DROP && d->side == m->side && d->old_state & DROP_LEAVING && d->seq == m->seq)
			return true;
	}
	return false;
}

static bool saw_any(const struct conn *half, enum side_name of)
{
	return half->side[of].segs_seen || half->side[of].syn_count;
}

static void find_lost(const struct conn *sender, const struct conn *receiver, enum side_name side, int64_t by,
		      struct passages *p)
{
	for (unsigned int i = 0; i < sender->moments.count; i++) {
		const struct moment *m = &sender->moments.list[i];

		if (!is_segment(m, side) || p->sent[i].fate != PASSAGE_UNKNOWN || was_dropped_leaving(sender, m))
			continue;
		if (had_socket(receiver, other_side(side), m->ts_ns - (uint64_t)by))
			p->sent[i].fate = PASSAGE_LOST;
	}
}

static void find_injected(const struct conn *sender, const struct conn *receiver, enum side_name side, int64_t by,
			  uint64_t error_ns, struct passages *p)
{
	if (sender->side[side].reset_sent || sender->side[side].rst_count)
		return; /* its kernel says that it sent one, or its host saw one leave: perhaps this one */
	for (unsigned int r = 0; r < receiver->moments.count; r++) {
		const struct moment *m = &receiver->moments.list[r];

		if (!is_segment(m, side) || !(m->tcp_flags & TCP_FLAG_RST_BIT) ||
		    p->received[r].fate != PASSAGE_UNKNOWN)
			continue;
		if (!had_socket(sender, side, m->ts_ns + (uint64_t)by + error_ns))
			continue;
		p->received[r].fate = PASSAGE_INJECTED;
		p->injected++;
	}
}

void passages_match(const struct conn *sender, const struct conn *receiver, enum side_name side, int64_t by,
		    uint64_t error_ns, struct passages *out)
{
	memset(out, 0, sizeof(*out));
	match(sender, receiver, side, by, error_ns, out);
	out->counted = is_whole(sender, side) && is_whole(receiver, other_side(side)) && saw_any(sender, side) &&
		       saw_any(receiver, side);
	if (!out->counted)
		return;
	find_lost(sender, receiver, side, by, out);
	find_injected(sender, receiver, side, by, error_ns, out);
}
