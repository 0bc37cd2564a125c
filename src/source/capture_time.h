/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef TCPLIFE_CAPTURE_TIME_H
#define TCPLIFE_CAPTURE_TIME_H

#include <stdint.h>

/* Event time 0 means never, and a capture may begin in 1970. */
static inline uint64_t capture_time(uint64_t wall_ns)
{
	return wall_ns + 1;
}

#endif
