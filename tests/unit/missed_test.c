// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Steps that no hook told: what the rest of the evidence makes of them. */
#include "core/record/conn_phase.h"
#include "story.h"
#include "test.h"

#define SILENCE_US 20100000

/* The client's last steps were made where the kernel runs no tracing program. */
static void story_close_without_clients_steps(struct story *s)
{
	story_state(s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_segment(s, 1010, CLIENT, F | A, 1, 1, 0);
	story_state(s, 1020, SERVER, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT);
	story_segment(s, 1030, SERVER, A, 1, 2, 0);
	story_state(s, 1050, SERVER, TCPS_CLOSE_WAIT, TCPS_LAST_ACK);
	story_segment(s, 1060, SERVER, F | A, 1, 2, 0);
	story_segment(s, 1065, CLIENT, A, 2, 2, 0);
	story_close(s, 1080, SERVER, TCPS_LAST_ACK, 0, 0);
}

CASE(a_close_that_was_missed_is_told_after_a_silence)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_without_clients_steps(&s);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0);
	story_clock(&s, SILENCE_US);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	CHECK(s.last.flags & CONN_STEPS_MISSED);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	CHECK_EQ_INT(s.last.close_ns, STORY_BASE_NS + 1080000);
	story_end(&s);
}

CASE(its_time_wait_begins_with_the_fin_on_the_wire)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_without_clients_steps(&s);
	story_clock(&s, SILENCE_US);
	CHECK_EQ_INT(conn_timewait_side(&s.last), CLIENT);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.entered_ns, STORY_BASE_NS + 1060000);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.entered_by, EVIDENCE_WIRE);
	CHECK_EQ_INT(s.last.side[SERVER].timewait.made_ns, 0);
	story_timewait(&s, 61000000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_EXPIRED);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 0);
	story_end(&s);
}

CASE(a_minisocket_that_speaks_up_proves_that_the_socket_is_gone)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_without_clients_steps(&s);
	story_timewait(&s, 2000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_SEGMENT);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_RESET);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 0);
	story_end(&s);
}

CASE(without_the_wire_the_other_ends_word_will_do)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED);
	story_state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV);
	story_state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	story_state(&s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_state(&s, 1020, SERVER, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT);
	story_state(&s, 1050, SERVER, TCPS_CLOSE_WAIT, TCPS_LAST_ACK);
	story_close(&s, 1080, SERVER, TCPS_LAST_ACK, 0, 0);
	story_clock(&s, SILENCE_US);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.entered_ns, STORY_BASE_NS + 1050000);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.entered_by, EVIDENCE_DERIVED);
	story_end(&s);
}

/* Only the server is on this host, and the ACK of its FIN was not taken: a bad checksum, say. The FIN comes again. */
CASE(an_ack_on_the_wire_may_not_have_been_accepted)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 40, CLIENT, A, 1, 1, 0);
	story_state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV);
	story_state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	story_segment(&s, 1000, CLIENT, F | A, 1, 1, 0);
	story_state(&s, 1010, SERVER, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT);
	story_state(&s, 1050, SERVER, TCPS_CLOSE_WAIT, TCPS_LAST_ACK);
	story_segment(&s, 1060, SERVER, F | A, 1, 2, 0);
	story_segment(&s, 1070, CLIENT, A, 2, 2, 0);
	story_clock(&s, 15000000);
	story_segment(&s, 16000000, SERVER, F | A, 1, 2, 0);
	story_clock(&s, SILENCE_US);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0);
	story_segment(&s, 20200000, CLIENT, A, 2, 2, 0);
	story_close(&s, 20200010, SERVER, TCPS_LAST_ACK, 0, 0);
	story_clock(&s, 20300000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK(s.last.flags & CONN_COMPLETE);
	story_end(&s);
}

CASE(a_step_that_does_not_begin_where_the_last_ended)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_state(&s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_close(&s, 1070, CLIENT, TCPS_FIN_WAIT2, 0, STATE_MINISOCKET);
	conn_table_finish(s.table);
	CHECK(s.last.flags & CONN_STEPS_MISSED);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	story_end(&s);
}

CASE(tracing_stops_before_the_silence_is_over)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_without_clients_steps(&s);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 0);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	story_end(&s);
}

