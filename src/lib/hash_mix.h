/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A good 64-bit mixer (the finaliser of MurmurHash3): what flat.h and ids take their bits from. */
#ifndef TCPLIFE_HASH_MIX_H
#define TCPLIFE_HASH_MIX_H

#include <stdint.h>

static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ (x >> 33);
}

#endif
