// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/flat.h"

#include "test.h"

static int values_of(const struct flat *f, uint32_t hash, uint32_t *values, int max)
{
	struct flat_search s = flat_search(f, hash);
	int n = 0;

	for (uint32_t v; n < max && (v = flat_next(&s));)
		values[n++] = v;
	return n;
}

CASE(newest_of_equal_hashes_comes_first_even_after_growth)
{
	struct flat f;
	uint32_t values[100];

	CHECK_EQ_INT(flat_init(&f, 8), 0);
	for (uint32_t i = 1; i <= 100; i++)
		CHECK_EQ_INT(flat_add(&f, i % 2 ? 6 : 0xfffffffe, i), 0); /* neighbours, around the end */
	CHECK_EQ_INT(f.count, 100);
	CHECK_EQ_INT(values_of(&f, 6, values, 100), 50);
	for (uint32_t i = 0; i < 50; i++)
		CHECK_EQ_INT(values[i], 99 - 2 * i);
	CHECK_EQ_INT(values_of(&f, 0xfffffffe, values, 100), 50);
	for (uint32_t i = 0; i < 50; i++)
		CHECK_EQ_INT(values[i], 100 - 2 * i);
	CHECK_EQ_INT(values_of(&f, 7, values, 100), 0);
	flat_free(&f);
}

CASE(removal_leaves_the_others_in_order)
{
	struct flat f;
	uint32_t values[4] = { 0 };

	CHECK_EQ_INT(flat_init(&f, 8), 0);
	for (uint32_t i = 1; i <= 3; i++)
		flat_add(&f, 7, i);
	flat_add(&f, 15, 9); /* the same slot */
	flat_remove(&f, 7, 2);
	flat_remove(&f, 7, 2);
	flat_remove(&f, 8, 3);
	CHECK_EQ_INT(f.count, 3);
	CHECK_EQ_INT(values_of(&f, 7, values, 4), 2);
	CHECK_EQ_INT(values[0], 3);
	CHECK_EQ_INT(values[1], 1);
	CHECK_EQ_INT(values_of(&f, 15, values, 4), 1);
	flat_remove(&f, 7, 3);
	flat_remove(&f, 7, 1);
	CHECK_EQ_INT(values_of(&f, 7, values, 4), 0);
	CHECK_EQ_INT(values_of(&f, 15, values, 4), 1);
	flat_remove(&f, 15, 9);
	CHECK_EQ_INT(f.count, 0);
	flat_free(&f);
}

/* Beside a list that is searched from its end. */
CASE(it_does_what_a_list_does)
{
	enum { STEPS = 20000, HASHES = 40 };
	static struct flat_slot list[STEPS];
	uint32_t state = 1, next = 1;
	size_t count = 0;
	struct flat f;

	CHECK_EQ_INT(flat_init(&f, 8), 0);
	for (int i = 0; i < STEPS && !test_case_failed; i++) {
		uint32_t hash, found[STEPS / 10];
		int n, k = 0;

		state = state * 1664525 + 1013904223;
		hash = (state >> 16) % HASHES * 0x0fffffff;
		if (count && (state >> 8) % 64 < 31) {
			size_t at = (state >> 4) % count;

			flat_remove(&f, list[at].hash, list[at].value);
			memmove(&list[at], &list[at + 1], (--count - at) * sizeof(*list));
		} else {
			list[count++] = (struct flat_slot) { hash, next };
			flat_add(&f, hash, next++);
		}
		CHECK_EQ_INT(f.count, count);
		n = values_of(&f, hash, found, STEPS / 10);
		for (size_t at = count; at-- > 0;) {
			if (list[at].hash == hash)
				CHECK(k < n && found[k++] == list[at].value);
		}
		CHECK_EQ_INT(k, n);
	}
	CHECK(count > 100);
	flat_free(&f);
}
