// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sequence numbers: they go round, and segments overtake each other. */
#include <stdlib.h>

#include "core/record/conn_traffic.h"
#include "core/seq.h"
#include "story.h"
#include "test.h"

CASE(the_shorter_way_decides)
{
	CHECK(seq_before(1, 2) && seq_after(2, 1));
	CHECK(seq_before(UINT32_MAX, 0) && seq_after(0, UINT32_MAX));
	CHECK(!seq_before(7, 7) && !seq_after(7, 7));
	CHECK_EQ_INT(seq_diff(5, 0xfffffffb), 10);
	CHECK_EQ_INT(seq_diff(0xfffffffb, 5), -10);
}

CASE(near_is_half_of_the_largest_window)
{
	CHECK(seq_near(0, SEQ_NEAR - 1) && seq_near(SEQ_NEAR - 1, 0));
	CHECK(!seq_near(0, SEQ_NEAR) && !seq_near(SEQ_NEAR, 0));
}

CASE(bytes_go_round_and_what_was_overtaken_is_none)
{
	CHECK_EQ_INT(seq_bytes(10, 10), 0);
	CHECK_EQ_INT(seq_bytes(0xfffffff0, 0x10), 0x20);
	CHECK_EQ_INT(seq_bytes(0, 3000000000U), 3000000000U);
	CHECK_EQ_INT(seq_bytes(11, 10), 0);
	CHECK_EQ_INT(seq_bytes(5, 0xfffffffb), 0);
}

CASE(whatever_the_numbers_no_two_rules_disagree)
{
	srandom(1);
	for (int i = 0; i < 100000; i++) {
		uint32_t a = (uint32_t)random() << 1, b = (uint32_t)random() << 1, n = seq_bytes(a, b);

		if (seq_diff(a, b) == INT32_MIN)
			continue; /* just as far both ways */
		CHECK(seq_before(a, b) == seq_after(b, a));
		CHECK(seq_near(a, b) == seq_near(b, a));
		CHECK(n == 0 || a + n == b);
		CHECK(seq_before(b, a) || n == (uint32_t)seq_diff(b, a));
	}
}

/* The ACK of the first FIN is seen before the FIN that was sent ahead of it. */
CASE(an_ack_that_overtakes_the_fin)
{
	struct story s;
	uint64_t bytes = 1;

	story_begin(&s, 0);
	story_segment(&s, 0, CLIENT, S, 0, 0, 0);
	story_segment(&s, 10, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 20, CLIENT, A, 1, 1, 0);
	story_segment(&s, 30, CLIENT, F | A, 1, 1, 0);
	story_segment(&s, 40, SERVER, A, 2, 2, 0);
	story_segment(&s, 50, SERVER, F | A, 1, 1, 0);
	story_segment(&s, 60, CLIENT, A, 2, 2, 0);
	story_clock(&s, 300000000);
	CHECK(conn_half_closed_bytes(&s.last, &bytes));
	CHECK_EQ_INT(bytes, 0);
	CHECK(conn_bytes(&s.last, SERVER, &bytes));
	CHECK_EQ_INT(bytes, 0);
	story_end(&s);
}
