// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Pieces as one stream: what is left out, and where another run begins. */
#include "core/recording_run.h"

#include "test.h"

static struct recording_header piece(uint32_t features, uint64_t ts_ns, uint64_t wall_ns)
{
	return (struct recording_header) { .features = features, .ts_ns = ts_ns, .wall_ns = wall_ns };
}

static struct event_clock clock_at(uint64_t ts_ns, uint64_t wall_ns, uint8_t flags)
{
	struct event_clock c = { .event = { .kind = EVENT_CLOCK, .size = sizeof(c), .ts_ns = ts_ns },
				 .wall_ns = wall_ns };

	c.event.flags = flags;
	return c;
}

/* Whether it is taken; its time as it is then. */
static bool take(struct recording_run *r, uint64_t ts_ns, uint64_t wall_ns, uint8_t flags, uint64_t *out)
{
	struct event_clock c = clock_at(ts_ns, wall_ns, flags);
	bool taken = recording_run_take(r, &c.event);

	*out = c.event.ts_ns;
	return taken;
}

CASE(what_the_next_piece_repeats_is_left_out)
{
	struct recording_header first = piece(0, 100, 1100), next = piece(RECORDING_CARRIES, 200, 1200);
	struct recording_run r = { 0 };
	struct event_clock begins;
	uint64_t ts_ns;

	CHECK(!recording_run_piece(&r, &first, true, &begins));
	CHECK(take(&r, 200, 1200, 0, &ts_ns));
	CHECK(!recording_run_piece(&r, &next, true, &begins));
	CHECK(!take(&r, 150, 1150, 0, &ts_ns));
	CHECK(!take(&r, 200, 1200, EVENT_CARRIED, &ts_ns));
	CHECK(take(&r, 300, 1300, 0, &ts_ns));
	CHECK_EQ_INT(ts_ns, 300);
}

CASE(the_first_piece_is_read_with_what_it_repeats)
{
	struct recording_header first = piece(RECORDING_CARRIES, 200, 1200), next = piece(RECORDING_CARRIES, 200, 1200);
	struct recording_run r = { 0 };
	struct event_clock begins;
	uint64_t ts_ns;

	CHECK(!recording_run_piece(&r, &first, true, &begins));
	CHECK(take(&r, 150, 1150, 0, &ts_ns));
	CHECK(take(&r, 200, 1200, EVENT_CARRIED, &ts_ns));
	/* No clock came in it: the next goes on all the same. */
	CHECK(!recording_run_piece(&r, &next, true, &begins));
	CHECK(!take(&r, 150, 1150, 0, &ts_ns));
}

CASE(where_a_piece_is_missing_another_run_begins)
{
	struct recording_header first = piece(0, 100, 1100), later = piece(RECORDING_CARRIES, 300, 1300);
	struct recording_run r = { 0 };
	struct event_clock begins;
	uint64_t ts_ns;

	CHECK(!recording_run_piece(&r, &first, true, &begins));
	CHECK(take(&r, 200, 1200, 0, &ts_ns));
	CHECK(recording_run_piece(&r, &later, true, &begins));
	CHECK(begins.event.flags == EVENT_BEGINS && begins.event.ts_ns == 300 && begins.wall_ns == 1300);
	CHECK(take(&r, 150, 1150, 0, &ts_ns)); /* and what is open is taken from it */
}

CASE(what_could_not_be_read_is_missing)
{
	struct recording_header first = piece(0, 100, 1100), next = piece(RECORDING_CARRIES, 200, 1200);
	struct recording_run r = { 0 };
	struct event_clock begins;
	uint64_t ts_ns;

	CHECK(!recording_run_piece(&r, &first, true, &begins));
	CHECK(take(&r, 200, 1200, 0, &ts_ns));
	r.is_broken = true;
	CHECK(recording_run_piece(&r, &next, true, &begins));
}

CASE(after_a_reboot_time_goes_on)
{
	struct recording_header first = piece(0, 5000, 105000), second = piece(0, 10, 107000);
	struct recording_run r = { 0 };
	struct event_clock begins;
	uint64_t ts_ns;

	CHECK(!recording_run_piece(&r, &first, true, &begins));
	CHECK(take(&r, 6000, 106000, 0, &ts_ns));
	CHECK(recording_run_piece(&r, &second, true, &begins));
	CHECK_EQ_INT(begins.event.ts_ns, 7000);
	CHECK(take(&r, 20, 107010, 0, &ts_ns));
	CHECK_EQ_INT(ts_ns, 7010);
}

CASE(a_wall_clock_that_was_set_back_moves_no_time_back)
{
	struct recording_header first = piece(0, 5000, 105000), second = piece(0, 10, 50);
	struct recording_run r = { 0 };
	struct event_clock begins;
	uint64_t ts_ns;

	CHECK(!recording_run_piece(&r, &first, true, &begins));
	CHECK(take(&r, 6000, 106000, 0, &ts_ns));
	CHECK(recording_run_piece(&r, &second, true, &begins));
	CHECK_EQ_INT(begins.event.ts_ns, 6000);
	CHECK_EQ_INT(begins.wall_ns, 50);
}

CASE(recordings_one_behind_the_other_in_a_file_go_on)
{
	struct recording_header first = piece(0, 100, 1100), next = piece(RECORDING_CONTINUES, 200, 1200);
	struct recording_run r = { 0 };
	struct event_clock begins;
	uint64_t ts_ns;

	CHECK(!recording_run_piece(&r, &first, false, &begins));
	CHECK(!recording_run_piece(&r, &next, false, &begins));
	CHECK(take(&r, 250, 1250, 0, &ts_ns));
	CHECK_EQ_INT(ts_ns, 250);
}
