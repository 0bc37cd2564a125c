// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/host_names.h"

#include <stdlib.h>
#include <string.h>

#include "core/dns.h"
#include "lib/hash_mix.h"

#define NAMES_MOST   16384 /* then no further name is taken */
#define NAME_SLOTS   32768 /* a power of two, twice as many */
#define ADDRESS_SETS 4096
#define ADDRESS_WAYS 4
#define LEAST_NS     60000000000ULL /* programs connect some time after they asked, and answers with a TTL of 0 exist */
#define MOST_S	     86400

struct host_name {
	uint64_t hash;
	char text[];
};

struct host_address {
	uint64_t expires_ns; /* 0 = empty */
	const struct host_name *name;
	uint32_t netns;
	uint8_t addr[16];
};

void host_names_free(struct host_names *h)
{
	for (size_t i = 0; h->names && i < NAME_SLOTS; i++)
		free(h->names[i]);
	free(h->names);
	free(h->addresses);
	*h = (struct host_names) { 0 };
}

static bool make_room(struct host_names *h)
{
	if (!h->names)
		h->names = calloc(NAME_SLOTS, sizeof(h->names[0]));
	if (!h->addresses)
		h->addresses = calloc(ADDRESS_SETS * ADDRESS_WAYS, sizeof(h->addresses[0]));
	h->no_memory |= !h->names || !h->addresses;
	return h->names && h->addresses;
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = 0;

	for (; *text; text++)
		hash = hash_mix(hash + (uint8_t)*text + 1);
	return hash;
}

/* NULL: there are too many, or memory ran out. */
static const struct host_name *intern(struct host_names *h, const char *text)
{
	uint64_t hash = hash_text(text);
	size_t slot = hash % NAME_SLOTS, len = strlen(text);
	struct host_name *name;

	for (; h->names[slot]; slot = (slot + 1) % NAME_SLOTS)
		if (h->names[slot]->hash == hash && !strcmp(h->names[slot]->text, text))
			return h->names[slot];
	if (h->count == NAMES_MOST)
		return NULL;
	name = malloc(sizeof(*name) + len + 1);
	if (!name) {
		h->no_memory = true;
		return NULL;
	}
	name->hash = hash;
	memcpy(name->text, text, len + 1);
	h->names[slot] = name;
	h->count++;
	return name;
}

static struct host_address *set_of(const struct host_names *h, uint32_t netns, const uint8_t addr[16])
{
	uint64_t half[2];

	memcpy(half, addr, sizeof(half));
	return &h->addresses[hash_mix(hash_mix(half[0] ^ netns) ^ half[1]) % ADDRESS_SETS * ADDRESS_WAYS];
}

static bool is_of(const struct host_address *a, uint32_t netns, const uint8_t addr[16])
{
	return a->expires_ns && a->netns == netns && !memcmp(a->addr, addr, sizeof(a->addr));
}

/* That of the address, else the one that ends first. */
static struct host_address *place_for(const struct host_names *h, uint32_t netns, const uint8_t addr[16])
{
	struct host_address *set = set_of(h, netns, addr), *oldest = set;

	for (int i = 0; i < ADDRESS_WAYS; i++) {
		if (is_of(&set[i], netns, addr))
			return &set[i];
		if (set[i].expires_ns < oldest->expires_ns)
			oldest = &set[i];
	}
	return oldest;
}

struct answering {
	struct host_names *names;
	const struct event *event;
};

static void on_answer(void *ctx, const struct dns_answer *a)
{
	const struct answering *to = ctx;
	const struct host_name *name = intern(to->names, a->name);
	struct host_address *place;
	uint64_t ttl_ns = (a->ttl_s < MOST_S ? a->ttl_s : MOST_S) * 1000000000ULL;

	if (!name)
		return;
	place = place_for(to->names, to->event->netns, a->addr);
	place->expires_ns = to->event->ts_ns + (ttl_ns > LEAST_NS ? ttl_ns : LEAST_NS);
	place->name = name;
	place->netns = to->event->netns;
	memcpy(place->addr, a->addr, sizeof(place->addr));
}

void host_names_answer(struct host_names *h, const struct event_dns *e)
{
	struct answering to = { h, &e->event };

	if (make_room(h))
		dns_answers(e->message, e->length, on_answer, &to);
}

const char *host_names_find(const struct host_names *h, uint32_t netns, const uint8_t addr[16], uint64_t now_ns)
{
	const struct host_address *set;

	if (!h->addresses)
		return NULL;
	set = set_of(h, netns, addr);
	for (int i = 0; i < ADDRESS_WAYS; i++)
		if (is_of(&set[i], netns, addr))
			return now_ns < set[i].expires_ns ? set[i].name->text : NULL;
	return NULL;
}
