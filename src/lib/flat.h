/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A flat hash table from 32 bits of a hash to 32-bit values that are not 0: 11 to 21 bytes an entry, and a search that
 * finds nothing touches one cache line, where a chained table touches each entry of the chain. Several values may have
 * the same hash; the newest is found first. Linear probing; doubles when three quarters are taken; never shrinks.
 */
#ifndef TCPLIFE_FLAT_H
#define TCPLIFE_FLAT_H

#include <stddef.h>
#include <stdint.h>

struct flat_slot {
	uint32_t hash, value; /* value 0 = empty */
};

struct flat {
	struct flat_slot *slot;
	size_t mask, count;
};

/* Values of one hash, newest first; adding or removing ends it. */
struct flat_search {
	const struct flat *flat;
	size_t at;
	uint32_t hash;
};

/* slots is rounded up to a power of two, 8 at least. 0 or -ENOMEM. */
int flat_init(struct flat *f, size_t slots);
void flat_free(struct flat *f);
/* 0, or -ENOMEM when it is full and cannot grow. */
int flat_add(struct flat *f, uint32_t hash, uint32_t value);
/* Nothing happens if it is not there. */
void flat_remove(struct flat *f, uint32_t hash, uint32_t value);
struct flat_search flat_search(const struct flat *f, uint32_t hash);
/* A search for it comes soon: its memory, which is far away as a rule, is fetched meanwhile. */
static inline void flat_prefetch(const struct flat *f, uint32_t hash)
{
	__builtin_prefetch(&f->slot[hash & f->mask]);
}
/* The next value, 0 at the end. */
uint32_t flat_next(struct flat_search *s);

#endif
