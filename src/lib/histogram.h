/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Percentiles of a stream in 8.5 KiB: 16 buckets to each doubling, and in each the mean of what fell into it, so that a
 * quantile is off by 6 % at worst and not at all where values cluster. Sized for ns: what is under 1 µs falls into one
 * bucket, what is over 4.8 hours into another; smallest and largest are kept exactly.
 */
#ifndef TCPLIFE_HISTOGRAM_H
#define TCPLIFE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_SUB_BITS  4
#define HISTOGRAM_MIN_SHIFT 10
#define HISTOGRAM_MAX_SHIFT 44
#define HISTOGRAM_BUCKETS   (((HISTOGRAM_MAX_SHIFT - HISTOGRAM_MIN_SHIFT) << HISTOGRAM_SUB_BITS) + 2)

/* Zeroed = empty. */
struct histogram {
	uint64_t count, min, max;
	struct {
		uint64_t count;
		double mean; /* a sum would overflow on a busy host within days */
	} bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);
/* The value that permille of the samples do not exceed: 500 = median. 0 if it is empty. */
uint64_t histogram_quantile(const struct histogram *h, unsigned int permille);

#endif
