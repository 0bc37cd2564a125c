// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What was there before the tracer: taken in from the snapshot, and reported when it ends. */
#include <errno.h>

#include "core/table/conn_table.h"
#include "core/record/field.h"

#include "story.h"
#include "test.h"

struct found {
	struct event_existing existing;
	struct event_task task;
};

static void found(struct story *s, uint64_t us, int side, int state, int substate)
{
	struct event_existing e = { .event = story_head(s, EVENT_EXISTING, sizeof(e), us, side),
				    .id = s->id[side],
				    .tuple = story_tuple(s, side),
				    .state = (uint8_t)state,
				    .substate = (uint8_t)substate };

	conn_table_apply(s->table, &e.event);
}

static void found_with_owner(struct story *s, uint64_t us, int side, int state, uint32_t pid, const char *comm)
{
	struct found f = { .existing = { .event = story_head(s, EVENT_EXISTING, sizeof(f), us, side),
					 .id = s->id[side],
					 .tuple = story_tuple(s, side),
					 .state = (uint8_t)state,
					 .uid = 0,
					 .inode = 77 },
			   .task = { .pid = pid } };

	f.existing.event.flags = EVENT_HAS_TASK;
	strncpy(f.task.comm, comm, sizeof(f.task.comm) - 1);
	conn_table_apply(s->table, &f.existing.event);
}

static void found_listener(struct story *s, uint32_t pid)
{
	struct found f = { .existing = { .event = story_head(s, EVENT_EXISTING, sizeof(f), 0, SERVER),
					 .id = 301,
					 .tuple = story_tuple(s, SERVER),
					 .state = TCPS_LISTEN,
					 .inode = 78 },
			   .task = { .pid = pid, .comm = "listens" } };

	f.existing.event.flags = EVENT_HAS_TASK;
	f.existing.tuple.port[1] = 0;
	conn_table_apply(s->table, &f.existing.event);
}

static bool has_field(const struct conn *c, const char *path)
{
	const struct field *f = field_find(path);
	struct value v;

	CHECK(f != NULL);
	return f && field_get(f, c, &v);
}

CASE(both_ends_are_one)
{
	struct story s;

	story_begin(&s, 0);
	found_with_owner(&s, 1, SERVER, TCPS_ESTABLISHED, 202, "serves");
	found_with_owner(&s, 2, CLIENT, TCPS_ESTABLISHED, 101, "asks");
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 1);
	story_close_by_client(&s);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK(s.last.flags & CONN_EXISTED);
	CHECK(s.last.flags & CONN_ROLES_DERIVED);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	CHECK_EQ_INT(s.last.flow.end[SERVER].port, STORY_SERVER_PORT);
	CHECK_EQ_INT(s.last.side[CLIENT].actor[OPENER].pid, 101);
	CHECK_EQ_INT(s.last.side[CLIENT].actor[OPENER].certainty, ACTOR_DERIVED);
	CHECK_EQ_INT(s.last.side[SERVER].actor[ACCEPTOR].pid, 202);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_CLIENT);
	CHECK(has_field(&s.last, "teardown.duration_ns"));
	CHECK(has_field(&s.last, "client.user.id"));
	CHECK(!has_field(&s.last, "handshake.duration_ns"));
	CHECK(!has_field(&s.last, "established.duration_ns"));
	/* Its TIME_WAIT was seen from its beginning. */
	story_timewait(&s, 61800000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK(has_field(&s.last, "time_wait.duration_ns"));
	story_end(&s);
}

/* Who listens on the local port is the server, though its port is the higher one. */
CASE(listener_decides_roles)
{
	struct story s;

	story_begin(&s, 0);
	s.client_port = 80;
	found_listener(&s, 300);
	found(&s, 1, CLIENT, TCPS_ESTABLISHED, 0);
	found(&s, 2, SERVER, TCPS_ESTABLISHED, 0);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK_EQ_INT(s.last.flow.end[SERVER].port, STORY_SERVER_PORT);
	CHECK_EQ_INT(s.last.side[SERVER].actor[OPENER].pid, 300);
	CHECK_EQ_INT(s.last.side[SERVER].actor[OPENER].certainty, ACTOR_DERIVED);
	CHECK(!has_field(&s.last, "server.user.id"));
	story_end(&s);
}

