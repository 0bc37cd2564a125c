/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Numbers in few bytes: 7 bits a byte, the lowest first, and the eighth bit says that more follow (LEB128). */
#ifndef TCPLIFE_VARINT_H
#define TCPLIFE_VARINT_H

#include <stdint.h>

#define VARINT_MAX 10 /* bytes that one takes at most */

static inline uint8_t *put_varint(uint8_t *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*out++ = (uint8_t)(v | 0x80);
	*out++ = (uint8_t)v;
	return out;
}

static inline const uint8_t *get_varint(const uint8_t *in, uint64_t *v)
{
	unsigned int shift = 0;

	for (*v = 0; *in & 0x80; shift += 7)
		*v |= (uint64_t)(*in++ & 0x7f) << shift;
	*v |= (uint64_t)*in++ << shift;
	return in;
}

/* Small numbers of either sign become small ones without. */
static inline uint64_t zigzag(uint64_t difference)
{
	return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static inline uint64_t unzigzag(uint64_t v)
{
	return v >> 1 ^ (v & 1 ? UINT64_MAX : 0);
}

#endif