/* Its server's kernel answered the SYN: what sent the answer is a request. id 0: a kernel before 5.12. */
static void story_half_open(struct story *s, uint64_t id)
{
	struct event_segment e;

	story_segment(s, 0, CLIENT, S, 0, 0, 0);
	e = story_segment_event(s, 20, SERVER, S | A, 0, 1, 0);
	e.id = id;
	e.more = SEGMENT_OF_REQUEST;
	conn_table_apply(s->table, &e.event);
}

CASE(a_request_that_is_there_is_open)
{
	for (int with_id = 0; with_id < 2; with_id++) {
		struct story s;

		story_begin(&s, 0);
		s.id[SERVER] = with_id ? s.id[SERVER] : 0;
		story_half_open(&s, s.id[SERVER]);
		story_present(&s, 8000, SERVER, TCPS_NEW_SYN_RECV, 0);
		story_absent(&s, 9000, 8000);
		conn_table_finish(s.table);
		CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
		CHECK_EQ_INT(s.last.verdict.ending, ENDING_OPEN);
		CHECK(s.last.flags & CONN_COMPLETE);
		story_end(&s);
	}
}

CASE(a_request_that_is_not_there_any_more)
{
	for (int with_id = 0; with_id < 2; with_id++) {
		struct story s;

		story_begin(&s, 0);
		story_half_open(&s, with_id ? s.id[SERVER] : 0);
		story_absent(&s, 9000, 8000);
		conn_table_finish(s.table);
		CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 0);
		CHECK_EQ_INT(s.last.verdict.ending, ENDING_HANDSHAKE_ABORTED);
		CHECK(s.last.flags & CONN_END_UNSEEN);
		CHECK(!(s.last.flags & CONN_COMPLETE));
		story_end(&s);
	}
}

/* Its listener closed: the client learns of it when it sends something. */
CASE(a_request_is_gone_and_the_clients_socket_is_open)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_half_open(&s, s.id[SERVER]);
	story_state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED);
	story_present(&s, 8000, CLIENT, TCPS_ESTABLISHED, 0);
	story_absent(&s, 9000, 8000);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_OPEN);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	story_end(&s);
}

/* Of a router's it is not known whether there is one. */
CASE(a_synack_that_no_request_sent)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 0, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_absent(&s, 9000, 8000);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK(s.last.flags & CONN_COMPLETE);
	story_end(&s);
}

CASE(freed_without_a_step_into_close)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_free(&s, 2000, SERVER);
	conn_table_finish(s.table);
	CHECK(s.last.flags & CONN_STEPS_MISSED);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	story_end(&s);
}

CASE(a_socket_that_is_not_there_any_more)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_segment(&s, 1000, SERVER, R | A, 1, 1, 0);
	story_absent(&s, 9000, 8000);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 0);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_RESET);
	CHECK(s.last.flags & CONN_STEPS_MISSED);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	story_end(&s);
}

CASE(sockets_that_are_there_are_open)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_present(&s, 8000, CLIENT, TCPS_ESTABLISHED, 0);
	story_present(&s, 8000, SERVER, TCPS_ESTABLISHED, 0);
	story_absent(&s, 9000, 8000);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK(s.last.flags & CONN_COMPLETE);
	story_end(&s);
}

/* While tracing goes on: the one that is not there ends, the other is found again by each look. */
CASE(a_socket_that_is_not_there_at_the_second_of_two_looks)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_present(&s, 8000, CLIENT, TCPS_ESTABLISHED, 0);
	story_present(&s, 8000, SERVER, TCPS_ESTABLISHED, 0);
	story_absent_of(&s, 9000, 8000, EVENT_SOCKETS_ONLY);
	story_clock(&s, 1000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0);
	story_present(&s, 2000000, SERVER, TCPS_ESTABLISHED, 0);
	story_absent_of(&s, 2001000, 2000000, EVENT_SOCKETS_ONLY);
	story_clock(&s, 3000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0); /* one of its sockets lives */
	story_absent_of(&s, 4001000, 4000000, EVENT_SOCKETS_ONLY);
	story_clock(&s, 5000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK(s.last.flags & CONN_STEPS_MISSED);
	story_end(&s);
}

