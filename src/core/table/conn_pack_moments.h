/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A packed connection's moments, and sequence numbers as distances. */
#ifndef TCPLIFE_CONN_PACK_MOMENTS_H
#define TCPLIFE_CONN_PACK_MOMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/varint.h"

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
