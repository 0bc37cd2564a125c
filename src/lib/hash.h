/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Intrusive chained hash table: 24 bytes a node and no allocation per entry (uthash: 56 bytes a node), which is what a
 * million TIME_WAITs need. Doubles when it holds more entries than half its buckets: a chain's other entries cost a
 * cache miss each. Never shrinks.
 */
#ifndef TCPLIFE_HASH_H
#define TCPLIFE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_node {
	struct hash_node *next, **pprev; /* pprev NULL = in no table */
	uint64_t hash;
};

struct hash {
	struct hash_node **bucket;
	size_t mask, count;
};

/* 0 or -ENOMEM. buckets is rounded up to a power of two. */
int hash_init(struct hash *h, size_t buckets);
void hash_free(struct hash *h);
/* Newest entries come first in hash_first(). A failed growth is not an error: chains get longer. */
void hash_add(struct hash *h, struct hash_node *n, uint64_t hash);
/* Nothing happens to a node that is in no table. */
void hash_remove(struct hash *h, struct hash_node *n);
/* First entry of that hash value, and the next after n; NULL at the end. Different keys may share a hash: compare. */
struct hash_node *hash_first(const struct hash *h, uint64_t hash);
struct hash_node *hash_next(const struct hash_node *n);
/* A good 64-bit mixer (the finaliser of MurmurHash3). */
static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ (x >> 33);
}

#endif
