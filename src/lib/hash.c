// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/hash.h"

#include <errno.h>
#include <stdlib.h>

int hash_init(struct hash *h, size_t buckets)
{
	size_t size = 1;

	while (size < buckets && size <= SIZE_MAX / 4)
		size *= 2;
	h->bucket = calloc(size, sizeof(*h->bucket));
	if (!h->bucket)
		return -ENOMEM;
	h->mask = size - 1;
	h->count = 0;
	return 0;
}

void hash_free(struct hash *h)
{
	free(h->bucket);
	*h = (struct hash) { 0 };
}

static void link_first(struct hash_node **head, struct hash_node *n)
{
	n->next = *head;
	n->pprev = head;
	if (n->next)
		n->next->pprev = &n->next;
	*head = n;
}

/* Puts a chain's entries into their new buckets, last one first: the newest stay in front. */
static void rehash_chain(struct hash_node *chain, struct hash_node **bucket, size_t mask)
{
	struct hash_node *reversed = NULL, *next;

	for (; chain; chain = next) {
		next = chain->next;
		chain->next = reversed;
		reversed = chain;
	}
	for (; reversed; reversed = next) {
		next = reversed->next;
		link_first(&bucket[reversed->hash & mask], reversed);
	}
}

static void grow(struct hash *h)
{
	size_t size = (h->mask + 1) * 2;
	struct hash_node **bucket = calloc(size, sizeof(*bucket));

	if (!bucket)
		return;
	for (size_t i = 0; i <= h->mask; i++)
		rehash_chain(h->bucket[i], bucket, size - 1);
	free(h->bucket);
	h->bucket = bucket;
	h->mask = size - 1;
}

void hash_add(struct hash *h, struct hash_node *n, uint64_t hash)
{
	if (h->count * 2 > h->mask)
		grow(h);
	n->hash = hash;
	link_first(&h->bucket[hash & h->mask], n);
	h->count++;
}

void hash_remove(struct hash *h, struct hash_node *n)
{
	if (!n->pprev)
		return;
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	n->next = NULL;
	n->pprev = NULL;
	h->count--;
}

static struct hash_node *same_hash(struct hash_node *n, uint64_t hash)
{
	while (n && n->hash != hash)
		n = n->next;
	return n;
}

struct hash_node *hash_first(const struct hash *h, uint64_t hash)
{
	return same_hash(h->bucket[hash & h->mask], hash);
}

struct hash_node *hash_next(const struct hash_node *n)
{
	return same_hash(n->next, n->hash);
}
