// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which events become one connection, and when it is reported. */
#include "core/table/conn_table.h"

#include "core/record/conn_phase.h"
#include "story.h"
#include "test.h"

CASE(both_ends_are_one)
{
	struct story s;
	struct span span;

	story_begin(&s, 0);
	story_open(&s);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	story_close_by_client(&s);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0); /* its last words may still come */
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].id, 101);
	CHECK_EQ_INT(s.last.side[SERVER].id, 201);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	CHECK_EQ_INT(s.last.verdict.close_form, CLOSE_FORM_FOUR_WAY);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_CLIENT);
	CHECK_EQ_INT(conn_timewait_side(&s.last), CLIENT);
	CHECK(conn_phase(&s.last, PHASE_HANDSHAKE, &span) && span.end_ns - span.begin_ns == 30000);
	CHECK(conn_phase(&s.last, PHASE_TEARDOWN, &span) && span.end_ns - span.begin_ns == 55000);
	CHECK_EQ_INT(conn_table_counters(s.table)->in_timewait, 1);

	story_timewait(&s, 61800000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 1);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_EXPIRED);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 0);
	story_end(&s);
}

static void id_of(const struct conn *from, uint32_t client, uint32_t server, uint64_t id[2])
{
	struct conn c = *from;

	c.side[CLIENT].isn = client;
	c.side[SERVER].isn = server;
	c.side[CLIENT].isn_known = c.side[SERVER].isn_known = true;
	conn_make_id(&c, id);
}

CASE(found_by_its_id_as_long_as_it_is_there)
{
	struct story s;
	const struct conn *c;
	uint64_t id[2], other[2];

	story_begin(&s, 0);
	story_open(&s);
	id_of(&s.last, s.isn[CLIENT], s.isn[SERVER], id);
	c = conn_table_find(s.table, id);
	CHECK(c && c->flow.end[CLIENT].port == s.client_port && c->id[1] == id[1]);
	for (int i = 0; i < 2; i++) {
		memcpy(other, id, sizeof(other));
		other[i]++;
		CHECK(!conn_table_find(s.table, other));
	}
	memset(other, 0, sizeof(other));
	CHECK(!conn_table_find(s.table, other));
	story_close_by_client(&s);
	story_clock(&s, 200000); /* in TIME_WAIT, packed */
	c = conn_table_find(s.table, id);
	CHECK(c && c->id[0] == id[0] && c->id[1] == id[1]);
	story_timewait(&s, 61800000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	CHECK(!conn_table_find(s.table, id));
	story_end(&s);
}

/* The pair alone: neither addresses nor times, nor which of two that opened at once is taken for the client. */
CASE(its_id_is_its_pair_of_numbers)
{
	struct conn here = { .start_ns = 1000000000ULL }, there = { .start_ns = 5000000000ULL };
	uint64_t a[2], b[2];

	here.flow.end[CLIENT].port = 40000;
	there.flow.end[CLIENT].port = 61000;
	id_of(&here, 1000, 5000, a);
	id_of(&there, 1000, 5000, b);
	CHECK(a[0] == b[0] && a[1] == b[1]);
	id_of(&there, 5000, 1000, b);
	CHECK(a[0] == b[0] && a[1] == b[1]);
	id_of(&here, 1000, 5001, b);
	CHECK(a[0] != b[0] && a[1] != b[1]);
	id_of(&here, 0, 0, a);
	CHECK(a[0]);
}

/* Of a SYN that nobody answered: number, server's port, and second. */
CASE(its_id_before_it_is_answered)
{
	struct conn here = { .start_ns = 1400000000ULL, .wall_offset_ns = 700000000LL };
	struct conn there = { .start_ns = 2150000000ULL };
	uint64_t a[2], b[2];

	here.side[CLIENT].isn_known = there.side[CLIENT].isn_known = true;
	here.side[CLIENT].isn = there.side[CLIENT].isn = 1000;
	here.flow.end[SERVER].port = there.flow.end[SERVER].port = 80;
	here.flow.end[CLIENT].port = 40000;
	conn_make_id(&here, a);
	conn_make_id(&there, b);
	CHECK(a[0] == b[0] && a[1] == b[1]);
	there.side[CLIENT].mark[MARK_SYN] = 3000000000ULL; /* its socket was there long before */
	conn_make_id(&there, b);
	CHECK(a[0] != b[0] && a[1] != b[1]);
	there = here;
	there.flow.end[SERVER].port = 443;
	conn_make_id(&there, b);
	CHECK(a[0] != b[0] && a[1] != b[1]);
}

CASE(its_id_is_settled_by_the_answer)
{
	struct story s;
	uint64_t first[2], pair[2];

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	memcpy(first, s.last.id, sizeof(first));
	CHECK(first[0] && conn_table_find(s.table, first));
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	CHECK(!conn_table_find(s.table, first));
	id_of(&s.last, s.isn[CLIENT], s.isn[SERVER], pair);
	CHECK(conn_table_find(s.table, pair));
	story_segment(&s, 30, CLIENT, A, 1, 1, 0);
	story_segment(&s, 40, CLIENT, R | A, 1, 1, 0);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK(s.last.id[0] == pair[0] && s.last.id[1] == pair[1]);
	CHECK(!conn_table_find(s.table, pair));
	story_end(&s);
}

/* tests/traps.md 5: the local port is chosen after the step into SYN_SENT. */
CASE(port_comes_with_the_syn)
{
	struct story s;
	struct event_segment syn;

	story_begin(&s, 0);
	s.client_port = 0;
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	CHECK_EQ_INT(s.told[CONN_OPENED], 0);
	s.client_port = 40000;
	syn = story_segment_event(&s, 10, CLIENT, S, 0, 0, 0);
	syn.id = s.id[CLIENT];
	conn_table_apply(s.table, &syn.event);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(s.last.flow.end[CLIENT].port, 40000);
	story_segment(&s, 40, SERVER, R | A, 0, 1, 0);
	story_close(&s, 50, CLIENT, TCPS_SYN_SENT, 111, 0);
	story_clock(&s, 100000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_REFUSED);
	CHECK_EQ_INT(s.last.start_ns, STORY_BASE_NS);
	story_end(&s);
}

/* Without the sender's cookie the SYN begins a connection of its own, which the socket joins. */
CASE(port_comes_after_the_syn)
{
	struct story s;

	story_begin(&s, 0);
	s.client_port = 0;
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	s.client_port = 40000;
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 1);
	story_end(&s);
}

