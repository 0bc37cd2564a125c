// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_mix.h"

int top_store_init(struct top_store *s)
{
	*s = (struct top_store) { 0 };
	s->ended = calloc(TOP_ENDED_MAX, sizeof(*s->ended));
	s->open = calloc(TOP_OPEN_MAX, sizeof(*s->open));
	if (!s->ended || !s->open || flat_init(&s->by_id, 64)) {
		top_store_free(s);
		return -ENOMEM;
	}
	return 0;
}

static void forget(struct top_ended *e)
{
	kept_conn_free(&e->kept);
	*e = (struct top_ended) { 0 };
}

void top_store_free(struct top_store *s)
{
	for (size_t i = 0; s->ended && i < TOP_ENDED_MAX; i++)
		forget(&s->ended[i]);
	free(s->ended);
	free(s->open);
	flat_free(&s->by_id);
	conn_packer_free(&s->packer);
	*s = (struct top_store) { 0 };
}

void top_store_walk(struct top_store *s)
{
	s->open_count = 0;
	s->open_left_out = 0;
}

struct top_row *top_store_open(struct top_store *s)
{
	if (s->open_count < TOP_OPEN_MAX)
		return &s->open[s->open_count++];
	s->open_left_out++;
	return NULL;
}

static uint32_t hash_of(const uint64_t id[2])
{
	return (uint32_t)hash_mix(id[0] ^ id[1]);
}

uint64_t top_store_oldest(const struct top_store *s)
{
	return s->next > TOP_ENDED_MAX ? s->next - TOP_ENDED_MAX : 0;
}

static struct top_ended *find(const struct top_store *s, const uint64_t id[2])
{
	struct flat_search search = flat_search(&s->by_id, hash_of(id));
	uint32_t number;

	while ((number = flat_next(&search))) {
		struct top_ended *e = &s->ended[number - 1];

		if (e->row.id[0] == id[0] && e->row.id[1] == id[1])
			return e;
	}
	return NULL;
}

struct top_row *top_store_find(const struct top_store *s, const uint64_t id[2])
{
	struct top_ended *e = find(s, id);

	return e ? &e->row : NULL;
}

/* The place of the oldest. NULL without memory for the index. */
static struct top_ended *new_place(struct top_store *s, const struct conn *c)
{
	uint32_t slot = (uint32_t)(s->next % TOP_ENDED_MAX);
	struct top_ended *e = &s->ended[slot];

	if (s->next >= TOP_ENDED_MAX) {
		flat_remove(&s->by_id, hash_of(e->row.id), slot + 1);
		forget(e);
	}
	s->next++;
	e->row.id[0] = c->id[0];
	e->row.id[1] = c->id[1];
	return flat_add(&s->by_id, hash_of(c->id), slot + 1) ? NULL : e;
}

struct top_row *top_store_ended(struct top_store *s, const struct conn *c)
{
	struct top_ended *e = find(s, c->id) ?: new_place(s, c);

	if (!e) {
		s->no_memory++;
		return NULL;
	}
	/* Without memory the row stays, and the diagram is missing. */
	s->no_memory += kept_conn_set(&e->kept, &s->packer, c) != 0;
	return &e->row;
}

bool top_store_unpack(const struct top_store *s, const struct top_ended *e, struct whole_conn *out)
{
	return kept_conn_get(&e->kept, &s->packer, out);
}

bool top_store_get(const struct top_store *s, const uint64_t id[2], struct whole_conn *out)
{
	const struct top_ended *e = find(s, id);

	return e && top_store_unpack(s, e, out);
}
