/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A segment that a capture holds more than once, because it passed several points that were captured, is sighted again,
 * and not sent again. The same numbers, flags, length and window, and the same TCP checksum or IP identification,
 * within SIGHTINGS_NS, are one segment if it was seen elsewhere: on another interface, in another file, tunnel or VLAN,
 * with another TTL; and at the same point if the identification is the same, or SIGHTINGS_TWIN_NS is all that lies
 * between: no TCP sends data again so soon (the shortest probe takes 10 ms).
 */
#ifndef TCPLIFE_SIGHTINGS_H
#define TCPLIFE_SIGHTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/capture/dissect.h"

#define SIGHTINGS_NS	  1000000000ULL
#define SIGHTINGS_TWIN_NS 2000000ULL
/* A power of two: so many segments are remembered at most; 1.5 MB. A test may want less. */
#ifndef SIGHTINGS_SLOTS
#define SIGHTINGS_SLOTS 16384
#endif

struct sightings {
	struct sighting *slot;
	uint64_t segments, again; /* all; of these, those that were seen before */
};

/* 0 or -ENOMEM. */
int sightings_init(struct sightings *s);
void sightings_free(struct sightings *s);
/* Was this segment seen before? place: where, as far as the file says; ns: when. */
bool sightings_again(struct sightings *s, const struct dissect_packet *p, uint64_t place, uint64_t ns);
/* How often each segment was seen, rounded; 1 if most were once. */
unsigned int sightings_each(const struct sightings *s);

#endif