CASE(no_local_port)
{
	struct story s;

	story_begin(&s, 0);
	s.client_port = 0;
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_close(&s, 50, CLIENT, TCPS_SYN_SENT, 0, 0);
	story_clock(&s, 100000);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_NO_LOCAL_PORT);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	story_end(&s);
}

CASE(simultaneous_open_and_close)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_segment(&s, 5, CLIENT, S, 0, 0, 0);
	story_state(&s, 6, SERVER, TCPS_CLOSE, TCPS_SYN_SENT);
	story_segment(&s, 10, SERVER, S, 0, 0, 0);
	story_state(&s, 20, CLIENT, TCPS_SYN_SENT, TCPS_SYN_RECV);
	story_state(&s, 21, SERVER, TCPS_SYN_SENT, TCPS_SYN_RECV);
	story_segment(&s, 30, CLIENT, S | A, 0, 1, 0);
	story_segment(&s, 31, SERVER, S | A, 0, 1, 0);
	story_state(&s, 40, CLIENT, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	story_state(&s, 41, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	for (int i = CLIENT; i < SIDES; i++) {
		story_state(&s, 100, i, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
		story_segment(&s, 101, i, F | A, 1, 1, 0);
	}
	for (int i = CLIENT; i < SIDES; i++) {
		story_state(&s, 110, i, TCPS_FIN_WAIT1, TCPS_CLOSING);
		story_segment(&s, 111, i, A, 2, 2, 0);
	}
	for (int i = CLIENT; i < SIDES; i++) {
		story_close(&s, 120, i, TCPS_CLOSING, 0, STATE_MINISOCKET);
		story_timewait(&s, 121, i, TIMEWAIT_START, TCPS_TIME_WAIT, 0);
	}
	story_clock(&s, 100000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK(s.last.flags & CONN_SIMULTANEOUS_OPEN);
	CHECK_EQ_INT(s.last.verdict.close_form, CLOSE_FORM_SIMULTANEOUS);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_BOTH);
	story_timewait(&s, 61000000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 0);
	story_timewait(&s, 61000100, SERVER, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 1);
	CHECK_EQ_INT(conn_timewait_side(&s.last), SERVER);
	story_end(&s);
}

/* A new SYN with another initial sequence number on the same tuple is a new connection, and ends the old one's
 * TIME_WAIT. */
CASE(reopened)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_by_client(&s);
	story_clock(&s, 100000);
	s.isn[CLIENT] = 900000;
	s.isn[SERVER] = 950000;
	s.id[CLIENT] = 102;
	story_segment(&s, 2000000, CLIENT, S, 0, 0, 0);
	CHECK_EQ_INT(s.told[CONN_OPENED], 2);
	s.id[CLIENT] = 101;
	story_timewait(&s, 2000010, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_SYN);
	CHECK_EQ_INT(s.told[CONN_TIMEWAIT_OVER], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_REOPENED);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 1);
	story_end(&s);
}

