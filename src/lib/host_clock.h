/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What time it is here and now, which is not that of the events. Not for core/. */
#ifndef TCPLIFE_HOST_CLOCK_H
#define TCPLIFE_HOST_CLOCK_H

#include <stdint.h>
#include <time.h>

/* id: CLOCK_MONOTONIC, CLOCK_REALTIME, ... */
static inline uint64_t host_clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

#endif
