/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A connection at rest in a few hundred bytes instead of some two thousand: what a million TIME_WAITs need. Lossless,
 * and for this process's memory only: pointers are kept as they are, and nothing foreign is ever unpacked.
 *
 * Times become distances from the beginning, or the number of the moment that has the same time; sequence numbers
 * distances from the initial one; what both sides or two actors have in common is kept once. Of what remains each
 * eight-byte word that is not zero takes a byte for its place and length, and its own bytes between the outermost zero
 * ones.
 */
#ifndef TCPLIFE_CONN_PACK_H
#define TCPLIFE_CONN_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"

/* No connection takes more. */
#define CONN_PACKED_MAX 4096

/* Returns the bytes written, at most CONN_PACKED_MAX. c->entry and c->whole, the owner's, are not among them. */
size_t conn_pack(const struct conn *c, uint8_t *out);
/* out->moments.list is the caller's, with room for conn_packed_moments(); out->entry and out->whole are left alone. */
void conn_unpack(const uint8_t *packed, struct conn *out);
/* How many moments the packed connection has. */
unsigned int conn_packed_moments(const uint8_t *packed);

#endif
