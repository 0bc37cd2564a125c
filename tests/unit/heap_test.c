// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/heap.h"

#include "lib/checksum.h"
#include "test.h"

#define N 1000

CASE(comes_out_in_order)
{
	static struct heap_node node[N];
	struct heap h = { 0 };
	uint64_t last = 0;

	for (unsigned int i = 0; i < N; i++)
		CHECK_EQ_INT(heap_put(&h, &node[i], i * 7919 % 1009), 0);
	for (unsigned int i = 0; i < N; i += 3)
		heap_put(&h, &node[i], i * 104729 % 997); /* moved up or down */
	for (unsigned int i = 1; i < N; i += 5) {
		heap_remove(&h, &node[i]);
		heap_remove(&h, &node[i]); /* is out already */
	}
	CHECK_EQ_INT(h.count, N - N / 5);
	for (struct heap_node *n; (n = heap_first(&h)); heap_remove(&h, n)) {
		CHECK(n->key >= last);
		last = n->key;
	}
	CHECK_EQ_INT(h.count, 0);
	heap_free(&h);
}

/* RFC 1071 3: the sum of 00 01 f2 03 f4 f5 f6 f7 is ddf2. */
CASE(checksum_of_the_rfc)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	uint16_t sum = checksum_fold(checksum_add(0, bytes, sizeof(bytes)));

	CHECK(!memcmp(&sum, "\xdd\xf2", 2));
}

CASE(checksum_in_pieces_and_of_any_length)
{
	uint8_t bytes[100];

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 200);
	for (unsigned int len = 0; len < sizeof(bytes); len++) {
		uint32_t sum = 0;
		uint16_t ours = checksum_fold(checksum_add(checksum_add(0, bytes, len / 2 & ~1U),
							   bytes + (len / 2 & ~1U), len - (len / 2 & ~1U)));

		for (unsigned int i = 0; i < len; i++)
			sum += i % 2 ? bytes[i] : bytes[i] << 8;
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		CHECK_EQ_INT((uint16_t)(ours << 8 | ours >> 8), sum);
	}
}
