// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sequence numbers of a captured connection: 32 bits on the wire, and how often they went round. */
#include "core/capture/track_seq.h"

#include "core/seq.h"

/* A jump that no honest segment makes: a SYN or RST with such a number moves nothing. */
#define TOO_FAR (1 << 20)

static bool has(const struct event_segment *e, uint8_t flags)
{
	return (e->tcp_flags & flags) != 0;
}

static void begin_at(struct track_side *s, uint32_t start, uint32_t last)
{
	s->start_seq = s->ack_seq = start;
	s->last_seq = last;
}

void track_seq_begin(struct track_side *s, const struct event_segment *e, uint32_t end)
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

uint64_t track_seq_relative(const struct track_side *s, uint32_t seq, uint32_t last, uint32_t wraps, bool *before)
{
	int32_t delta = seq_diff(seq, last);

	if (delta < 0 && wraps && seq > last)
		wraps--;
	else if (delta > 0 && seq < last)
		wraps++;
	if (wraps)
		return track_seq_full(seq, wraps) - s->start_seq;
	delta = seq_diff(seq, s->start_seq);
	*before = delta < 0;
	return (uint64_t)(int64_t)delta;
}

static void move_last(struct track_side *s, uint32_t seq)
{
	s->last_wraps += seq < s->last_seq;
	s->last_seq = seq;
}

bool track_seq_end(struct track_side *s, const struct event_segment *e, uint32_t end)
{
	int32_t delta = seq_diff(end, s->last_seq);

	if (has(e, TCP_FLAG_SYN_BIT | TCP_FLAG_RST_BIT) && (delta > TOO_FAR || delta < -TOO_FAR))
		return false;
	/* Of more than 2 GiB only SYN and FIN were captured: the FIN knows. */
	if (has(e, TCP_FLAG_FIN_BIT) && s->last_seq == s->start_seq + 1)
		move_last(s, end);
	else if (s->state == TRACK_RESET)
		return false;
	else if (delta > 0)
		move_last(s, end);
	else
		return e->payload_len != 0;
	return false;
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

uint64_t track_seq_ack(struct track_side *peer, const struct event_segment *e)
{
	bool before = false;
	uint64_t ack;

	if (peer->state == TRACK_INACTIVE) {
		begin_at(peer, e->ack - 1, e->ack - 1);
		return 1;
	}
	ack = track_seq_relative(peer, e->ack, peer->ack_seq, peer->ack_wraps, &before);
	if (before)
		return 0;
	if (!has(e, TCP_FLAG_RST_BIT))
		take_ack(peer, e->ack);
	return ack;
}

uint64_t track_bytes(const struct track *w, unsigned int index)
{
	const struct track_side *s = &w->side[index], *peer = &w->side[index ^ 1];
	uint64_t last = track_seq_full(s->last_seq, s->last_wraps), ack = track_seq_full(s->ack_seq, s->ack_wraps),
		 bytes;

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
	uint64_t ack = track_seq_full(s->ack_seq, s->ack_wraps);

	return ack == s->start_seq || ack == (uint64_t)s->start_seq + 1;
}

bool track_data_pending(const struct track *w, unsigned int i)
{
	const struct track_side *s = &w->side[i];
	uint64_t delivered = s->start_seq + s->stream.delivered, last = track_seq_full(s->last_seq, s->last_wraps);

	if (s->stream.skip || last < delivered)
		return false;
	if (delivered != last - 1 && delivered != last)
		return true;
	return s->state != TRACK_RESET && track_stream_holds(&w->side[i ^ 1].stream);
}
