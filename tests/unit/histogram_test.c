// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/histogram.h"

#include "test.h"

#define MS 1000000ULL

static bool within(uint64_t value, uint64_t wanted, unsigned int percent)
{
	uint64_t slack = wanted * percent / 100;

	return value >= wanted - slack && value <= wanted + slack;
}

CASE(empty)
{
	struct histogram h = { 0 };

	CHECK_EQ_INT(histogram_quantile(&h, 500), 0);
	CHECK_EQ_INT(h.count, 0);
}

CASE(one_sample_is_exact)
{
	struct histogram h = { 0 };

	histogram_add(&h, 61800123456);
	CHECK_EQ_INT(histogram_quantile(&h, 0), 61800123456);
	CHECK_EQ_INT(histogram_quantile(&h, 500), 61800123456);
	CHECK_EQ_INT(histogram_quantile(&h, 990), 61800123456);
	CHECK_EQ_INT(histogram_quantile(&h, 1000), 61800123456);
}

CASE(quantiles_of_a_ramp)
{
	struct histogram h = { 0 };

	for (uint64_t i = 1; i <= 1000; i++)
		histogram_add(&h, i * MS);
	CHECK_EQ_INT(h.count, 1000);
	CHECK_EQ_INT(h.min, MS);
	CHECK_EQ_INT(h.max, 1000 * MS);
	CHECK(within(histogram_quantile(&h, 500), 500 * MS, 4));
	CHECK(within(histogram_quantile(&h, 900), 900 * MS, 4));
	CHECK(within(histogram_quantile(&h, 990), 990 * MS, 4));
	CHECK_EQ_INT(histogram_quantile(&h, 1000), 1000 * MS);
}

CASE(a_cluster_is_told_exactly)
{
	struct histogram h = { 0 };

	histogram_add(&h, 30 * MS);
	for (int i = 0; i < 100; i++)
		histogram_add(&h, 61800 * MS);
	histogram_add(&h, 120000 * MS);
	CHECK_EQ_INT(histogram_quantile(&h, 500), 61800 * MS);
}

/* Every size that it is made for comes back within its promise, from a neighbourhood where min and max do not help. */
CASE(error_is_bounded_everywhere)
{
	for (uint64_t value = 1100; value < 1ULL << 43; value += value / 7) {
		struct histogram h = { 0 };

		histogram_add(&h, 1);
		histogram_add(&h, value);
		histogram_add(&h, UINT64_MAX);
		if (!within(histogram_quantile(&h, 500), value, 4))
			TEST_FAIL("median of %llu is %llu", (unsigned long long)value,
				  (unsigned long long)histogram_quantile(&h, 500));
	}
}

/* Neighbours share a bucket: the error is largest where the two ends of one are mixed. */
CASE(mixed_buckets_stay_within_6_percent)
{
	for (uint64_t value = 2048; value < 1ULL << 43; value += value / 11) {
		struct histogram h = { 0 };

		for (int i = 0; i < 10; i++) {
			histogram_add(&h, value);
			histogram_add(&h, value + value / 17);
		}
		CHECK(within(histogram_quantile(&h, 250), value, 6));
		CHECK(within(histogram_quantile(&h, 750), value + value / 17, 6));
	}
}

CASE(ends_of_the_range)
{
	struct histogram h = { 0 };

	histogram_add(&h, 0);
	histogram_add(&h, 3);
	histogram_add(&h, UINT64_MAX);
	histogram_add(&h, 1ULL << HISTOGRAM_MAX_SHIFT);
	CHECK_EQ_INT(h.min, 0);
	CHECK(h.max == UINT64_MAX);
	CHECK_EQ_INT(histogram_quantile(&h, 250), 0);
	CHECK(histogram_quantile(&h, 1000) == UINT64_MAX);
}

CASE(bucket_edges_stay_in_order)
{
	uint64_t last = 0;

	for (unsigned int shift = HISTOGRAM_MIN_SHIFT; shift < HISTOGRAM_MAX_SHIFT; shift++) {
		struct histogram h = { 0 };
		uint64_t median;

		histogram_add(&h, 0);
		histogram_add(&h, 1ULL << shift);
		histogram_add(&h, UINT64_MAX);
		median = histogram_quantile(&h, 500);
		CHECK(median > last);
		last = median;
	}
}
