// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/cgroups.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/list.h"

#define ID_DIGITS (CONTAINER_ID_SIZE - 1)

int cgroups_init(struct cgroups *g)
{
	return hash_init(&g->hash, 64);
}

void cgroups_free(struct cgroups *g)
{
	for (size_t i = 0; g->hash.bucket && i <= g->hash.mask; i++) {
		while (g->hash.bucket[i]) {
			struct cgroup *entry = container_of(g->hash.bucket[i], struct cgroup, node);

			hash_remove(&g->hash, &entry->node);
			free(entry);
		}
	}
	hash_free(&g->hash);
}

const struct cgroup *cgroups_find(const struct cgroups *g, uint64_t id)
{
	struct hash_node *n = id ? hash_first(&g->hash, hash_mix(id)) : NULL;

	for (; n; n = hash_next(n)) {
		const struct cgroup *entry = container_of(n, struct cgroup, node);

		if (entry->id == id)
			return entry;
	}
	return NULL;
}

void cgroups_add(struct cgroups *g, const struct event_cgroup *e)
{
	struct cgroup *entry;

	if (g->hash.count >= CGROUPS_MAX || cgroups_find(g, e->id))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return; /* it stays a number */
	entry->id = e->id;
	memcpy(entry->path, e->path, sizeof(entry->path));
	container_id(entry->path, entry->container);
	hash_add(&g->hash, &entry->node, hash_mix(e->id));
}

bool container_id(const char *path, char out[CONTAINER_ID_SIZE])
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
