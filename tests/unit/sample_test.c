// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/sample.h"

#include "test.h"

static struct conn orderly(void)
{
	return (struct conn) { .flags = CONN_COMPLETE, .close_ns = 1, .verdict = { .ending = ENDING_CLOSED } };
}

CASE(closed_and_whole_is_orderly)
{
	struct conn c = orderly();

	CHECK(conn_is_orderly(&c));
	c.side[CLIENT].timewait = (struct timewait) { .made_ns = 1, .entered_ns = 1 };
	CHECK(conn_is_orderly(&c));
	c.side[CLIENT].timewait.ended_ns = 2;
	c.side[CLIENT].timewait.exit = TIMEWAIT_EXIT_EXPIRED;
	CHECK(conn_is_orderly(&c));
}

#define NOT_ORDERLY(change)                                                                                            \
	do {                                                                                                           \
		struct conn c = orderly();                                                                             \
		change;                                                                                                \
		CHECK(!conn_is_orderly(&c));                                                                           \
	} while (0)

CASE(whatever_went_wrong_is_not)
{
	NOT_ORDERLY(c.close_ns = 0);
	NOT_ORDERLY(c.flags = 0);
	NOT_ORDERLY(c.verdict.ending = ENDING_RESET);
	NOT_ORDERLY(c.side[CLIENT].syn_count = 2);
	NOT_ORDERLY(c.side[SERVER].fin_retransmits = 1);
	NOT_ORDERLY(c.side[SERVER].rst_count = 1);
	NOT_ORDERLY(c.side[SERVER].drops = 1);
	NOT_ORDERLY(c.side[CLIENT].drops_leaving = 1);
	NOT_ORDERLY(c.side[CLIENT].err = 110);
	NOT_ORDERLY(c.icmp.ts_ns = 1);
	NOT_ORDERLY(c.side[CLIENT].has_stats = true; c.side[CLIENT].stats.retransmits = 1);
	NOT_ORDERLY(c.side[CLIENT].timewait = ((struct timewait) { .ended_ns = 2, .exit = TIMEWAIT_EXIT_KILLED }));
}

CASE(what_is_kept_stands_for_all)
{
	uint64_t sum = 0, kept = 0;

	for (uint64_t i = 0; i < 100000; i++) {
		uint64_t id[2] = { i, i * 0x9e3779b97f4a7c15ULL };
		uint32_t weight = sample_weight(id, 100);

		sum += weight;
		kept += weight > 0;
		CHECK(!weight || weight == 100);
		CHECK_EQ_INT(sample_weight(id, 0), 1U);
		CHECK_EQ_INT(sample_weight(id, 1), 1U);
		/* What is kept of fewer is kept of more. */
		CHECK(!sample_weight(id, 800) || weight);
	}
	CHECK(kept > 900 && kept < 1100);
	CHECK_EQ_INT(sum, kept * 100);
}

CASE(a_full_queue_keeps_fewer)
{
	CHECK_EQ_INT(sample_rate(0, 0), 1);
	CHECK_EQ_INT(sample_rate(10, 49), 10);
	CHECK_EQ_INT(sample_rate(10, 50), 80);
	CHECK_EQ_INT(sample_rate(0, 75), 64);
	CHECK_EQ_INT(sample_rate(1000000, 89), 64000000);
}
