/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sequence numbers of a captured connection: 32 bits on the wire, and how often they went round. Relative ones are
 * distances from the SYN.
 */
#ifndef TCPLIFE_TRACK_SEQ_H
#define TCPLIFE_TRACK_SEQ_H

#include "core/capture/track.h"

static inline uint64_t track_seq_full(uint32_t seq, uint32_t wraps)
{
	return ((uint64_t)wraps << 32) + seq;
}

/* The numbers of a side begin with this segment, which ends at end, if they did not before. Without a SYN they count as
 * if there had been one just before the first byte. */
void track_seq_begin(struct track_side *s, const struct event_segment *e, uint32_t end);
/* seq as a distance from the SYN, with as many wraps as fit next to last. before: it lies ahead of the SYN. */
uint64_t track_seq_relative(const struct track_side *s, uint32_t seq, uint32_t last, uint32_t wraps, bool *before);
/* What the side sent reaches up to end. True: it had before, and these are bytes sent again. */
bool track_seq_end(struct track_side *s, const struct event_segment *e, uint32_t end);
/* The segment acknowledges what peer sent. Returns the relative number of that. */
uint64_t track_seq_ack(struct track_side *peer, const struct event_segment *e);
bool track_nothing_acked(const struct track_side *s);
/* Are bytes missing below the end of what side i sent? */
bool track_data_pending(const struct track *w, unsigned int i);

#endif
