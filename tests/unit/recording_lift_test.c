// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A next version in which parts have grown reads what this one wrote, and this one what the next one writes. */
#include "core/decode.h"
#include "core/recording_lift.h"
#include "core/tcp_state.h"
#include "test.h"

#define NEXT_VERSION  (RECORDING_VERSION + 1)
#define NEW_BLOCK_BIT 3
#define NEW_KIND      (EVENT_KINDS)
#define MIN_RTO_UNSET 77

/* The next version: the counters have two more fields, a state one more, and there is a new block. */
struct next_stats {
	struct event_stats stats;
	uint32_t min_rto_us, more;
};

struct next_state {
	struct event_state state;
	uint64_t via;
};

struct next_block {
	uint64_t busy_ns, limited_ns;
};

struct next_record {
	struct next_state state;
	struct event_task task;
	struct next_stats stats;
	struct next_block block;
};

struct record {
	struct event_state state;
	struct event_task task;
	struct event_stats stats;
};

static void fill_min_rto(void *part)
{
	((struct next_stats *)part)->min_rto_us = MIN_RTO_UNSET;
}

static void fill_via(void *part)
{
	((struct next_state *)part)->via = 5;
}

static const struct lift NEXT_LIFTS[] = {
	{ NEXT_VERSION, EVENT_NONE, 1, fill_min_rto },
	{ NEXT_VERSION, EVENT_STATE, 0, fill_via },
	{ 0 },
};

static const struct lift NO_LIFTS[] = { { 0 } };

static struct recording_lift lift;
static struct decode_counters counters;

static struct recording_header header(void)
{
	struct recording_header h;

	recording_header_init(&h, 1, 1, &(struct recording_origin) { 0 });
	return h;
}

static struct recording_sizes next_sizes(void)
{
	struct recording_sizes s;

	recording_sizes_now(&s);
	s.kind[EVENT_STATE] = sizeof(struct next_state);
	s.block[1] = sizeof(struct next_stats);
	s.block[NEW_BLOCK_BIT] = sizeof(struct next_block);
	s.kind[NEW_KIND] = 24;
	s.kind[EVENT_LOST] += 8;
	return s;
}

static struct recording_header next_header(void)
{
	struct recording_header h = header();

	h.version = NEXT_VERSION;
	h.sizes = next_sizes();
	return h;
}

static struct record full_record(void)
{
	return (struct record) {
		.state = { .event = { .kind = EVENT_STATE,
				      .flags = EVENT_HAS_TASK | EVENT_HAS_STATS,
				      .size = sizeof(struct record),
				      .netns = 7,
				      .ts_ns = 9 },
			   .id = 11,
			   .old_state = TCPS_ESTABLISHED,
			   .new_state = TCPS_CLOSE },
		.task = { .pid = 101, .comm = "curl" },
		.stats = { .bytes_acked = 1, .mss = 1448, .unacked = 3 },
	};
}

static struct next_record next_full_record(void)
{
	struct record r = full_record();
	struct next_record n = {
		.state = { .state = r.state, .via = 0x5555 },
		.task = r.task,
		.stats = { .stats = r.stats, .min_rto_us = 200000, .more = 0x6666 },
		.block = { 1, 2 },
	};

	n.state.state.event.flags |= 1U << NEW_BLOCK_BIT;
	n.state.state.event.size = sizeof(n);
	return n;
}

CASE(our_own_records_stay_where_they_are)
{
	struct recording_header h = header();
	struct record r = full_record();

	recording_lift_begin(&lift, &h);
	for (unsigned int kind = 1; kind < EVENT_KINDS; kind++)
		CHECK(lift.as_it_is[kind]);
	CHECK(recording_lift_record(&lift, &r.state.event) == &r.state.event);
}

CASE(the_next_version_reads_what_this_one_wrote)
{
	struct recording_header h = header();
	struct recording_sizes next = next_sizes();
	struct record r = full_record();
	const struct next_record *n;

	recording_lift_begin_to(&lift, &h, &next, NEXT_LIFTS);
	n = (const void *)recording_lift_record(&lift, &r.state.event);
	CHECK((const void *)n != &r);
	CHECK_EQ_INT(n->state.state.event.size, sizeof(*n) - sizeof(n->block));
	CHECK_EQ_INT(n->state.state.event.flags, EVENT_HAS_TASK | EVENT_HAS_STATS);
	CHECK_EQ_INT(n->state.state.id, 11);
	CHECK_EQ_INT(n->state.via, 5);
	CHECK_EQ_INT(memcmp(&n->task, &r.task, sizeof(r.task)), 0);
	CHECK_EQ_INT(memcmp(&n->stats.stats, &r.stats, sizeof(r.stats)), 0);
	CHECK_EQ_INT(n->stats.min_rto_us, MIN_RTO_UNSET);
	CHECK_EQ_INT(n->stats.more, 0);
	CHECK_EQ_INT(lift.cut, 0);
}