CASE(half_closed)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 1, CLIENT, TCPS_FIN_WAIT2, 0);
	found(&s, 2, SERVER, TCPS_CLOSE_WAIT, 0);
	story_state(&s, 1050, SERVER, TCPS_CLOSE_WAIT, TCPS_LAST_ACK);
	story_segment(&s, 1060, SERVER, F | A, 1, 2, 0);
	story_segment(&s, 1065, CLIENT, A, 2, 2, 0);
	story_close(&s, 1070, CLIENT, TCPS_FIN_WAIT2, 0, STATE_MINISOCKET);
	story_timewait(&s, 1071, CLIENT, TIMEWAIT_START, TCPS_TIME_WAIT, 0);
	story_close(&s, 1080, SERVER, TCPS_LAST_ACK, 0, 0);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	/* The first FIN was not seen, and yet the second one's sender was second. */
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_CLIENT);
	CHECK(!has_field(&s.last, "teardown.duration_ns"));
	CHECK(!has_field(&s.last, "teardown.half_closed_ns"));
	CHECK(has_field(&s.last, "time_wait.side"));
	story_end(&s);
}

CASE(close_wait_that_is_reset)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 2, SERVER, TCPS_CLOSE_WAIT, 0);
	story_segment(&s, 500, CLIENT, R, 2, 0, 0);
	story_close(&s, 510, SERVER, TCPS_CLOSE_WAIT, EPIPE, 0);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_RESET);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_CLIENT);
	story_end(&s);
}

CASE(timewait)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 1, CLIENT, TCPS_TIME_WAIT, TCPS_TIME_WAIT);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0); /* that is no news */
	CHECK_EQ_INT(conn_table_counters(s.table)->in_timewait, 1);
	story_timewait(&s, 40000000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	story_clock(&s, 41000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_UNKNOWN);
	CHECK(!has_field(&s.last, "end_time"));
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_EXPIRED);
	/* Only the rest of it was seen. */
	CHECK(!has_field(&s.last, "time_wait.duration_ns"));
	CHECK(!has_field(&s.last, "time_wait.offset_ns"));
	CHECK(has_field(&s.last, "time_wait.nominal_ns"));
	story_end(&s);
}

/* It is not open, and nothing of it is news. */
CASE(timewait_that_outlasts_the_tracer)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 1, CLIENT, TCPS_TIME_WAIT, TCPS_TIME_WAIT);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 0);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	story_end(&s);
}

/* Before 5.12 it has no id: the tuple must do. */
CASE(timewait_without_id)
{
	struct story s;

	story_begin(&s, 0);
	s.id[CLIENT] = 0;
	found(&s, 1, CLIENT, TCPS_TIME_WAIT, TCPS_TIME_WAIT);
	story_timewait(&s, 40000000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_SYN);
	story_clock(&s, 41000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_REOPENED);
	story_end(&s);
}

CASE(fin_wait2_minisocket_enters_timewait)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 1, CLIENT, TCPS_TIME_WAIT, TCPS_FIN_WAIT2);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0);
	story_segment(&s, 300000, SERVER, F | A, 1, 2, 0);
	story_segment(&s, 300010, CLIENT, A, 2, 2, 0);
	story_clock(&s, 500000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_CLIENT);
	story_timewait(&s, 61000000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK(has_field(&s.last, "time_wait.duration_ns"));
	CHECK(!has_field(&s.last, "time_wait.fin_wait2_minisocket_ns"));
	story_end(&s);
}

