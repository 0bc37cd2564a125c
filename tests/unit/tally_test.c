// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tally.h"

#include "test.h"

static uint64_t idle(const struct tally_span *spans, size_t count, uint64_t begin, uint64_t end)
{
	struct tally_span copy[8];
	struct tally t = { .span = copy, .spans = count };

	for (size_t i = 0; i < count; i++)
		copy[i] = spans[i];
	return tally_idle_ns(&t, begin, end);
}

#define IDLE(begin, end, ...)                                                                                          \
	idle((const struct tally_span[]) { __VA_ARGS__ },                                                              \
	     sizeof((const struct tally_span[]) { __VA_ARGS__ }) / sizeof(struct tally_span), begin, end)

CASE(time_without_a_connection)
{
	CHECK_EQ_INT(idle(NULL, 0, 100, 200), 100);
	CHECK_EQ_INT(IDLE(100, 200, { 120, 150 }), 70);
	CHECK_EQ_INT(IDLE(100, 200, { 160, 170 }, { 120, 150 }), 60);
	CHECK_EQ_INT(IDLE(100, 200, { 120, 150 }, { 140, 180 }), 40);
	CHECK_EQ_INT(IDLE(100, 200, { 120, 180 }, { 130, 140 }), 40);
	CHECK_EQ_INT(IDLE(100, 200, { 120, UINT64_MAX }), 20);
	CHECK_EQ_INT(IDLE(100, 200, { 50, 110 }, { 190, 250 }), 80);
	CHECK_EQ_INT(IDLE(100, 200, { 250, 300 }), 100);
	CHECK_EQ_INT(IDLE(100, 200, { 50, 300 }), 0);
}
