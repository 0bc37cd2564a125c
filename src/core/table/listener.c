// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void listeners_init(struct listeners *l)
{
	list_init(&l->list);
	l->count = 0;
	l->no_memory = false;
}

static void forget(struct listeners *l, struct listener *entry)
{
	list_remove(&entry->node);
	l->count--;
	free(entry);
}

void listeners_free(struct listeners *l)
{
	while (!list_empty(&l->list))
		forget(l, container_of(l->list.next, struct listener, node));
}

int listeners_add(struct listeners *l, uint64_t id, uint32_t netns, const struct endpoint *end,
		  const struct actor *owner)
{
	struct listener *entry;

	listeners_remove(l, id);
	if (l->count == LISTENERS_MAX)
		forget(l, container_of(l->list.next, struct listener, node));
	entry = calloc(1, sizeof(*entry));
	if (!entry) {
		l->no_memory = true;
		return -ENOMEM;
	}
	entry->id = id;
	entry->netns = netns;
	entry->end = *end;
	if (owner)
		entry->owner = *owner;
	list_append(&l->list, &entry->node);
	l->count++;
	return 0;
}

void listeners_remove(struct listeners *l, uint64_t id)
{
	for (struct list_node *n = l->list.next; n != &l->list; n = n->next) {
		struct listener *entry = container_of(n, struct listener, node);

		if (entry->id == id) {
			forget(l, entry);
			return;
		}
	}
}

bool listeners_knows(const struct listeners *l, uint64_t id)
{
	for (const struct list_node *n = l->list.next; n != &l->list; n = n->next) {
		if (container_of(n, struct listener, node)->id == id)
			return true;
	}
	return false;
}

static bool is_wildcard(const struct endpoint *e)
{
	static const uint8_t any6[16], any4[16] = { [10] = 0xff, [11] = 0xff };

	return memcmp(e->addr, any6, 16) == 0 || memcmp(e->addr, any4, 16) == 0;
}

const struct listener *listeners_find(const struct listeners *l, uint32_t netns, const struct endpoint *end)
{
	const struct listener *wild = NULL;

	for (struct list_node *n = l->list.prev; n != &l->list; n = n->prev) {
		const struct listener *entry = container_of(n, struct listener, node);

		if (entry->end.port != end->port || (netns && entry->netns && entry->netns != netns))
			continue;
		if (endpoint_equal(&entry->end, end))
			return entry;
		if (!wild && is_wildcard(&entry->end))
			wild = entry;
	}
	return wild;
}

const struct listener *listeners_find_end(const struct listeners *l, const struct event_tuple *tuple, int which,
					  uint32_t netns)
{
	struct endpoint e = event_tuple_end(tuple, which);

	return listeners_find(l, netns, &e);
}