/* tests/traps.md 2: a FIN_WAIT2 minisocket is no TIME_WAIT until the FIN comes; the record waits for it. */
CASE(fin_wait2_minisocket)
{
	struct story s;

	story_begin(&s, 0);
	s.netns[SERVER] = 0;
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED);
	story_segment(&s, 40, CLIENT, A, 1, 1, 0);
	story_state(&s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_segment(&s, 1010, CLIENT, F | A, 1, 1, 0);
	story_segment(&s, 1030, SERVER, A, 1, 2, 0);
	story_state(&s, 1040, CLIENT, TCPS_FIN_WAIT1, TCPS_FIN_WAIT2);
	story_close(&s, 1070, CLIENT, TCPS_FIN_WAIT2, 0, STATE_MINISOCKET);
	story_timewait(&s, 1071, CLIENT, TIMEWAIT_START, TCPS_FIN_WAIT2, 0);
	story_clock(&s, 500000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0);
	story_segment(&s, 900000, SERVER, F | A, 1, 2, 0);
	story_segment(&s, 900010, CLIENT, A, 2, 2, 0);
	story_timewait(&s, 900020, CLIENT, TIMEWAIT_RESTART, TCPS_TIME_WAIT, 0); /* the kernel's own word of the same */
	story_clock(&s, 1000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_CLOSED);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.entered_ns, STORY_BASE_NS + 900000000);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.restarts, 0);
	story_segment(&s, 3000000, SERVER, F | A, 1, 2, 0); /* our last ACK was lost */
	story_timewait(&s, 62000000, CLIENT, TIMEWAIT_END, TCPS_TIME_WAIT, TIMEWAIT_CAUSE_TIMER);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.restarts, 1);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	story_end(&s);
}

CASE(a_segment_on_two_interfaces_counts_once)
{
	struct story s;
	struct event_segment e;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	e = story_segment_event(&s, 11, CLIENT, S, 0, 0, 0);
	e.ifindex = 9;
	conn_table_apply(s.table, &e.event);
	story_segment(&s, 1000010, CLIENT, S, 0, 0, 0); /* this one is a retransmission */
	e.event.ts_ns = STORY_BASE_NS + 1000011000;
	conn_table_apply(s.table, &e.event);
	story_clock(&s, 90000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].syn_count, 2);
	CHECK_EQ_INT(s.last.sights, 2);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_UNANSWERED);
	story_end(&s);
}

CASE(lost_records_mark_the_living)
{
	struct story s;
	struct event_lost lost = { .since_ns = STORY_BASE_NS };

	story_begin(&s, 0);
	story_open(&s);
	lost.event = story_head(&s, EVENT_LOST, sizeof(lost), 500, 0);
	lost.event.netns = 0;
	lost.count[EVENT_SEGMENT] = 3;
	conn_table_apply(s.table, &lost.event);
	story_close_by_client(&s);
	story_clock(&s, 100000);
	CHECK(s.last.flags & CONN_LOSSY);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	CHECK_EQ_INT(conn_table_counters(s.table)->lost_total, 3);
	story_end(&s);
}

/* A SYN flood must not push living connections out. */
CASE(full_table)
{
	struct story s;

	story_begin(&s, 2);
	story_open(&s);
	for (uint16_t port = 50000; port < 50100; port++) {
		s.client_port = port;
		s.isn[CLIENT] += 100000;
		story_segment(&s, 2000 + port, CLIENT, S, 0, 0, 0);
	}
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 2);
	CHECK_EQ_INT(conn_table_counters(s.table)->evicted, 99);
	conn_table_finish(s.table);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 0);
	CHECK_EQ_INT(s.told[CONN_FINISHED], s.told[CONN_OPENED]);
	story_end(&s);
}

/* One socket may connect again after it was refused; one struct sock may be another's (tests/traps.md 8). */
CASE(id_begins_a_second_life)
{
	struct story s;

	story_begin(&s, 0);
	for (int i = 0; i < 2; i++) {
		s.client_port = (uint16_t)(40000 + i);
		story_state(&s, (uint64_t)i * 100, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
		story_close(&s, (uint64_t)i * 100 + 50, CLIENT, TCPS_SYN_SENT, 111, 0);
	}
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 2);
	story_end(&s);
}

