// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Somebody sets the wall clock: durations do not notice, and what has begun keeps its date. */
#include "core/table/conn_table.h"

#include "core/record/conn_phase.h"
#include "story.h"
#include "test.h"

static void clock_shows(struct story *s, uint64_t us, uint64_t wall_ns)
{
	struct event_clock e = { .event = story_head(s, EVENT_CLOCK, sizeof(e), us, 0), .wall_ns = wall_ns };

	conn_table_apply(s->table, &e.event);
}

/* The connection began when the wall clock was `before`; step_ns later than it should be is what it shows meanwhile. */
static void told_across_step(int64_t step_ns)
{
	const uint64_t before = 1700000000000000000ULL;
	struct story s;
	struct span span;

	story_begin(&s, 0);
	clock_shows(&s, 0, before);
	story_open(&s);
	clock_shows(&s, 500, before + 500000 + (uint64_t)step_ns);
	story_close_by_client(&s);
	clock_shows(&s, 200000, before + 200000000 + (uint64_t)step_ns);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.start_ns + (uint64_t)s.last.wall_offset_ns, before);
	CHECK(conn_phase(&s.last, PHASE_TEARDOWN, &span) && span.end_ns - span.begin_ns == 55000);
	story_timewait(&s, 61800000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.ended_ns - s.last.side[CLIENT].timewait.entered_ns, 61798929000);
	story_end(&s);
}

CASE(forward)
{
	told_across_step(3600 * 1000000000LL);
}

CASE(backward)
{
	told_across_step(-86400 * 1000000000LL);
}

/* What begins after the step is dated by the new clock. */
CASE(later_ones_follow)
{
	const uint64_t after = 1600000000000000000ULL;
	struct story s;

	story_begin(&s, 0);
	clock_shows(&s, 0, 1700000000000000000ULL);
	clock_shows(&s, 10, after);
	story_state(&s, 20, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	CHECK_EQ_INT(s.last.start_ns + (uint64_t)s.last.wall_offset_ns, after + 10000);
	story_end(&s);
}
