// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/cgroups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cgroup_path.h"
#include "lib/hash_mix.h"

int cgroups_init(struct cgroups *g)
{
	g->count = 0;
	g->clock = 0;
	g->no_memory = false;
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

const struct cgroup *cgroups_find(struct cgroups *g, uint64_t id)
{
	struct flat_search search = flat_search(&g->by_id, id_hash(id));
	uint32_t number;

	while (id && (number = flat_next(&search))) {
		if (g->list[number - 1]->id != id)
			continue;
		g->used[number - 1] = ++g->clock;
		return g->list[number - 1];
	}
	return NULL;
}

static uint32_t longest_unused(const struct cgroups *g)
{
	uint32_t oldest = 0;

	for (uint32_t i = 1; i < g->count; i++)
		if (g->used[i] < g->used[oldest])
			oldest = i;
	return oldest;
}

/* Where the next one goes: its index, or -ENOMEM. */
static int make_room(struct cgroups *g)
{
	uint32_t i;

	if (g->count < CGROUPS_MAX) {
		g->list[g->count] = calloc(1, sizeof(*g->list[0]));
		g->no_memory |= !g->list[g->count];
		return g->list[g->count] ? (int)g->count++ : -ENOMEM;
	}
	i = longest_unused(g);
	flat_remove(&g->by_id, id_hash(g->list[i]->id), i + 1);
	return (int)i;
}

void cgroups_add(struct cgroups *g, const struct event_cgroup *e)
{
	struct cgroup *entry;
	int i = cgroups_find(g, e->id) ? -EEXIST : make_room(g);

	if (i < 0)
		return;
	entry = g->list[i];
	*entry = (struct cgroup) { .id = e->id };
	memcpy(entry->path, e->path, sizeof(entry->path));
	cgroup_path_parse(entry->path, &entry->place);
	memcpy(entry->names.runtime, entry->place.runtime, sizeof(entry->names.runtime));
	memcpy(entry->names.pod_uid, entry->place.pod_uid, sizeof(entry->names.pod_uid));
	g->used[i] = ++g->clock;
	if (flat_add(&g->by_id, id_hash(e->id), (uint32_t)i + 1) < 0) {
		g->used[i] = 0; /* it stays a number; the next one takes its place */
		g->no_memory = true;
	}
}

void cgroups_name(struct cgroups *g, const struct event_container *e)
{
	/* Not const: what cgroups_find() hands out is our own. */
	struct cgroup *entry = (struct cgroup *)cgroups_find(g, e->id);

	if (!entry)
		return;
	container_names_take(&entry->names, e);
}
