// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a recording that begins now has to repeat, so that a table that begins with it comes to the same. */
#include "core/table/conn_carry.h"

#include "core/decode.h"
#include "core/table/journal.h"
#include "story.h"
#include "test.h"

/* Two tables: one has seen all, the other what the first one carried, and all since. */
struct two {
	struct story all, later;
	struct decode_counters decoded;
	unsigned int events;
};

static void apply_later(void *ctx, const struct event *e)
{
	struct two *two = ctx;
	const struct event *valid = event_decode(e, e->size, &two->decoded);

	CHECK(valid);
	if (valid)
		conn_table_apply(two->later.table, valid);
	two->events++;
}

static void story_begin_journal(struct story *s)
{
	struct conn_observer o = { .changed = story_changed, .ctx = s };
	struct conn_table_options options = { .journal = true, .names = true };

	*s = (struct story) { .client_port = 40000, .netns = { 11, 11 }, .id = { 101, 201 }, .isn = { 1000, 5000 } };
	CHECK(conn_table_new(&s->table, &options, &o) == 0);
}

static void begin(struct two *two)
{
	*two = (struct two) { 0 };
	story_begin_journal(&two->all);
	story_begin(&two->later, 0);
}

static void carry(struct two *two)
{
	CHECK_EQ_INT(conn_carry(two->all.table, apply_later, two), 0);
}

static void end(struct two *two)
{
	story_end(&two->all);
	story_end(&two->later);
}

static void check_same(const struct two *two)
{
	const struct conn *a = &two->all.last, *b = &two->later.last;

	CHECK(a->id[0] == b->id[0] && a->id[1] == b->id[1]);
	CHECK_EQ_INT(a->start_ns, b->start_ns);
	CHECK_EQ_INT(a->close_ns, b->close_ns);
	CHECK_EQ_INT(a->decided_ns, b->decided_ns);
	CHECK_EQ_INT(a->wall_offset_ns, b->wall_offset_ns);
	CHECK_EQ_INT(a->flags, b->flags);
	CHECK_EQ_INT(a->moments.count, b->moments.count);
	CHECK_EQ_INT(a->verdict.ending, b->verdict.ending);
	for (int i = 0; i < SIDES; i++)
		CHECK(!memcmp(a->side[i].mark, b->side[i].mark, sizeof(a->side[i].mark)));
}

CASE(an_open_connection_is_carried_whole)
{
	struct two two;

	begin(&two);
	story_open(&two.all);
	carry(&two);
	CHECK_EQ_INT(two.later.told[CONN_OPENED], 1);
	CHECK_EQ_INT(conn_table_now(two.later.table), conn_table_now(two.all.table));
	story_close_by_client(&two.all);
	story_clock(&two.all, 200000);
	story_close_by_client(&two.later);
	story_clock(&two.later, 200000);
	CHECK_EQ_INT(two.later.told[CONN_CLOSED], 1);
	CHECK(two.later.last.flags & CONN_COMPLETE);
	check_same(&two);
	end(&two);
}

