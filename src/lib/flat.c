// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Linear probing in which entries of one hash stand newest first, and removal closes the gap, so that no tombstones
 * build up.
 */
#include "lib/flat.h"

#include <errno.h>
#include <stdlib.h>

int flat_init(struct flat *f, size_t slots)
{
	size_t size = 8;

	while (size < slots && size <= SIZE_MAX / 32)
		size *= 2;
	*f = (struct flat) { .slot = calloc(size, sizeof(*f->slot)), .mask = size - 1 };
	return f->slot ? 0 : -ENOMEM;
}

void flat_free(struct flat *f)
{
	free(f->slot);
	*f = (struct flat) { 0 };
}

/* The newest of its hash comes first, so an older one with the same hash moves on, and so on. */
static void put(struct flat *f, struct flat_slot s)
{
	size_t at = s.hash & f->mask;

	for (; f->slot[at].value; at = (at + 1) & f->mask) {
		if (f->slot[at].hash == s.hash) {
			struct flat_slot older = f->slot[at];

			f->slot[at] = s;
			s = older;
		}
	}
	f->slot[at] = s;
}

/* Where a run of taken slots begins, so that a run is moved from its first on: of one hash the newest comes first. */
static size_t first_empty(const struct flat *f)
{
	size_t at = 0;

	while (f->slot[at].value)
		at++;
	return at;
}

/* The other way round than they are to be found: put() lets each go before those that are there. */
static void move_all(const struct flat *from, struct flat *to)
{
	size_t end = first_empty(from);

	for (size_t i = 1; i <= from->mask; i++) {
		const struct flat_slot *s = &from->slot[(end - i) & from->mask];

		if (s->value)
			put(to, *s);
	}
}

static int grow(struct flat *f)
{
	struct flat larger;

	if (flat_init(&larger, (f->mask + 1) * 2) < 0)
		return -ENOMEM;
	move_all(f, &larger);
	larger.count = f->count;
	free(f->slot);
	*f = larger;
	return 0;
}

int flat_add(struct flat *f, uint32_t hash, uint32_t value)
{
	/* One slot stays empty: a search ends there. */
	if (f->count >= (f->mask + 1) / 4 * 3 && grow(f) < 0 && f->count >= f->mask)
		return -ENOMEM;
	put(f, (struct flat_slot) { hash, value });
	f->count++;
	return 0;
}

/* Fills the gap with what was put behind it for want of room. */
static void close_gap(struct flat *f, size_t gap)
{
	for (size_t at = (gap + 1) & f->mask; f->slot[at].value; at = (at + 1) & f->mask) {
		size_t home = f->slot[at].hash & f->mask;

		if (((at - home) & f->mask) < ((at - gap) & f->mask))
			continue;
		f->slot[gap] = f->slot[at];
		gap = at;
	}
	f->slot[gap] = (struct flat_slot) { 0 };
}

void flat_remove(struct flat *f, uint32_t hash, uint32_t value)
{
	for (size_t at = hash & f->mask; f->slot[at].value; at = (at + 1) & f->mask) {
		if (f->slot[at].value == value && f->slot[at].hash == hash) {
			close_gap(f, at);
			f->count--;
			return;
		}
	}
}

struct flat_search flat_search(const struct flat *f, uint32_t hash)
{
	return (struct flat_search) { .flat = f, .at = hash & f->mask, .hash = hash };
}

uint32_t flat_next(struct flat_search *s)
{
	const struct flat *f = s->flat;

	for (; f->slot[s->at].value; s->at = (s->at + 1) & f->mask) {
		if (f->slot[s->at].hash == s->hash) {
			uint32_t value = f->slot[s->at].value;

			s->at = (s->at + 1) & f->mask;
			return value;
		}
	}
	return 0;
}
