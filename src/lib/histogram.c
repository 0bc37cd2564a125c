// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/histogram.h"

#define SUB_BUCKETS (1u << HISTOGRAM_SUB_BITS)

static size_t bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < 1ULL << HISTOGRAM_MIN_SHIFT)
		return 0;
	if (value >= 1ULL << HISTOGRAM_MAX_SHIFT)
		return HISTOGRAM_BUCKETS - 1;
	shift = 63 - __builtin_clzll(value);
	return 1 + ((size_t)(shift - HISTOGRAM_MIN_SHIFT) << HISTOGRAM_SUB_BITS) +
	       (value >> (shift - HISTOGRAM_SUB_BITS) & (SUB_BUCKETS - 1));
}

void histogram_add(struct histogram *h, uint64_t value)
{
	size_t i;

	if (!h->count || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	h->count++;
	i = bucket_of(value);
	h->bucket[i].count++;
	h->bucket[i].mean += ((double)value - h->bucket[i].mean) / (double)h->bucket[i].count;
}

uint64_t histogram_quantile(const struct histogram *h, unsigned int permille)
{
	uint64_t rank = (h->count * permille + 999) / 1000, seen = 0;
	size_t i;

	if (rank <= 1)
		return h->min;
	if (rank >= h->count)
		return h->max;
	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		seen += h->bucket[i].count;
		if (seen >= rank)
			break;
	}
	return (uint64_t)h->bucket[i].mean;
}
