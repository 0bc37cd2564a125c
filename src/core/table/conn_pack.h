/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A connection at rest in 100 to 400 bytes instead of some two thousand: what a million TIME_WAITs need. Lossless, and
 * for this process's memory only: pointers are kept as they are, and nothing foreign is ever unpacked.
 *
 * Times become the number of the moment that has the same time, or distances from the beginning; sequence numbers
 * distances from where they are expected; what both sides or two actors have in common is kept once. Connections with
 * the same history, moment for moment, differ in little else: the first of each kind becomes the kind's pattern, and of
 * the others only what differs from it is kept.
 */
#ifndef TCPLIFE_CONN_PACK_H
#define TCPLIFE_CONN_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"

/* No connection takes more. */
#define CONN_PACKED_MAX 5120
/* Kinds of histories that have a pattern; a kind whose place is taken has none, and its connections take more room. */
#define CONN_PATTERNS 255

struct conn_pattern;

struct conn_packer {
	struct conn_pattern *pattern[CONN_PATTERNS]; /* kept until the end */
};

void conn_packer_free(struct conn_packer *p);
/* Returns the bytes written, at most CONN_PACKED_MAX. c->entry and c->whole, the owner's, are not among them. */
size_t conn_pack(struct conn_packer *p, const struct conn *c, uint8_t *out);
/* out->moments.list is the caller's, with room for conn_packed_moments(); out->entry and out->whole are left alone. */
void conn_unpack(const struct conn_packer *p, const uint8_t *packed, struct conn *out);
/* How many moments the packed connection has. */
unsigned int conn_packed_moments(const uint8_t *packed);

#endif
