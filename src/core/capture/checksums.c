// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/capture/checksums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_mix.h"

int checksums_init(struct checksums *c)
{
	*c = (struct checksums) { 0 };
	return flat_init(&c->by_addr, 64);
}

void checksums_free(struct checksums *c)
{
	flat_free(&c->by_addr);
	free(c->host);
	*c = (struct checksums) { 0 };
}

static uint32_t addr_hash(const uint8_t addr[16])
{
	uint64_t half[2];

	memcpy(half, addr, sizeof(half));
	return (uint32_t)hash_mix(half[0] ^ hash_mix(half[1]));
}

static struct checksums_host *find(const struct checksums *c, const uint8_t addr[16])
{
	struct flat_search s = flat_search(&c->by_addr, addr_hash(addr));
	uint32_t number;

	while ((number = flat_next(&s)))
		if (!memcmp(c->host[number - 1].addr, addr, 16))
			return &c->host[number - 1];
	return NULL;
}

/* NULL where there is no room: it has no verdict of its own then. */
static struct checksums_host *add(struct checksums *c, const uint8_t addr[16])
{
	if (c->hosts == CHECKSUMS_MAX_HOSTS)
		return NULL;
	if (c->hosts == c->capacity) {
		size_t capacity = c->capacity ? c->capacity * 2 : 64;
		struct checksums_host *list = reallocarray(c->host, capacity, sizeof(*list));

		if (!list)
			return NULL;
		c->host = list;
		c->capacity = capacity;
	}
	if (flat_add(&c->by_addr, addr_hash(addr), (uint32_t)c->hosts + 1))
		return NULL;
	c->host[c->hosts] = (struct checksums_host) { 0 };
	memcpy(c->host[c->hosts].addr, addr, 16);
	return &c->host[c->hosts++];
}

void checksums_note(struct checksums *c, const struct dissect_packet *p)
{
	struct checksums_host *h;

	if (p->checksum == CHECKSUM_UNCHECKED)
		return;
	c->checked++;
	c->wrong += checksums_is_wrong(p);
	h = find(c, p->tuple.addr[0]) ?: add(c, p->tuple.addr[0]);
	if (!h)
		return;
	h->checked++;
	h->wrong += checksums_is_wrong(p);
}

enum checksums_verdict checksums_judge(const struct checksums *c, const struct dissect_packet *p)
{
	const struct checksums_host *h;

	if (c->wrong * CHECKSUMS_MANY > c->checked)
		return CHECKSUMS_MANY_OF_ALL;
	h = find(c, p->tuple.addr[0]);
	return h && h->wrong == h->checked && h->checked >= CHECKSUMS_HOST_MIN ? CHECKSUMS_ALL_OF_HOST
									       : CHECKSUMS_DAMAGE;
}
