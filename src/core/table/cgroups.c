// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/cgroups.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_mix.h"

#define ID_DIGITS (CONTAINER_ID_SIZE - 1)

int cgroups_init(struct cgroups *g)
{
	g->count = 0;
	return flat_init(&g->by_id, 64);
}

void cgroups_free(struct cgroups *g)
{
	for (uint32_t i = 0; i < g->count; i++)
		free(g->list[i]);
	g->count = 0;
	flat_free(&g->by_id);
}

static uint32_t id_hash(uint64_t id)
{
	return (uint32_t)hash_mix(id);
}

const struct cgroup *cgroups_find(const struct cgroups *g, uint64_t id)
{
	struct flat_search search = flat_search(&g->by_id, id_hash(id));
	uint32_t number;

	while (id && (number = flat_next(&search))) {
		if (g->list[number - 1]->id == id)
			return g->list[number - 1];
	}
	return NULL;
}

void cgroups_add(struct cgroups *g, const struct event_cgroup *e)
{
	struct cgroup *entry;

	if (g->count >= CGROUPS_MAX || cgroups_find(g, e->id))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry || flat_add(&g->by_id, id_hash(e->id), g->count + 1) < 0) {
		free(entry);
		return; /* it stays a number */
	}
	entry->id = e->id;
	memcpy(entry->path, e->path, sizeof(entry->path));
	cgroups_container_id(entry->path, entry->container);
	g->list[g->count++] = entry;
}

bool cgroups_container_id(const char *path, char out[CONTAINER_ID_SIZE])
{
	const char *found = NULL;

	for (const char *p = path; *p;) {
		size_t digits = strspn(p, "0123456789abcdef");

		if (digits == ID_DIGITS && !isalnum((unsigned char)p[digits]))
			found = p;
		p += digits;
		/* Letters that are no digits belong to the word: its end decides. */
		while (*p && isalnum((unsigned char)*p))
			p++;
		while (*p && !isalnum((unsigned char)*p))
			p++;
	}
	if (!found)
		return false;
	memcpy(out, found, ID_DIGITS);
	out[ID_DIGITS] = '\0';
	return true;
}
