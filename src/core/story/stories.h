/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The connections of several hosts, of which two halves that have the same pair of initial sequence numbers are one.
 * All are kept, packed, until all hosts have been read: only then is it known how far their clocks are apart.
 */
#ifndef TCPLIFE_STORIES_H
#define TCPLIFE_STORIES_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "core/path.h"

#define STORY_HOSTS 16

struct stories;

struct stories_counters {
	uint64_t joined;       /* connections of which both halves were there */
	uint64_t alone;	       /* of one host only */
	uint64_t contradicted; /* halves with the same numbers and times that exclude each other: kept apart */
	uint64_t no_room;      /* not kept: more than there was room for */
};

/* What is known of the clocks of two hosts. */
struct stories_clock {
	unsigned int first, second; /* hosts */
	size_t handshakes;
	int64_t offset_ns; /* second minus first, at the first of these handshakes */
	uint64_t error_ns;
	double drift_ppm; /* 0 = too short to be fitted */
};

/* max: connections to keep. 0 or -ENOMEM. */
int stories_new(struct stories **out, size_t max, unsigned int hosts);
void stories_free(struct stories **s);
/* Messages and records call it so. The text is copied. */
void stories_name(struct stories *s, unsigned int host, const char *name);
/*
 * Takes a copy of what a host has of a connection that is over, or was left open. What c points to but its moments
 * (cgroups) must outlive the story. 0, -ENOSPC or -ENOMEM: it is counted as no_room.
 */
int stories_keep(struct stories *s, unsigned int host, const struct conn *c);
/* Calls fn for each connection, in the order of their beginnings; c->path is set if both halves are in it. c is valid
 * during the call. */
void stories_report(struct stories *s, void (*fn)(void *ctx, const struct conn *c), void *ctx);
const struct stories_counters *stories_counters(const struct stories *s);
/* The i-th pair of hosts that had a connection with each other; false past the last. After stories_report(). */
bool stories_clock_at(const struct stories *s, unsigned int i, struct stories_clock *out);

#endif
