// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides what one segment does to a captured connection. The order of the steps is part of Zeek's rules: it determines
 * the order of the letters.
 */
#include "core/capture/track.h"

#include <string.h>

#include "core/capture/track_private.h"
#include "core/capture/track_seq.h"

/* So much is sent before the first ACK comes; more, and the other direction is not in the capture (Zeek:
 * tcp_max_initial_window, tcp_max_above_hole_without_any_acks). */
#define UNACKED_LIMIT 16384

static bool has(const struct event_segment *e, uint8_t flags)
{
	return (e->tcp_flags & flags) != 0;
}

/* ---- the stream ---- */

static bool clean(const struct track_side *s)
{
	return s->state == TRACK_ESTABLISHED || (s->state == TRACK_CLOSED && s->before == TRACK_ESTABLISHED);
}

/* What is acknowledged and was not seen is a gap; where the handshake or the end was odd, numbers are not to be
 * trusted so far. */
static void stream_acked(struct track *w, unsigned int i, uint64_t ack)
{
	struct track_side *s = &w->side[i];
	struct track_gaps gaps;

	if (s->fins && ack >= s->fin_end)
		ack = s->fin_end - 1;
	if (ack <= s->stream.trimmed)
		return;
	gaps = track_stream_trim(&s->stream, ack, w->partial);
	if (clean(s) && clean(&w->side[i ^ 1])) {
		s->missed += gaps.bytes;
		while (gaps.count--)
			track_tally(w, s, &s->gaps, 'G');
	}
	track_check_end(w, i);
}

static void stream_data(struct track *w, unsigned int i, uint64_t begin, const struct event_segment *e)
{
	struct track_side *s = &w->side[i];
	uint64_t end = begin + e->payload_len, acked = track_seq_full(s->ack_seq, s->ack_wraps) - s->start_seq;

	if (s->stream.skip || e->flags & SEGMENT_TRUNCATED || (begin < acked && end <= acked))
		return;
	track_stream_add(&s->stream, begin < acked ? acked : begin, end);
	if (track_nothing_acked(s) && s->stream.delivered >= end && track_bytes(w, i) > UNACKED_LIMIT)
		track_stream_trim(&s->stream, s->stream.delivered, w->partial);
	if ((track_nothing_acked(s) && track_stream_beyond_hole(&s->stream) > UNACKED_LIMIT) ||
	    track_stream_held_bytes(&s->stream) > WIRE_STREAM_MAX_HELD)
		track_stream_give_up(&s->stream);
}

/* ---- one segment ---- */

static void take_first(struct track *w, unsigned int sender, const struct event_segment *e)
{
	bool syn = has(e, TCP_FLAG_SYN_BIT);

	if (w->seen & 1U << sender)
		return;
	if (sender == w->client)
		w->partial = !syn || has(e, TCP_FLAG_ACK_BIT);
	else if (!w->partial)
		w->partial = !syn;
}

static void take_window(struct track *w, unsigned int sender, const struct event_segment *e)
{
	struct track_side *s = &w->side[sender];

	/* After the peer's FIN or a RST the window has no meaning. */
	if (e->window == 0 && !has(e, TCP_FLAG_RST_BIT) && w->side[sender ^ 1].state != TRACK_CLOSED &&
	    s->state != TRACK_RESET)
		track_tally(w, s, &s->zero_windows, 'W');
}

/*
 * It began with a SYN+ACK. Its sender counts as client, since it may be scanning; but a scan's answer is a RST, so data
 * or an ACK says that only the SYN was missed.
 */
static void turn_if_answered(struct track *w, const struct event_segment *e)
{
	if (has(e, TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT))
		return;
	if ((!e->payload_len && !has(e, TCP_FLAG_ACK_BIT)) || strcmp(track_history(w), "H") != 0)
		return;
	track_flip(w);
	w->history_len = 0;
	track_add_letter(w, '^');
	track_add_letter(w, 'h');
	w->seen |= 1U << w->client;
}

static void note_time(struct track *w, const struct event_segment *e)
{
	uint64_t ts = e->event.ts_ns > w->seen_ns ? e->event.ts_ns : w->seen_ns;

	if (has(e, TCP_FLAG_RST_BIT))
		w->quiet_ns = ts - w->seen_ns;
	w->seen_ns = ts;
}

bool track_segment(struct track *w, unsigned int sender, const struct event_segment *e)
{
	struct track_side *s = &w->side[sender];
	uint8_t client = w->client;
	uint32_t payload = has(e, TCP_FLAG_RST_BIT) ? 0 : e->payload_len;
	uint32_t length = payload + has(e, TCP_FLAG_SYN_BIT) + has(e, TCP_FLAG_FIN_BIT);
	struct track_step step = { .from_client = sender == w->client };
	uint64_t seq, ack = 0;
	bool before = false;

	if (e->flags & SEGMENT_BAD_CHECKSUM)
		track_tally(w, s, &s->checksums, 'C');
	if (e->flags & (SEGMENT_BAD_CHECKSUM | SEGMENT_BAD_HEADER))
		return false;
	track_note_completeness(w, e);
	s->packets++;
	note_time(w, e);
	take_first(w, sender, e);
	track_seq_begin(s, e, e->seq + length);
	seq = track_seq_relative(s, e->seq, s->last_seq, s->last_wraps, &before);
	turn_if_answered(w, e);
	track_letters(w, sender, e, seq);
	take_window(w, sender, e);
	if (!w->side[0].closed || !w->side[1].closed)
		w->last_ns = e->event.ts_ns;
	if (has(e, TCP_FLAG_FIN_BIT)) {
		s->fins++;
		s->fin_end = seq + length;
	}
	if (has(e, TCP_FLAG_ACK_BIT))
		ack = track_seq_ack(&w->side[sender ^ 1], e);
	if (track_seq_end(s, e, e->seq + length))
		track_tally(w, s, &s->repeats, 'T');
	track_step(w, sender, e, &step);
	if (has(e, TCP_FLAG_ACK_BIT))
		stream_acked(w, sender ^ 1, ack);
	w->seen |= 1U << sender;
	if (payload && !before)
		stream_data(w, sender, seq + has(e, TCP_FLAG_SYN_BIT), e);
	track_check_end(w, sender);
	if (step.close)
		track_close(w, sender, step.finish);
	return w->client != client;
}
