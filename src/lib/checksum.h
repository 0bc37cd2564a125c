/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The Internet checksum (RFC 1071). */
#ifndef TCPLIFE_CHECKSUM_H
#define TCPLIFE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds bytes to a sum; all pieces but the last must be of even length. */
uint64_t checksum_add(uint64_t sum, const void *bytes, size_t len);
/* Folded to 16 bits, in the byte order of the bytes that were added; 0xffff = a sum that includes its own checksum is
 * right. */
uint16_t checksum_fold(uint64_t sum);

#endif
