/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Bytes from the ring, a recording or a fuzzer -> validated event records. Pure. */
#ifndef TCPLIFE_DECODE_H
#define TCPLIFE_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

struct decode_counters {
	uint64_t good;
	uint64_t short_records; /* fewer bytes than the record claims or its kind needs */
	uint64_t unknown_kind;
	uint64_t malformed; /* a field outside its range */
};

/*
 * Checks size, kind, blocks and the range of every enumerated field. Returns the record (buf itself, which must be
 * aligned to 8 bytes) or NULL, and counts either way.
 */
const struct event *event_decode(const void *buf, size_t len, struct decode_counters *counters);

/* The optional blocks of a validated record, or NULL. */
const struct event_task *event_task(const struct event *e);
const struct event_stats *event_stats(const struct event *e);
/* Bytes of a kind's fixed part; 0 for an unknown kind. */
size_t event_fixed_size(unsigned int kind);
/* Bytes of the optional block with this bit of struct event.flags, 0 to 7; 0 if there is none. */
size_t event_block_size(unsigned int bit);
/* "state", "segment", ...; "unknown" outside the list. Never NULL. */
const char *event_kind_name(unsigned int kind);

#endif
