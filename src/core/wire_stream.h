/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which bytes of one direction an observer has, and which the receiver acknowledged without the observer having seen
 * them: gaps. Only ranges are kept, no bytes. Numbers are relative to the SYN: the first byte of payload is 1.
 */
#ifndef TCPLIFE_WIRE_STREAM_H
#define TCPLIFE_WIRE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#define WIRE_STREAM_MAX_RANGES 1024	   /* above holes; with more, the stream is not followed any further */
#define WIRE_STREAM_MAX_HELD   (10U << 20) /* bytes seen and not acknowledged; likewise */

struct wire_range {
	uint64_t begin, end;
};

struct wire_stream {
	uint64_t delivered; /* all below was seen, or given up as a gap */
	uint64_t held;	    /* end of the last run below delivered; some of it is unacknowledged if > trimmed */
	uint64_t trimmed;   /* acknowledged: what comes below is old */
	struct wire_range *pending;
	uint32_t count, capacity;
	bool skip; /* given up */
};

struct wire_gaps {
	uint32_t count;
	uint64_t bytes;
};

void wire_stream_init(struct wire_stream *s);
void wire_stream_free(struct wire_stream *s);
/* [begin, end) was seen. Without memory the stream is given up. */
void wire_stream_add(struct wire_stream *s, uint64_t begin, uint64_t end);
/* All below upto is acknowledged. partial: its SYN was not seen, so that a hole at its very beginning is none. */
struct wire_gaps wire_stream_trim(struct wire_stream *s, uint64_t upto, bool partial);
void wire_stream_give_up(struct wire_stream *s);
/* Is anything kept that was not acknowledged? */
bool wire_stream_holds(const struct wire_stream *s);
/* Bytes of it. */
uint64_t wire_stream_held_bytes(const struct wire_stream *s);
/* From the first hole to the last byte seen. */
uint64_t wire_stream_beyond_hole(const struct wire_stream *s);

#endif