CASE(end_of_timewait_never_told)
{
	uint64_t ns, least, most;
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_close_by_client(&s);
	story_clock(&s, 90000000);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_UNKNOWN);
	CHECK(!timewait_length(&s.last.side[CLIENT].timewait, &ns));
	timewait_bounds(&s.last.side[CLIENT].timewait, &least, &most);
	CHECK(!least && !most);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	story_end(&s);
}

/* The kernel side may tell a step twice (state.bpf.c). */
CASE(a_step_told_twice_is_taken_once)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_state(&s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_state(&s, 1001, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_state(&s, 1002, SERVER, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.last.moments.count, 9);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	story_end(&s);
}

/* tests/traps.md 7: before 2025 a child's first step carries the listener's tuple and no cookie of its own. */
CASE(the_first_step_of_a_clone_is_its_listeners)
{
	struct story s;
	uint16_t port;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 40, CLIENT, A, 1, 1, 0);
	port = s.client_port;
	s.client_port = 0;
	s.id[SERVER] = 999;
	story_state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV);
	s.client_port = port;
	s.id[SERVER] = 201;
	story_state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 1);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.last.side[SERVER].id, 201);
	story_end(&s);
}

/* A damaged or made-up recording may hold both: neither takes the other for its own. */
CASE(a_segment_of_a_capture_on_the_tuple_of_a_socket)
{
	struct event_segment e;
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	e = story_segment_event(&s, 500, CLIENT, F | A, 1, 1, 0);
	e.via = SEGMENT_VIA_PCAP;
	conn_table_apply(s.table, &e.event);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 2);
	story_close_by_client(&s);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	story_end(&s);
}

static void drop(struct story *s, uint64_t us, int sender, int flags, uint32_t seq, uint32_t ack, uint8_t reason)
{
	struct event_segment at = story_segment_event(s, us, sender, flags, seq, ack, 0);
	struct event_drop e = { .event = story_head(s, EVENT_DROP, sizeof(e), us, sender),
				.tuple = at.tuple,
				.seq = at.seq,
				.ack = at.ack,
				.reason = reason,
				.tcp_flags = at.tcp_flags };

	conn_table_apply(s->table, &e.event);
}

/* Another namespace may have the same tuple: without knowing which it is, only what was seen at an interface is ours.
 */
CASE(a_drop_of_an_unknown_namespace)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	s.netns[CLIENT] = 0; /* of the drop alone */
	drop(&s, 900, CLIENT, R, 1 << 20, 0, DROP_TCP_INVALID_SEQUENCE);
	s.netns[CLIENT] = 11;
	story_segment(&s, 910, CLIENT, R, 1 << 21, 0, 0);
	s.netns[CLIENT] = 0;
	drop(&s, 911, CLIENT, R, 1 << 21, 0, DROP_TCP_INVALID_SEQUENCE);
	s.netns[CLIENT] = 11;
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.last.side[CLIENT].drops, 1);
	story_end(&s);
}

/* An ACK of what was never sent is answered by RST, and the request stays for the right one, however late it comes. */
CASE(a_request_outlives_the_reset_of_a_wrong_ack)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 40, CLIENT, A, 1, 5001, 0);
	story_segment(&s, 50, SERVER, R, 5001, 0, 0);
	drop(&s, 51, CLIENT, A, 1, 5001, DROP_TCP_FLAGS);
	story_clock(&s, 3000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 0);
	story_state(&s, 3000010, SERVER, TCPS_LISTEN, TCPS_SYN_RECV);
	story_state(&s, 3000020, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(conn_table_counters(s.table)->live, 1);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.last.side[SERVER].id, 201);
	story_end(&s);
}

/* The right ACK does not come: nobody gave up, it was silence. */
CASE(a_request_that_nothing_follows_after_a_wrong_ack)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 40, CLIENT, A, 1, 5001, 0);
	story_segment(&s, 50, SERVER, R, 5001, 0, 0);
	drop(&s, 51, CLIENT, A, 1, 5001, DROP_TCP_FLAGS);
	story_clock(&s, 80000000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_HANDSHAKE_ABORTED);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_UNKNOWN);
	CHECK(s.last.verdict.evidence & 1U << VERDICT_EVIDENCE_SILENCE);
	story_end(&s);
}

/* The number behind the SYN+ACK is what an accepted RST bears: of a listener that is gone, of tcp_abort_on_overflow. */
CASE(a_request_ends_by_the_reset_of_a_right_ack)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 40, CLIENT, A, 1, 1, 0);
	story_segment(&s, 50, SERVER, R, 1, 0, 0);
	story_clock(&s, 200000);
	CHECK_EQ_INT(s.told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_RESET);
	CHECK_EQ_INT(s.last.verdict.ended_by, ENDED_BY_SERVER);
	story_end(&s);
}