CASE(fin_wait2_minisocket_expires)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 1, CLIENT, TCPS_TIME_WAIT, TCPS_FIN_WAIT2);
	story_timewait(&s, 30000000, CLIENT, TIMEWAIT_END, TCPS_FIN_WAIT2, TIMEWAIT_CAUSE_TIMER);
	story_clock(&s, 31000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_TIMED_OUT);
	CHECK_EQ_INT(s.last.verdict.in_state, TCPS_FIN_WAIT2);
	story_end(&s);
}

/* The child has the request's cookie. */
CASE(request_that_becomes_a_socket)
{
	struct story s;

	story_begin(&s, 0);
	found_listener(&s, 300);
	found(&s, 1, SERVER, TCPS_NEW_SYN_RECV, 0);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	story_segment(&s, 100, CLIENT, S, 0, 0, 0);
	story_segment(&s, 110, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 120, CLIENT, A, 1, 1, 0);
	story_state(&s, 130, SERVER, TCPS_LISTEN, TCPS_SYN_RECV);
	story_state(&s, 131, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK(s.last.flags & CONN_EXISTED);
	CHECK(!(s.last.flags & (CONN_ROLES_DERIVED | CONN_COMPLETE)));
	CHECK_EQ_INT(s.last.side[SERVER].actor[OPENER].pid, 300);
	/* That SYN was sent again. */
	CHECK(!has_field(&s.last, "handshake.duration_ns"));
	CHECK(!has_field(&s.last, "handshake.syn_to_synack_ns"));
	story_end(&s);
}

/* The request was dropped, and the client's next SYN made another. */
CASE(request_that_is_made_anew)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 1, SERVER, TCPS_NEW_SYN_RECV, 0);
	found(&s, 2, CLIENT, TCPS_SYN_SENT, 0);
	s.id[SERVER] = 999;
	story_state(&s, 130, SERVER, TCPS_LISTEN, TCPS_SYN_RECV);
	story_state(&s, 131, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 1);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	story_end(&s);
}

CASE(request_that_is_given_up)
{
	struct story s;

	story_begin(&s, 0);
	found(&s, 1, SERVER, TCPS_NEW_SYN_RECV, 0);
	story_clock(&s, 60000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0);
	story_clock(&s, 80000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_HANDSHAKE_ABORTED);
	story_end(&s);
}

CASE(connect_under_way)
{
	struct story s;

	story_begin(&s, 0);
	s.client_port = 80; /* lower than the server's, and yet a client */
	found_with_owner(&s, 1, CLIENT, TCPS_SYN_SENT, 101, "asks");
	story_segment(&s, 100, CLIENT, S, 0, 0, 0);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 1);
	story_close(&s, 1000, CLIENT, TCPS_SYN_SENT, ETIMEDOUT, 0);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_UNANSWERED);
	CHECK_EQ_INT(s.last.flow.end[SERVER].port, STORY_SERVER_PORT);
	CHECK(!(s.last.flags & CONN_ROLES_DERIVED));
	story_end(&s);
}

/* The hooks are attached first: what begins or moves before the snapshot comes to it is known better already. */
CASE(hooks_came_first)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	found_with_owner(&s, 70, CLIENT, TCPS_ESTABLISHED, 101, "asks");
	found(&s, 71, SERVER, TCPS_ESTABLISHED, 0);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	story_close_by_client(&s);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK(s.last.flags & CONN_COMPLETE);
	CHECK(!(s.last.flags & CONN_EXISTED));
	story_end(&s);

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	found_with_owner(&s, 10, CLIENT, TCPS_ESTABLISHED, 101, "asks");
	conn_table_finish(s.table);
	CHECK(s.last.flags & CONN_EXISTED);
	CHECK_EQ_INT(s.last.side[CLIENT].state, TCPS_FIN_WAIT1);
	CHECK_EQ_INT(s.last.side[CLIENT].actor[OPENER].pid, 101);
	story_end(&s);
}
