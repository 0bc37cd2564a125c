// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which fragments belong together, when a packet is whole, and which incomplete one is dropped for want of
 * room or time.
 */
#include "core/capture/fragments.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_MAX 65536
#define UNITS	    (PAYLOAD_MAX / 8) /* offsets count 8 bytes */

struct fragmented {
	struct list_node node;
	uint8_t addr[2][16];
	uint32_t id;
	uint8_t protocol;
	uint32_t total; /* bytes; 0 = the last fragment has not come */
	uint32_t units; /* that are there */
	uint64_t ts_ns;
	uint64_t have[UNITS / 64];
	uint8_t bytes[PAYLOAD_MAX];
};

void fragments_init(struct fragments *f)
{
	*f = (struct fragments) { 0 };
	list_init(&f->list);
}

static struct fragmented *oldest(struct fragments *f)
{
	return list_empty(&f->list) ? NULL : container_of(f->list.next, struct fragmented, node);
}

static void drop(struct fragments *f, struct fragmented *p)
{
	list_remove(&p->node);
	f->count--;
	free(p);
}

void fragments_finish(struct fragments *f)
{
	struct fragmented *p;

	while ((p = oldest(f))) {
		f->given_up++;
		drop(f, p);
	}
}

void fragments_free(struct fragments *f)
{
	struct fragmented *p;

	while ((p = oldest(f)))
		drop(f, p);
	free(f->done);
	f->done = NULL;
}

static bool is_of(const struct fragmented *p, const struct dissect_packet *c)
{
	return p->id == c->fragment_id && p->protocol == c->protocol &&
	       !memcmp(p->addr, c->tuple.addr, sizeof(p->addr));
}

static struct fragmented *find(struct fragments *f, const struct dissect_packet *c)
{
	for (struct list_node *n = f->list.prev; n != &f->list; n = n->prev) {
		struct fragmented *p = container_of(n, struct fragmented, node);

		if (is_of(p, c))
			return p;
	}
	return NULL;
}

static struct fragmented *begin(struct fragments *f, const struct dissect_packet *c, uint64_t ts_ns)
{
	struct fragmented *p;

	if (f->count == FRAGMENTS_MAX) {
		f->given_up++;
		drop(f, oldest(f));
	}
	p = malloc(sizeof(*p)); /* its bytes are not read before they are written */
	if (!p)
		return NULL;
	memset(p, 0, offsetof(struct fragmented, bytes));
	memcpy(p->addr, c->tuple.addr, sizeof(p->addr));
	p->id = c->fragment_id;
	p->protocol = c->protocol;
	p->ts_ns = ts_ns;
	list_append(&f->list, &p->node);
	f->count++;
	return p;
}

/* What came first stays, as in Linux and Zeek: a later overlap changes nothing. */
static void take(struct fragmented *p, const struct dissect_packet *c)
{
	for (uint32_t at = 0; at < c->fragment_len; at += 8) {
		uint32_t unit = (c->fragment_offset + at) / 8, n = c->fragment_len - at;

		if (p->have[unit / 64] & 1ULL << unit % 64)
			continue;
		p->have[unit / 64] |= 1ULL << unit % 64;
		p->units++;
		memcpy(p->bytes + c->fragment_offset + at, c->fragment + at, n < 8 ? n : 8);
	}
}

static void expire(struct fragments *f, uint64_t ts_ns)
{
	struct fragmented *p;

	while ((p = oldest(f)) && p->ts_ns + FRAGMENTS_TIMEOUT_NS < ts_ns) {
		f->given_up++;
		drop(f, p);
	}
}

/* A fragment may have come from behind the end that the last one names. */
static bool is_whole(const struct fragmented *p)
{
	uint32_t units = (p->total + 7) / 8;

	if (!p->total || p->units < units)
		return false;
	for (uint32_t unit = 0; unit < units; unit++)
		if (!(p->have[unit / 64] & 1ULL << unit % 64))
			return false;
	return true;
}

const uint8_t *fragments_add(struct fragments *f, const struct dissect_packet *c, uint64_t ts_ns, uint32_t *len)
{
	struct fragmented *p;

	expire(f, ts_ns);
	/* All but the last are multiples of 8 long. */
	if (c->fragment_offset + (uint64_t)c->fragment_len > PAYLOAD_MAX || (c->more_fragments && c->fragment_len % 8))
		return NULL;
	p = find(f, c);
	if (!p)
		p = begin(f, c, ts_ns);
	if (!p)
		return NULL;
	take(p, c);
	if (!c->more_fragments && !p->total)
		p->total = c->fragment_offset + c->fragment_len;
	if (!is_whole(p))
		return NULL;
	list_remove(&p->node);
	f->count--;
	f->whole++;
	free(f->done);
	f->done = p;
	*len = p->total;
	return p->bytes;
}