CASE(what_was_reported_is_not_reported_again)
{
	struct two two;

	begin(&two);
	story_open(&two.all);
	story_close_by_client(&two.all);
	story_clock(&two.all, 200000);
	CHECK_EQ_INT(conn_table_counters(two.all.table)->in_timewait, 1);
	carry(&two);
	CHECK_EQ_INT(two.later.told[CONN_OPENED], 0);
	CHECK_EQ_INT(conn_table_counters(two.later.table)->in_timewait, 1);
	/* The server's FIN came twice, and is answered: no new connection. */
	story_segment(&two.later, 300000, SERVER, F | A, 1, 2, 0);
	story_segment(&two.later, 300010, CLIENT, A, 2, 2, 0);
	story_timewait(&two.later, 61800000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	conn_table_finish(two.later.table);
	CHECK_EQ_INT(conn_table_counters(two.later.table)->live, 0);
	for (int i = 0; i < 8; i++)
		CHECK_EQ_INT(two.later.told[i], 0);
	end(&two);
}

CASE(the_wall_clock_is_that_of_its_beginning)
{
	struct event_clock clock = { .event = { .kind = EVENT_CLOCK, .size = sizeof(clock), .ts_ns = STORY_BASE_NS } };
	struct two two;

	begin(&two);
	clock.wall_ns = STORY_BASE_NS + 5000000000000000000ULL;
	conn_table_apply(two.all.table, &clock.event);
	story_open(&two.all);
	clock.event.ts_ns += 100000;
	clock.wall_ns += 7777777777ULL; /* it was set */
	conn_table_apply(two.all.table, &clock.event);
	carry(&two);
	story_close_by_client(&two.all);
	story_clock(&two.all, 200000);
	story_close_by_client(&two.later);
	story_clock(&two.later, 200000);
	CHECK_EQ_INT(two.later.last.wall_offset_ns, 5000000000000000000LL);
	check_same(&two);
	end(&two);
}

CASE(losses_mark_what_was_open_then)
{
	struct two two;

	begin(&two);
	story_open(&two.all);
	struct event_lost lost = { .event = story_head(&two.all, EVENT_LOST, sizeof(lost), 90000, CLIENT),
				   .count = { [EVENT_STATE] = 1 } };
	lost.since_ns = lost.event.ts_ns;
	conn_table_apply(two.all.table, &lost.event);
	carry(&two);
	CHECK_EQ_INT(conn_table_counters(two.later.table)->lost_total, 0); /* counted where it happened */
	conn_table_finish(two.later.table);
	CHECK(two.later.last.flags & CONN_LOSSY);
	end(&two);
}

static void retransmit(struct story *s, uint64_t us)
{
	struct event_retransmit e = { .event = story_head(s, EVENT_RETRANSMIT, sizeof(e), us, CLIENT),
				      .id = s->id[CLIENT],
				      .tuple = story_tuple(s, CLIENT),
				      .state = TCPS_ESTABLISHED,
				      .segments = 1,
				      .seq = s->isn[CLIENT] + 1,
				      .tcp_flags = TCP_FLAG_ACK_BIT };

	conn_table_apply(s->table, &e.event);
}

CASE(too_many_events_of_one_mark_it)
{
	struct two two;

	begin(&two);
	story_open(&two.all);
	for (int i = 0; i < 2000; i++)
		retransmit(&two.all, 100000 + (uint64_t)i * 1000);
	carry(&two);
	CHECK(two.events < 1000);
	conn_table_finish(two.later.table);
	CHECK_EQ_INT(two.later.told[CONN_STILL_OPEN], 1);
	CHECK(two.later.last.flags & CONN_LOSSY && !(two.later.last.flags & CONN_COMPLETE));
	end(&two);
}

CASE(a_listener_is_carried)
{
	struct endpoint at = { .port = STORY_SERVER_PORT };
	const struct listener *l;
	struct two two;
	struct {
		struct event_state state;
		struct event_task task;
	} r = { 0 };

	begin(&two);
	r.state.event = story_head(&two.all, EVENT_STATE, sizeof(r), 0, SERVER);
	r.state.event.flags = EVENT_HAS_TASK;
	r.state.id = 301;
	r.state.tuple.port[0] = STORY_SERVER_PORT;
	r.state.old_state = TCPS_CLOSE;
	r.state.new_state = TCPS_LISTEN;
	r.task.pid = 4711;
	memcpy(r.task.comm, "listens", 8);
	conn_table_apply(two.all.table, &r.state.event);
	carry(&two);
	l = listeners_find(conn_table_listeners(two.later.table), 11, &at);
	CHECK(l && l->owner.pid == 4711 && l->owner.certainty == ACTOR_LISTENER && l->id == 301);
	end(&two);
}

CASE(the_path_and_names_of_a_cgroup_are_carried)
{
	struct event_cgroup path = { .id = 77, .path = "/system.slice/ssh.service" };
	struct event_container names = { .id = 77, .name = "web" };
	struct two two;

	begin(&two);
	path.event = story_head(&two.all, EVENT_CGROUP, sizeof(path), 0, SERVER);
	names.event = story_head(&two.all, EVENT_CONTAINER, sizeof(names), 0, SERVER);
	conn_table_apply(two.all.table, &path.event);
	conn_table_apply(two.all.table, &names.event);
	carry(&two);
	CHECK_EQ_INT(two.events, 4); /* with two clocks */
	CHECK_EQ_INT(two.decoded.good, 4);
	end(&two);
}

CASE(another_run_ends_what_was_open)
{
	struct event_clock clock = { .event = { .kind = EVENT_CLOCK,
						.flags = EVENT_BEGINS,
						.size = sizeof(clock),
						.ts_ns = STORY_BASE_NS + 3600000000000ULL } };
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	conn_table_apply(s.table, &clock.event);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 0);
	CHECK(s.last.decided_ns < STORY_BASE_NS + 1000000000ULL); /* as it was seen last */
	CHECK_EQ_INT(conn_table_now(s.table), clock.event.ts_ns);
	story_end(&s);
}
