/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which bytes of one direction were captured, and which the receiver acknowledged though they were not captured: gaps.
 * Only ranges are kept, no bytes. Numbers are relative to the SYN: the first byte of payload is 1.
 */
#ifndef TCPLIFE_TRACK_STREAM_H
#define TCPLIFE_TRACK_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#define WIRE_STREAM_MAX_RANGES 1024	   /* above holes; with more, the stream is not followed any further */
#define WIRE_STREAM_MAX_HELD   (10U << 20) /* bytes seen and not acknowledged; likewise */

struct track_range {
	uint64_t begin, end;
};

struct track_stream {
	uint64_t delivered; /* all below was seen, or given up as a gap */
	uint64_t held;	    /* end of the last run below delivered; some of it is unacknowledged if > trimmed */
	uint64_t trimmed;   /* acknowledged: what comes below is old */
	struct track_range *pending;
	uint32_t count, capacity;
	bool skip;	/* given up */
	bool no_memory; /* ... for want of memory */
};

struct track_gaps {
	uint32_t count;
	uint64_t bytes;
};

void track_stream_init(struct track_stream *s);
void track_stream_free(struct track_stream *s);
/* [begin, end) was seen. Without memory the stream is given up. */
void track_stream_add(struct track_stream *s, uint64_t begin, uint64_t end);
/* All below upto is acknowledged. partial: its SYN was not seen, so that a hole at its very beginning is none. */
struct track_gaps track_stream_trim(struct track_stream *s, uint64_t upto, bool partial);
void track_stream_give_up(struct track_stream *s);
/* Is anything kept that was not acknowledged? */
bool track_stream_holds(const struct track_stream *s);
/* Bytes of it. */
uint64_t track_stream_held_bytes(const struct track_stream *s);
/* From the first hole to the last byte seen. */
uint64_t track_stream_beyond_hole(const struct track_stream *s);

#endif
