// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/decode.h"
#include "core/tcp_state.h"
#include "test.h"

static struct decode_counters counters;

struct state_with_blocks {
	struct event_state state;
	struct event_task task;
	struct event_stats stats;
};

static struct state_with_blocks full_state(void)
{
	return (struct state_with_blocks) {
		.state = { .event = { .kind = EVENT_STATE,
				      .flags = EVENT_HAS_TASK | EVENT_HAS_STATS,
				      .size = sizeof(struct state_with_blocks),
				      .ts_ns = 1 },
			   .old_state = TCPS_CLOSE,
			   .new_state = TCPS_SYN_SENT },
		.task = { .pid = 101 },
		.stats = { .mss = 1448 },
	};
}

static bool takes(const void *record, size_t len)
{
	struct decode_counters before = counters;
	bool taken = event_decode(record, len, &counters) != NULL;

	CHECK_EQ_INT(counters.good - before.good, taken);
	CHECK_EQ_INT(counters.short_records + counters.unknown_kind + counters.malformed - before.short_records -
			     before.unknown_kind - before.malformed,
		     !taken);
	return taken;
}

#define CHECK_RANGE(record, field, bad)                                                                                \
	do {                                                                                                           \
		__typeof__(record) copy_ = (record);                                                                   \
		CHECK(takes(&copy_, sizeof(copy_)));                                                                   \
		copy_.field = (bad);                                                                                   \
		CHECK(!takes(&copy_, sizeof(copy_)));                                                                  \
	} while (0)

#define RECORD(type, kind_, ...)                                                                                       \
	(struct event_##type)                                                                                          \
	{                                                                                                              \
		.event = { .kind = EVENT_##kind_, .size = sizeof(struct event_##type), .ts_ns = 9 }, __VA_ARGS__       \
	}

CASE(blocks_are_found)
{
	struct state_with_blocks s = full_state();
	const struct event *e = event_decode(&s, sizeof(s), &counters);

	CHECK(e == &s.state.event);
	CHECK(event_task(e) == &s.task);
	CHECK(event_stats(e) == &s.stats);
	s.state.event.flags = EVENT_HAS_STATS;
	CHECK(event_task(e) == NULL);
	CHECK((const void *)event_stats(e) == &s.task);
	s.state.event.flags = 0;
	CHECK(event_stats(e) == NULL);
}

CASE(size_must_be_exact)
{
	struct state_with_blocks s = full_state();

	CHECK(takes(&s, sizeof(s)));
	CHECK(takes(&s, sizeof(s) + 8) && s.state.event.size == sizeof(s));
	CHECK(!takes(&s, sizeof(s) - 8));
	s.state.event.size -= 8;
	CHECK(!takes(&s, sizeof(s)));
	s.state.event.size += 16;
	CHECK(!takes(&s, sizeof(s) + 8));
	s = full_state();
	s.state.event.flags |= 0x80;
	CHECK(!takes(&s, sizeof(s)));
}

CASE(unaligned_is_refused)
{
	_Alignas(8) char buf[sizeof(struct state_with_blocks) + 8];
	struct state_with_blocks s = full_state();

	memcpy(buf + 4, &s, sizeof(s));
	CHECK(!takes(buf + 4, sizeof(s)));
}

CASE(unknown_kinds)
{
	struct event_clock c = RECORD(clock, CLOCK, .wall_ns = 1);
	uint64_t before = counters.unknown_kind;

	CHECK(takes(&c, sizeof(c)));
	c.event.kind = EVENT_NONE;
	CHECK(!takes(&c, sizeof(c)));
	c.event.kind = EVENT_KINDS;
	CHECK(!takes(&c, sizeof(c)));
	c.event.kind = 255;
	CHECK(!takes(&c, sizeof(c)));
	CHECK_EQ_INT(counters.unknown_kind - before, 3);
	CHECK_EQ_INT(event_fixed_size(255), 0);
	CHECK_EQ_STR(event_kind_name(255), "unknown");
	CHECK_EQ_STR(event_kind_name(EVENT_TIMEWAIT), "timewait");
}

CASE(states_are_ranged)
{
	struct event_state s = RECORD(state, STATE, .old_state = 1, .new_state = 4);
	struct event_retransmit r = RECORD(retransmit, RETRANSMIT, .state = 12);
	struct event_free f = RECORD(free, FREE, .state = 7);
	struct event_existing x = RECORD(existing, EXISTING, .state = 6, .substate = 5);
	struct event_present p = RECORD(present, PRESENT, .state = 6, .substate = 6);

	CHECK_RANGE(s, old_state, 0);
	CHECK_RANGE(s, new_state, TCPS_COUNT);
	CHECK_RANGE(r, state, 0);
	CHECK_RANGE(f, state, 99);
	CHECK_RANGE(x, substate, 1);
	CHECK_RANGE(x, state, 0);
	CHECK_RANGE(p, substate, 1);
	CHECK_RANGE(p, state, 0);
}

CASE(enums_are_ranged)
{
	struct event_segment s = RECORD(segment, SEGMENT, .via = SEGMENT_VIA_XDP);
	struct event_timewait t = RECORD(timewait, TIMEWAIT, .action = TIMEWAIT_START, .substate = 6);
	struct event_reset r = RECORD(reset, RESET, .direction = RESET_RECEIVED, .reason = RESET_REASON_COUNT - 1);
	struct event_lost l = RECORD(lost, LOST, .since_ns = 9);

	CHECK_RANGE(s, via, SEGMENT_VIAS);
	CHECK_RANGE(s, via, SEGMENT_VIA_NONE);
	CHECK_RANGE(s, payload_len, 1U << 31);
	CHECK_RANGE(t, action, TIMEWAIT_NONE);
	CHECK_RANGE(t, action, TIMEWAIT_ACTIONS);
	CHECK_RANGE(t, cause, TIMEWAIT_CAUSES);
	CHECK_RANGE(t, substate, 4);
	CHECK_RANGE(r, direction, 2);
	CHECK_RANGE(r, reason, RESET_REASON_COUNT);
	CHECK_RANGE(r, state, TCPS_COUNT);
	CHECK_RANGE(l, since_ns, 10);
	CHECK_RANGE(l, event.ts_ns, UINT64_MAX);
}

/* Nothing beyond len may be read: the record ends where a page that cannot be read begins. */
CASE(never_reads_past_the_end)
{
	long page = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct state_with_blocks s = full_state();
	bool taken = false;

	CHECK(map != MAP_FAILED);
	CHECK_EQ_INT(mprotect(map + page, page, PROT_NONE), 0);
	for (size_t len = 0; len <= sizeof(s); len += 8)
		for (unsigned int kind = 0; kind <= EVENT_KINDS; kind++) {
			char *at = map + page - len;

			memcpy(at, &s, len);
			if (len)
				at[0] = kind;
			if (event_decode(at, len, &counters)) {
				CHECK_EQ_INT(len, sizeof(s));
				taken = true;
			}
		}
	CHECK(taken);
	munmap(map, 2 * page);
}
