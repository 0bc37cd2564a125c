/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which process listens where: known from the steps into LISTEN, to name the owner of a connection whose accept() was
 * not seen.
 */
#ifndef TCPLIFE_LISTENER_H
#define TCPLIFE_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/list.h"

#define LISTENERS_MAX 4096 /* beyond it the oldest is forgotten */

struct listener {
	struct list_node node;
	uint64_t id;
	uint32_t netns;
	struct endpoint end;
	struct actor owner;
};

struct listeners {
	struct list_node list;
	size_t count;
	bool no_memory; /* one was not kept for want of memory */
};

void listeners_init(struct listeners *l);
void listeners_free(struct listeners *l);
/* owner may be NULL. After -ENOMEM the listener stays unknown. */
int listeners_add(struct listeners *l, uint64_t id, uint32_t netns, const struct endpoint *end,
		  const struct actor *owner);
void listeners_remove(struct listeners *l, uint64_t id);
bool listeners_knows(const struct listeners *l, uint64_t id);
/* The newest listener that would take a SYN to this end: exact address before wildcard. NULL if none is known. */
const struct listener *listeners_find(const struct listeners *l, uint32_t netns, const struct endpoint *end);
/* For end 0 or 1 of a tuple. */
const struct listener *listeners_find_end(const struct listeners *l, const struct event_tuple *tuple, int which,
					  uint32_t netns);

#endif