CASE(a_look_at_sockets_says_nothing_of_a_time_wait)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_by_client(&s);
	story_clock(&s, 5000000);
	story_absent_of(&s, 9000000, 8000000, EVENT_SOCKETS_ONLY);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 0);
	story_end(&s);
}

CASE(what_moved_while_the_kernel_was_asked_is_not_judged)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_state(&s, 8500, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_absent(&s, 9000, 8000);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK(s.last.flags & CONN_COMPLETE);
	story_end(&s);
}

CASE(a_state_that_was_reached_unseen)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_present(&s, 8000, CLIENT, TCPS_CLOSE_WAIT, 0);
	story_present(&s, 8000, SERVER, TCPS_FIN_WAIT2, 0);
	story_absent(&s, 9000, 8000);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.last.side[CLIENT].state, TCPS_CLOSE_WAIT);
	CHECK(s.last.flags & CONN_STEPS_MISSED);
	story_end(&s);
}

/* A FIN_WAIT2 minisocket whose FIN nobody saw is found in TIME_WAIT, 10 s of its 60 s over. */
CASE(a_fin_that_was_not_seen)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED);
	story_state(&s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_state(&s, 1040, CLIENT, TCPS_FIN_WAIT1, TCPS_FIN_WAIT2);
	story_timewait(&s, 1050, CLIENT, TIMEWAIT_START, TCPS_FIN_WAIT2, 0);
	story_close(&s, 1060, CLIENT, TCPS_FIN_WAIT2, 0, 0);
	story_present(&s, 15000000, CLIENT, TCPS_TIME_WAIT, TCPS_TIME_WAIT);
	story_absent(&s, 15001000, 14999000);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.entered_ns, STORY_BASE_NS + 5000000000);
	story_end(&s);
}

CASE(a_time_wait_whose_end_was_missed)
{
	uint64_t ns, least, most;
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_by_client(&s);
	story_clock(&s, 5000000);
	story_present(&s, 6001071, CLIENT, TCPS_TIME_WAIT, TCPS_TIME_WAIT);
	story_absent(&s, 6002000, 6000000);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 0);
	story_absent(&s, 9001071, 9000000);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_UNKNOWN);
	CHECK(!timewait_length(&s.last.side[CLIENT].timewait, &ns));
	timewait_bounds(&s.last.side[CLIENT].timewait, &least, &most);
	CHECK_EQ_INT(least, 6000000000);
	CHECK_EQ_INT(most, 9000000000);
	story_end(&s);
}

/* Its handshake was on its way when tracing began: of the server's socket the birth is seen, of the client's it is not.
 */
static void story_begun_halfway(struct story *s)
{
	story_state(s, 0, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	story_state(s, 10, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_segment(s, 20, CLIENT, F | A, 1, 1, 0);
	story_state(s, 30, SERVER, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT);
}

CASE(a_client_first_seen_in_the_middle_began_before_the_tracer)
{
	struct story s;

	story_begin(&s, 0);
	story_begun_halfway(&s);
	conn_table_finish(s.table);
	CHECK(s.last.flags & CONN_MIDSTREAM);
	CHECK(!(s.last.flags & (CONN_COMPLETE | CONN_STEPS_MISSED)));
	story_end(&s);
}

CASE(a_client_whose_syn_was_seen_began_with_it)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 0, CLIENT, S, 0, 0, 0);
	story_segment(&s, 0, SERVER, S | A, 0, 1, 0);
	story_begun_halfway(&s);
	conn_table_finish(s.table);
	CHECK(s.last.flags & CONN_STEPS_MISSED);
	CHECK(!(s.last.flags & (CONN_COMPLETE | CONN_MIDSTREAM)));
	story_end(&s);
}

CASE(a_free_that_two_programs_told_is_told_once)
{
	unsigned int moments[2];

	for (int twice = 0; twice < 2; twice++) {
		struct story s;

		story_begin(&s, 0);
		story_open(&s);
		story_close_by_client(&s);
		story_free(&s, 1090, CLIENT);
		if (twice)
			story_free(&s, 1091, CLIENT);
		story_clock(&s, 200000);
		CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
		moments[twice] = s.last.moments.count;
		story_end(&s);
	}
	CHECK_EQ_INT(moments[1], moments[0]);
}
