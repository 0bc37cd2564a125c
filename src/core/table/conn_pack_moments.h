/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What conn_pack.c and conn_pack_moments.c share: numbers in few bytes. */
#ifndef TCPLIFE_CONN_PACK_MOMENTS_H
#define TCPLIFE_CONN_PACK_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"

#define VARINT_MAX 10

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

static inline uint8_t *put_distance(uint8_t *out, uint32_t from, uint32_t to)
{
	return put_varint(out, zigzag((uint64_t)(int64_t)(int32_t)(to - from)));
}

static inline const uint8_t *get_distance(const uint8_t *in, uint32_t from, uint32_t *to)
{
	uint64_t v;

	in = get_varint(in, &v);
	*to = from + (uint32_t)unzigzag(v);
	return in;
}

/* No moment takes more. */
#define MOMENT_PACKED_MAX (2 * VARINT_MAX + 1 + 4 * 5)

/* All of a moment but its time and its numbers: what it was. */
uint64_t moment_shape(const struct moment *m);
/* c's moments; with their shapes, or without where these are known. Returns the end. */
uint8_t *moments_pack(uint8_t *out, const struct conn *c, const uint64_t *shape, bool with_shapes);
/* Into the first c->moments.count; c's beginning and initial sequence numbers are there. shape: NULL = among the bytes.
 */
void moments_unpack(const uint8_t *in, struct conn *c, const uint64_t *shape);

#endif