/* The table is for what was written before: the next version's own records keep what they say. */
CASE(lifts_end_with_their_version)
{
	struct recording_header h = next_header();
	struct recording_sizes next = next_sizes();
	struct next_record n = next_full_record();

	recording_lift_begin_to(&lift, &h, &next, NEXT_LIFTS);
	CHECK(recording_lift_record(&lift, &n.state.state.event) == &n.state.state.event);
}

CASE(this_version_reads_what_the_next_one_writes)
{
	struct recording_header h = next_header();
	struct next_record n = next_full_record();
	struct record expected = full_record();
	const struct event *e;

	lift.cut = 0;
	recording_lift_begin(&lift, &h);
	e = recording_lift_record(&lift, &n.state.state.event);
	CHECK_EQ_INT(e->size, sizeof(expected));
	CHECK_EQ_INT(memcmp(e, &expected, sizeof(expected)), 0);
	CHECK(event_decode(e, e->size, &counters) == e);
	CHECK_EQ_INT(event_stats(e)->unacked, 3);
	CHECK_EQ_INT(lift.cut, 1);
}

CASE(a_new_kind_is_for_the_decoder_to_count)
{
	struct recording_header h = next_header();
	struct {
		struct event event;
		uint64_t more;
	} r = { .event = { .kind = NEW_KIND, .size = sizeof(r), .ts_ns = 1 } };
	uint64_t before = counters.unknown_kind;

	recording_lift_begin(&lift, &h);
	CHECK(recording_lift_record(&lift, &r.event) == &r.event);
	CHECK(!event_decode(&r, sizeof(r), &counters));
	CHECK_EQ_INT(counters.unknown_kind, before + 1);
}

/* With each kind that was added event_lost became longer, in versions 1 and 2 without a word of it in the header. */
CASE(losses_of_fewer_kinds)
{
	struct recording_header h = header();
	struct event_lost l = { .event = { .kind = EVENT_LOST, .size = sizeof(l) - 32, .ts_ns = 9 }, .since_ns = 4 };
	const struct event_lost *out;

	h.version = 1;
	h.header_size = 128;
	h.features = 0;
	l.count[EVENT_STATE] = 3;
	memset((char *)&l + l.event.size, 0xff, 32); /* the next record */
	recording_lift_begin(&lift, &h);
	out = (const void *)recording_lift_record(&lift, &l.event);
	CHECK_EQ_INT(out->event.size, sizeof(l));
	CHECK_EQ_INT(out->count[EVENT_STATE], 3);
	CHECK_EQ_INT(out->count[EVENT_KINDS - 1], 0);
	CHECK(event_decode(out, out->event.size, &counters) != NULL);
}

/* Any flags, any size, any sizes in the header: what comes out is whole, and in its buffer. */
CASE(nonsense_comes_back_as_it_is)
{
	struct recording_header h = next_header();
	struct next_record n = next_full_record();
	const struct event *e;

	for (unsigned int i = 0; i < 20000; i++) {
		n.state.state.event.kind = i % (EVENT_KINDS + 2);
		n.state.state.event.flags = i * 7;
		n.state.state.event.size = 16 + i * 8 % (sizeof(n) - 8);
		h.sizes.kind[i % RECORDING_KINDS] = i % 5 ? i * 31 : 0;
		h.sizes.block[i % RECORDING_BLOCKS] = i % 3 ? i * 17 : 8;
		recording_lift_begin(&lift, &h);
		e = recording_lift_record(&lift, &n.state.state.event);
		CHECK(e == &n.state.state.event || (e->size >= sizeof(*e) && e->size <= EVENT_MAX_SIZE));
	}
}

CASE(no_lifts_no_change_of_what_is_not_known)
{
	struct recording_header h = header();
	struct recording_sizes next = next_sizes();
	struct record r = full_record();
	const struct next_record *n;

	recording_lift_begin_to(&lift, &h, &next, NO_LIFTS);
	n = (const void *)recording_lift_record(&lift, &r.state.event);
	CHECK_EQ_INT(n->state.via, 0);
	CHECK_EQ_INT(n->stats.min_rto_us, 0);
}
