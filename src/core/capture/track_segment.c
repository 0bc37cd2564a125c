// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What one segment does to the connection. The order of the steps is part of the rules: letters come out in it. */
#include "core/capture/track.h"

#include "core/capture/track_private.h"

/* A jump that no honest segment makes: a SYN or RST with such a number moves nothing. */
#define TOO_FAR (1 << 20)

/* So much is sent before the first ACK comes; more, and the other direction is not in the capture (Zeek:
 * tcp_max_initial_window, tcp_max_above_hole_without_any_acks). */
#define UNACKED_LIMIT 16384

static int32_t seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static uint64_t full(uint32_t seq, uint32_t wraps)
{
	return ((uint64_t)wraps << 32) + seq;
}

static bool has(const struct event_segment *e, uint8_t flags)
{
	return (e->tcp_flags & flags) != 0;
}

/* ---- sequence numbers ---- */

static void begin_at(struct track_side *s, uint32_t start, uint32_t last)
{
	s->start_seq = s->ack_seq = start;
	s->last_seq = last;
}

/* Without a SYN numbers count as if there had been one just before the first byte. */
static void init_numbers(struct track_side *s, const struct event_segment *e, uint32_t end)
{
	bool syn = has(e, TCP_FLAG_SYN_BIT);

	switch (s->state) {
	case TRACK_INACTIVE:
		if (syn)
			begin_at(s, e->seq, end);
		else
			begin_at(s, e->seq - 1, e->seq);
		break;
	case TRACK_SYN_SENT:
	case TRACK_SYN_ACK_SENT:
		if (syn && e->seq != s->start_seq)
			begin_at(s, e->seq, end);
		break;
	case TRACK_ESTABLISHED:
	case TRACK_PARTIAL:
		/* The earlier ones led nowhere: this SYN is the one that counts. */
		if (syn)
			begin_at(s, e->seq, end);
		break;
	case TRACK_RESET:
		/* A RST was all that set them, and a forged one maybe. */
		if (syn && s->before == TRACK_INACTIVE)
			begin_at(s, e->seq, end);
		break;
	default:
		break;
	}
}

/* seq as a distance from the SYN, with as many wraps as fit next to last. before: it lies ahead of the SYN. */
static uint64_t relative(const struct track_side *s, uint32_t seq, uint32_t last, uint32_t wraps, bool *before)
{
	int32_t delta = seq_diff(seq, last);

	if (delta < 0 && wraps && seq > last)
		wraps--;
	else if (delta > 0 && seq < last)
		wraps++;
	if (wraps)
		return full(seq, wraps) - s->start_seq;
	delta = seq_diff(seq, s->start_seq);
	*before = delta < 0;
	return (uint64_t)(int64_t)delta;
}

static void move_last(struct track_side *s, uint32_t seq)
{
	s->last_wraps += seq < s->last_seq;
	s->last_seq = seq;
}

static void take_end(struct track *w, struct track_side *s, const struct event_segment *e, uint32_t end)
{
	int32_t delta = seq_diff(end, s->last_seq);

	if (has(e, TCP_FLAG_SYN_BIT | TCP_FLAG_RST_BIT) && (delta > TOO_FAR || delta < -TOO_FAR))
		return;
	/* Of more than 2 GiB only SYN and FIN were captured: the FIN knows. */
	if (has(e, TCP_FLAG_FIN_BIT) && s->last_seq == s->start_seq + 1)
		move_last(s, end);
	else if (s->state == TRACK_RESET)
		return;
	else if (delta > 0)
		move_last(s, end);
	else if (e->payload_len)
		track_tally(w, s, &s->repeats, 'T');
}

static void take_ack(struct track_side *peer, uint32_t ack)
{
	int32_t delta = seq_diff(ack, peer->ack_seq);

	/* 0 is rather a field that was never filled in. */
	if (delta <= 0 || (ack == 0 && delta > TOO_FAR))
		return;
	peer->ack_wraps += ack < peer->ack_seq;
	peer->ack_seq = ack;
}

/* Returns the relative number of what is acknowledged. */
static uint64_t acknowledge(struct track_side *peer, const struct event_segment *e)
{
	bool before = false;
	uint64_t ack;

	if (peer->state == TRACK_INACTIVE) {
		begin_at(peer, e->ack - 1, e->ack - 1);
		return 1;
	}
	ack = relative(peer, e->ack, peer->ack_seq, peer->ack_wraps, &before);
	if (before)
		return 0;
	if (!has(e, TCP_FLAG_RST_BIT))
		take_ack(peer, e->ack);
	return ack;
}

uint64_t track_bytes(const struct track *w, unsigned int index)
{
	const struct track_side *s = &w->side[index], *peer = &w->side[index ^ 1];
	uint64_t last = full(s->last_seq, s->last_wraps), ack = full(s->ack_seq, s->ack_wraps), bytes;

	/* A half-open connection found and aborted: its numbers say nothing. */
	if (s->before == TRACK_SYN_SENT && s->state == TRACK_RESET && peer->state == TRACK_INACTIVE &&
	    !track_nothing_acked(s))
		return 0;
	bytes = (last > ack ? last : ack) - s->start_seq;
	if (bytes)
		bytes--;
	if (s->fins && bytes)
		bytes--;
	return bytes;
}

bool track_nothing_acked(const struct track_side *s)
{
	uint64_t ack = full(s->ack_seq, s->ack_wraps);

	return ack == s->start_seq || ack == (uint64_t)s->start_seq + 1;
}

/* ---- the stream ---- */

static bool clean(const struct track_side *s)
{
	return s->state == TRACK_ESTABLISHED || (s->state == TRACK_CLOSED && s->before == TRACK_ESTABLISHED);
}

bool track_data_pending(const struct track *w, unsigned int i)
{
	const struct track_side *s = &w->side[i];
	uint64_t delivered = s->start_seq + s->stream.delivered, last = full(s->last_seq, s->last_wraps);

	if (s->stream.skip || last < delivered)
		return false;
	if (delivered != last - 1 && delivered != last)
		return true;
	return s->state != TRACK_RESET && track_stream_holds(&w->side[i ^ 1].stream);
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
	uint64_t end = begin + e->payload_len, acked = full(s->ack_seq, s->ack_wraps) - s->start_seq;

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

	/* After the other side's FIN or a RST nobody needs a window. */
	if (e->window == 0 && !has(e, TCP_FLAG_RST_BIT) && w->side[sender ^ 1].state != TRACK_CLOSED &&
	    s->state != TRACK_RESET)
		track_tally(w, s, &s->zero_windows, 'W');
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
	take_first(w, sender, e);
	init_numbers(s, e, e->seq + length);
	seq = relative(s, e->seq, s->last_seq, s->last_wraps, &before);
	track_letters(w, sender, e, seq);
	take_window(w, sender, e);
	if (!w->side[0].closed || !w->side[1].closed)
		w->last_ns = e->event.ts_ns;
	if (has(e, TCP_FLAG_FIN_BIT)) {
		s->fins++;
		s->fin_end = seq + length;
	}
	if (has(e, TCP_FLAG_ACK_BIT))
		ack = acknowledge(&w->side[sender ^ 1], e);
	take_end(w, s, e, e->seq + length);
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
