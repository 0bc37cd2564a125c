// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides which connections are kept unpacked, which are packed and when, and where their memory comes from. */
#include "core/table/conn_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room that was used and may be wanted again soon. */
#define SPARE_MAX 64
#define CHUNK	  4096 /* entries are allocated in so many */

static struct conn *conn_of(struct list_node *n)
{
	return container_of(n, struct conn, whole);
}

int conn_store_init(struct conn_store *s)
{
	list_init(&s->busy);
	list_init(&s->resting);
	list_init(&s->spare);
	list_init(&s->unused);
	s->shown = calloc(1, sizeof(*s->shown));
	s->buffer = malloc(CONN_PACKED_MAX);
	if (!s->shown || !s->buffer || moments_reserve(&s->shown->moments, MOMENTS_MAX) < 0)
		return -ENOMEM;
	return 0;
}

static void discard(struct conn *c)
{
	moments_free(&c->moments);
	free(c);
}

void conn_store_free(struct conn_store *s)
{
	while (s->spare.next && !list_empty(&s->spare)) {
		struct conn *c = conn_of(s->spare.next);

		list_remove(&c->whole);
		discard(c);
	}
	if (s->shown)
		discard(s->shown);
	for (size_t i = 0; i < s->chunks; i++)
		free(s->chunk[i]);
	free(s->chunk);
	free(s->buffer);
	conn_packer_free(&s->packer);
	*s = (struct conn_store) { 0 };
}

static int add_chunk(struct conn_store *s)
{
	struct conn_entry *chunk = calloc(CHUNK, sizeof(*chunk));
	struct conn_entry **list = chunk ? reallocarray(s->chunk, s->chunks + 1, sizeof(*list)) : NULL;

	if (!list) {
		free(chunk);
		return -ENOMEM;
	}
	list[s->chunks++] = chunk;
	s->chunk = list;
	return 0;
}

struct conn_entry *conn_store_entry(const struct conn_store *s, uint32_t number)
{
	return &s->chunk[(number - 1) / CHUNK][(number - 1) % CHUNK];
}

/* All zero but for its number. */
static struct conn_entry *entry_new(struct conn_store *s)
{
	struct conn_entry *e;
	uint32_t number;

	if (!list_empty(&s->unused)) {
		e = container_of(s->unused.prev, struct conn_entry, queue);
		number = e->number;
		list_remove(&e->queue);
	} else {
		if (s->numbers == s->chunks * CHUNK && add_chunk(s) < 0)
			return NULL;
		number = ++s->numbers;
		e = conn_store_entry(s, number);
	}
	*e = (struct conn_entry) { .number = number };
	return e;
}

/* It may hold a former one's values. */
static struct conn *room(struct conn_store *s)
{
	struct conn *c;

	if (list_empty(&s->spare))
		return calloc(1, sizeof(*c));
	c = conn_of(s->spare.prev); /* the last used, which a cache may still hold */
	list_remove(&c->whole);
	s->spare_count--;
	return c;
}

static void give_back(struct conn_store *s, struct conn *c)
{
	if (s->spare_count >= SPARE_MAX) {
		discard(c);
		return;
	}
	list_append(&s->spare, &c->whole);
	s->spare_count++;
}

static void to_busy(struct conn_store *s, struct conn *c)
{
	list_append(&s->busy, &c->whole);
	s->busy_count++;
	c->entry->rests = false;
}

static void off_list(struct conn_store *s, struct conn *c)
{
	list_remove(&c->whole);
	if (!c->entry->rests)
		s->busy_count--;
}

struct conn *conn_store_new(struct conn_store *s)
{
	struct conn_entry *e = entry_new(s);
	struct conn *c = e ? room(s) : NULL;
	struct moments kept;

	if (!c) {
		if (e)
			list_append(&s->unused, &e->queue);
		return NULL;
	}
	kept = c->moments;
	kept.count = 0;
	kept.dropped = 0;
	*c = (struct conn) { .entry = e, .moments = kept };
	e->whole = c;
	to_busy(s, c);
	return c;
}

void conn_store_remove(struct conn_store *s, struct conn_entry *e)
{
	if (e->is_packed) {
		free(e->packed);
	} else {
		off_list(s, e->whole);
		give_back(s, e->whole);
	}
	list_append(&s->unused, &e->queue);
}

/* For what e has packed. */
static struct conn *room_for(struct conn_store *s, const struct conn_entry *e)
{
	struct conn *c = room(s);

	if (c && moments_reserve(&c->moments, conn_packed_moments(e->packed)) < 0) {
		give_back(s, c);
		return NULL;
	}
	return c;
}

struct conn *conn_store_unpack(struct conn_store *s, struct conn_entry *e)
{
	struct conn *c = room_for(s, e);

	if (!c) {
		e->no_memory = true;
		return NULL;
	}
	conn_unpack(&s->packer, e->packed, c);
	free(e->packed);
	c->entry = e;
	e->whole = c;
	e->is_packed = false;
	to_busy(s, c);
	if (e->no_memory)
		conn_no_memory(c);
	return c;
}

const struct conn *conn_store_look(const struct conn_store *s, const struct conn_entry *e)
{
	if (!e->is_packed)
		return e->whole;
	conn_unpack(&s->packer, e->packed, s->shown);
	return s->shown;
}

void conn_store_touch(struct conn_store *s, struct conn *c, bool rests)
{
	if (c->whole.next == &s->busy && !rests)
		return; /* it was the last before, too */
	off_list(s, c);
	if (!rests) {
		to_busy(s, c);
		return;
	}
	list_append(&s->resting, &c->whole);
	c->entry->rests = true;
}

static bool pack(struct conn_store *s, struct conn *c)
{
	size_t size = conn_pack(&s->packer, c, s->buffer);
	uint8_t *packed = malloc(size);

	if (!packed)
		return false; /* it stays whole */
	memcpy(packed, s->buffer, size);
	off_list(s, c);
	c->entry->packed = packed;
	c->entry->is_packed = true;
	give_back(s, c);
	return true;
}

void conn_store_pack_now(struct conn_store *s)
{
	while (!list_empty(&s->resting) && pack(s, conn_of(s->resting.next)))
		;
	while (s->busy_count > CONNS_WHOLE && pack(s, conn_of(s->busy.next)))
		;
}
