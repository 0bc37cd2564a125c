// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/checksum.h"

#include <string.h>

static uint64_t add_with_carry(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

/* One's complement sums may be taken in wider words and folded at the end (RFC 1071 2). */
uint64_t checksum_add(uint64_t sum, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t word, a = 0, b = 0;

	/* 32-bit words in 64-bit sums need no carries, and two sums keep two adders busy. */
	while (len >= 16) {
		uint32_t w[4];

		memcpy(w, p, sizeof(w));
		a += (uint64_t)w[0] + w[1];
		b += (uint64_t)w[2] + w[3];
		p += 16;
		len -= 16;
	}
	sum = add_with_carry(add_with_carry(sum, a), b);
	for (; len; len -= len < 8 ? len : 8) {
		word = 0;
		memcpy(&word, p, len < 8 ? len : 8);
		p += len < 8 ? len : 8;
		sum = add_with_carry(sum, word);
	}
	return sum;
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}
