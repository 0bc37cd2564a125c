// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Bytes and segments by the best witness: either end's counters, else the numbers of the segments seen. */
#include "core/record/conn_traffic.h"

#include "core/capture/track.h"
#include "core/seq.h"

/* ---- bytes ---- */

bool conn_is_handshake_seen(const struct conn *c)
{
	return (c->side[CLIENT].segs_seen || c->side[SERVER].segs_seen) && !conn_handshake_completed(c) &&
	       !(c->flags & (CONN_MIDSTREAM | CONN_EXISTED));
}

/* tcp_rcv_nxt_update() counts the FIN when a full socket takes it in order. */
static bool took_fin(const struct side *s)
{
	return s->mark[MARK_CLOSE_WAIT] || side_had_taken_fin(s) ||
	       (s->state == TCPS_CLOSE && s->last_open_state == TCPS_FIN_WAIT2 &&
		(s->timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED ||
		 (s->timewait.made_ns && !s->timewait.was_fin_wait2)));
}

static uint64_t got_by_counters(const struct side *s)
{
	return s->stats.bytes_received - (s->stats.bytes_received && took_fin(s));
}

bool conn_side_got_data(const struct side *s)
{
	return s->has_stats && got_by_counters(s) > 0;
}

static uint64_t sent_by_counters(const struct side *s)
{
	return s->stats.bytes_sent - s->stats.bytes_retrans;
}

/* A number far away is not of this connection. */
static bool is_farther(uint32_t a, uint32_t b)
{
	return seq_after(a, b) && seq_near(a, b);
}

/*
 * The end of what it sent, from the numbers available: those of its segments, of its RST, and of what the other side
 * acknowledged. Data segments are not among them, so without FIN and RST it is not known.
 */
static bool sequence_end(const struct conn *c, const struct side *s, uint32_t *end)
{
	bool reset = c->side[CLIENT].mark[MARK_RST] || c->side[SERVER].mark[MARK_RST];
	bool over = reset || c->flags & CONN_SELF;

	if (!s->isn_known || !s->seq_known || (c->side[SERVER].mark[MARK_SYN_ACKED] && !over))
		return false;
	*end = s->next_seq;
	if (reset && s->acked_known && is_farther(s->acked, *end))
		*end = s->acked;
	if (s->mark[MARK_RST] && is_farther(s->rst_seq, *end))
		*end = s->rst_seq;
	return true;
}

bool conn_bytes(const struct conn *c, enum side_name sent_by, uint64_t *bytes)
{
	const struct side *s = &c->side[sent_by], *o = &c->side[other_side(sent_by)];
	uint32_t end;

	if (c->flags & CONN_PSOCK)
		return false;
	if (c->track) {
		*bytes = track_bytes(c->track, track_index(c->track, sent_by));
	} else if (s->has_stats) {
		*bytes = sent_by_counters(s);
	} else if (o->has_stats) {
		*bytes = got_by_counters(o);
	} else if (s->isn_known && s->mark[MARK_FIN]) {
		*bytes = seq_bytes(s->isn + 1, s->fin_seq);
	} else if (sequence_end(c, s, &end)) {
		*bytes = seq_bytes(s->isn + 1, end);
	} else if (conn_is_handshake_seen(c)) {
		*bytes = 0;
	} else {
		return false;
	}
	return true;
}

bool conn_half_closed_bytes(const struct conn *c, uint64_t *bytes)
{
	int first = conn_first_closer(c);
	const struct side *second;
	uint32_t from;

	if (c->flags & CONN_PSOCK || first < 0 || (c->flags & CONN_SIMULTANEOUS_CLOSE) || conn_teardown_existed(c))
		return false;
	second = &c->side[other_side(first)];
	/* That ACK may have come on data far ahead, which never were. */
	from = seq_after(second->seq_at_peer_fin, second->fin_seq) ? second->taken_at_peer_fin
								   : second->seq_at_peer_fin;
	if (second->seq_at_peer_fin_known && second->mark[MARK_FIN])
		*bytes = seq_bytes(from, second->fin_seq);
	else if (second->sent_at_peer_fin_known && second->has_stats)
		*bytes = sent_by_counters(second) - second->sent_at_peer_fin;
	else if (c->side[first].fin_acked_with_fin)
		*bytes = 0;
	else
		return false;
	return true;
}

/* ---- segments ---- */

/* Where the wire is not seen: an accepted socket was preceded by a SYN+ACK. */
static uint32_t synacks_unseen(const struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side];

	if (side != SERVER || s->mark[MARK_SYN] || !(s->mark[MARK_SYN_RECV] || s->mark[MARK_ESTABLISHED]) ||
	    c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_MIDSTREAM | CONN_EXISTED))
		return 0;
	return 1U + s->syn_retransmits;
}

bool conn_packets(const struct conn *c, enum side_name sent_by, uint64_t *packets)
{
	const struct side *s = &c->side[sent_by], *o = &c->side[other_side(sent_by)];

	if (c->track)
		*packets = c->track->side[track_index(c->track, sent_by)].packets;
	else if (s->has_stats)
		*packets = (uint64_t)s->stats.segs_out + s->segs_beside + synacks_unseen(c, sent_by);
	else if (o->has_stats)
		*packets = (uint64_t)o->stats.segs_in + s->segs_missed;
	else if (conn_is_handshake_seen(c))
		*packets = s->segs_seen;
	else
		return false;
	return true;
}
