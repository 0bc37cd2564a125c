/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Absolute time as records have it: RFC 3339, UTC, always nine digits. */
#ifndef TCPLIFE_TIMESTAMP_H
#define TCPLIFE_TIMESTAMP_H

#include <stdint.h>

#define TIMESTAMP_SIZE 31 /* "2026-11-22T21:00:00.000000123Z" and its NUL */

/* Nanoseconds since 1970. Returns buf. Without libc's calendar: two of them stand in each record. */
const char *timestamp_utc(uint64_t wall_ns, char buf[TIMESTAMP_SIZE]);

#endif
