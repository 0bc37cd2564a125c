// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/hash.h"
#include "lib/list.h"
#include "test.h"

struct entry {
	struct hash_node node;
	int key;
};

static int keys_of(const struct hash *h, uint64_t hash, int *keys, int max)
{
	int n = 0;

	for (struct hash_node *e = hash_first(h, hash); e && n < max; e = hash_next(e))
		keys[n++] = container_of(e, struct entry, node)->key;
	return n;
}

CASE(newest_of_equal_hashes_comes_first_even_after_growth)
{
	struct entry e[100];
	struct hash h;
	int keys[100];

	CHECK_EQ_INT(hash_init(&h, 2), 0);
	for (int i = 0; i < 100; i++) {
		e[i] = (struct entry) { .key = i };
		hash_add(&h, &e[i].node, i % 2 ? 5 : 69); /* one bucket of 64, two hashes */
	}
	CHECK_EQ_INT(h.count, 100);
	CHECK(h.mask + 1 >= 100);
	CHECK_EQ_INT(keys_of(&h, 5, keys, 100), 50);
	for (int i = 0; i < 50; i++)
		CHECK_EQ_INT(keys[i], 99 - 2 * i);
	hash_free(&h);
}

CASE(removal)
{
	struct entry e[3] = { 0 };
	struct hash h;
	int keys[3] = { 0 };

	CHECK_EQ_INT(hash_init(&h, 1), 0);
	for (int i = 0; i < 3; i++) {
		e[i].key = i;
		hash_add(&h, &e[i].node, 7);
	}
	hash_remove(&h, &e[1].node);
	hash_remove(&h, &e[1].node);
	CHECK_EQ_INT(h.count, 2);
	CHECK_EQ_INT(keys_of(&h, 7, keys, 3), 2);
	CHECK_EQ_INT(keys[0], 2);
	CHECK_EQ_INT(keys[1], 0);
	hash_remove(&h, &e[2].node);
	hash_remove(&h, &e[0].node);
	CHECK(hash_first(&h, 7) == NULL);
	CHECK_EQ_INT(h.count, 0);
	hash_free(&h);
}

CASE(a_missing_hash_is_not_found)
{
	struct entry e = { 0 };
	struct hash h;

	CHECK_EQ_INT(hash_init(&h, 1), 0);
	hash_add(&h, &e.node, 7);
	CHECK(hash_first(&h, 8) == NULL);
	hash_free(&h);
}
