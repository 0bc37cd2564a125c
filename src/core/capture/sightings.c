// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/capture/sightings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_mix.h"

/* What is the same of one segment wherever it is seen. */
struct numbers {
	struct event_tuple tuple;
	uint32_t seq, ack, payload_len;
	uint16_t window;
	uint16_t tcp_flags;
};

struct sighting {
	struct numbers n;
	uint64_t ns, place;
	uint16_t checksum, ip_id;
	uint16_t vlan[2];
	uint8_t ttl, tunnels;
	bool offload;
};

int sightings_init(struct sightings *s)
{
	*s = (struct sightings) { .slot = calloc(SIGHTINGS_SLOTS, sizeof(*s->slot)) };
	return s->slot ? 0 : -ENOMEM;
}

void sightings_free(struct sightings *s)
{
	free(s->slot);
	s->slot = NULL;
}

static uint64_t hash_of(const struct numbers *n)
{
	uint64_t hash = 0, part;

	_Static_assert(sizeof(*n) % 4 == 0, "no padding");
	for (size_t at = 0; at + sizeof(part) <= sizeof(*n); at += sizeof(part)) {
		memcpy(&part, (const char *)n + at, sizeof(part));
		hash = hash_mix(hash ^ part) + 0x9e3779b97f4a7c15ULL;
	}
	return hash;
}

static bool seen_elsewhere(const struct sighting *a, const struct sighting *b)
{
	return a->place != b->place || a->ttl != b->ttl || a->tunnels != b->tunnels ||
	       memcmp(a->vlan, b->vlan, sizeof(a->vlan)) != 0;
}

static bool carries_something(const struct numbers *n)
{
	return n->payload_len || n->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT);
}

static bool is_same(const struct sighting *old, const struct sighting *new)
{
	uint64_t apart = old->ns < new->ns ? new->ns - old->ns : old->ns - new->ns;
	bool same_id = old->ip_id == new->ip_id &&new->ip_id, same_sum = old->checksum == new->checksum;

	if (!old->ns || apart > SIGHTINGS_NS || memcmp(&old->n, &new->n, sizeof(old->n)) != 0)
		return false;
	/* Where one was captured before the network card filled its checksum in. */
	if (seen_elsewhere(old, new))
		return same_id || same_sum || old->offload || new->offload;
	return same_sum &&
	       (same_id || (apart < SIGHTINGS_TWIN_NS && carries_something(&new->n) && old->ip_id == new->ip_id));
}

bool sightings_again(struct sightings *s, const struct dissect_packet *p, uint64_t place, uint64_t ns)
{
	struct sighting new = {
		.n = { .tuple = p->tuple,
		       .seq = p->seq,
		       .ack = p->ack,
		       .payload_len = p->payload_len,
		       .window = p->window,
		       .tcp_flags = p->tcp_flags },
		.ns = ns + 1,
		.place = hash_mix(place) + p->point,
		.checksum = p->tcp_checksum,
		.ip_id = p->ip_id,
		.vlan = { p->vlan[0], p->vlan[1] },
		.ttl = p->ttl,
		.tunnels = p->tunnels,
		.offload = p->checksum == CHECKSUM_OFFLOAD,
	};
	struct sighting *slot = &s->slot[hash_of(&new.n) & (SIGHTINGS_SLOTS - 1)];

	s->segments++;
	if (is_same(slot, &new)) {
		s->again++;
		return true;
	}
	*slot = new;
	return false;
}

unsigned int sightings_each(const struct sightings *s)
{
	uint64_t once = s->segments - s->again;

	return once ? (unsigned int)((2 * s->segments + once) / (2 * once)) : 1;
}
