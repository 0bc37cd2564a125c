// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Every ending, and what decides it. */
#include <errno.h>

#include "core/table/conn_table.h"
#include "lib/strbuf.h"

#include "core/record/conn_phase.h"
#include "core/record/conn_zeek.h"
#include "core/record/ending_sentence.h"
#include "story.h"
#include "test.h"

/* The client's socket only: the server is another host. */
static void open_to_remote(struct story *s)
{
	story_state(s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_segment(s, 10, CLIENT, S, 0, 0, 0);
	story_segment(s, 20, SERVER, S | A, 0, 1, 0);
	story_state(s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED);
	story_segment(s, 40, CLIENT, A, 1, 1, 0);
}

static void reset_event(struct story *s, uint64_t us, int side, int direction, int reason)
{
	struct event_reset e = { .event = story_head(s, EVENT_RESET, sizeof(e), us, side),
				 .id = s->id[side],
				 .tuple = story_tuple(s, side),
				 .direction = (uint8_t)direction,
				 .state = TCPS_ESTABLISHED,
				 .reason = (uint8_t)reason };

	conn_table_apply(s->table, &e.event);
}

/* Time passes, the story is told; its last change is checked. */
static void tell_all(struct story *s)
{
	story_clock(s, 300000000);
	CHECK_EQ_INT(s->told[CONN_CLOSED], 1);
	CHECK_EQ_INT(s->told[CONN_FINISHED], 1);
}

static void check(struct story *s, enum ending ending, enum ended_by by)
{
	tell_all(s);
	CHECK_EQ_STR(ending_name(s->last.verdict.ending), ending_name(ending));
	CHECK_EQ_STR(ended_by_name(s->last.verdict.ended_by), ended_by_name(by));
	story_end(s);
}

static bool from(const struct story *s, enum verdict_evidence e)
{
	return s->last.verdict.evidence & (1U << e);
}

CASE(refused_is_the_sockets_word)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, R | A, 0, 1, 0);
	story_close(&s, 30, CLIENT, TCPS_SYN_SENT, ECONNREFUSED, 0);
	check(&s, ENDING_REFUSED, ENDED_BY_SERVER);
	CHECK(from(&s, VERDICT_EVIDENCE_ERRNO) && from(&s, VERDICT_EVIDENCE_SEGMENT));
	CHECK_EQ_STR(conn_zeek_state(&s.last), "REJ");
}

CASE(refused_on_the_wire_alone)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, R | A, 0, 1, 0);
	check(&s, ENDING_REFUSED, ENDED_BY_SERVER);
	CHECK(!from(&s, VERDICT_EVIDENCE_STATE));
}

CASE(unanswered)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	for (unsigned int i = 0; i < 3; i++)
		story_segment(&s, 10 + i * 1000000, CLIENT, S, 0, 0, 0);
	story_close(&s, 7000000, CLIENT, TCPS_SYN_SENT, ETIMEDOUT, 0);
	check(&s, ENDING_UNANSWERED, ENDED_BY_KERNEL);
	CHECK_EQ_STR(conn_zeek_state(&s.last), "S0");
	CHECK_EQ_INT(conn_completeness(&s.last), 1);
}

/* SO_ERROR was read between the kernel's setting of the error and its step into CLOSE. */
CASE(unanswered_though_the_application_was_first_to_take_the_error)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	for (unsigned int i = 0; i < 3; i++)
		story_segment(&s, 10 + i * 1000000, CLIENT, S, 0, 0, 0);
	story_close(&s, 7000000, CLIENT, TCPS_SYN_SENT, 0, 0);
	check(&s, ENDING_UNANSWERED, ENDED_BY_KERNEL);
	CHECK_EQ_INT(s.last.verdict.err, ETIMEDOUT);
}

CASE(unreachable)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_close(&s, 3000000, CLIENT, TCPS_SYN_SENT, EHOSTUNREACH, 0);
	check(&s, ENDING_UNREACHABLE, ENDED_BY_KERNEL);
}

CASE(connect_given_up)
{
	struct story s;

	story_begin(&s, 0);
	story_state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_close(&s, 3000000, CLIENT, TCPS_SYN_SENT, 0, STATE_TASK_CERTAIN);
	check(&s, ENDING_HANDSHAKE_ABORTED, ENDED_BY_CLIENT);
}

/* A SYN scan: SYN, SYN+ACK, RST. */
CASE(handshake_reset_by_the_opener)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 30, CLIENT, R, 1, 0, 0);
	check(&s, ENDING_HANDSHAKE_ABORTED, ENDED_BY_CLIENT);
}

CASE(syn_ack_never_answered)
{
	struct story s;

	story_begin(&s, 0);
	story_segment(&s, 10, CLIENT, S, 0, 0, 0);
	story_segment(&s, 20, SERVER, S | A, 0, 1, 0);
	story_segment(&s, 1000020, SERVER, S | A, 0, 1, 0);
	check(&s, ENDING_HANDSHAKE_ABORTED, ENDED_BY_UNKNOWN);
	CHECK(from(&s, VERDICT_EVIDENCE_SILENCE));
}

CASE(linger_zero_here)
{
	struct story s;

	story_begin(&s, 0);
	open_to_remote(&s);
	story_close(&s, 1000, CLIENT, TCPS_ESTABLISHED, 0, STATE_TASK_CERTAIN | STATE_LINGER | STATE_LINGER_ZERO);
	story_segment(&s, 1010, CLIENT, R | A, 1, 1, 0);
	reset_event(&s, 1020, CLIENT, RESET_SENT, RESET_TCP_STATE);
	check(&s, ENDING_RESET, ENDED_BY_CLIENT);
	CHECK(from(&s, VERDICT_EVIDENCE_LINGER));
	CHECK_EQ_INT(s.last.verdict.reset_reason, RESET_TCP_STATE);
	CHECK_EQ_STR(conn_zeek_state(&s.last), "RSTO");
}

/* The one who received the RST knows less than the one who sent it: both are here. */
CASE(the_sender_of_the_reset_is_asked_first)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	reset_event(&s, 990, CLIENT, RESET_RECEIVED, RESET_UNKNOWN);
	story_close(&s, 1000, CLIENT, TCPS_ESTABLISHED, ECONNRESET, 0);
	story_close(&s, 1001, SERVER, TCPS_ESTABLISHED, 0, STATE_TASK_CERTAIN);
	reset_event(&s, 1010, SERVER, RESET_SENT, RESET_TCP_ABORT_ON_CLOSE);
	check(&s, ENDING_RESET, ENDED_BY_SERVER);
	CHECK_EQ_INT(s.last.verdict.reset_reason, RESET_TCP_ABORT_ON_CLOSE);
	CHECK_EQ_INT(s.last.verdict.err, ECONNRESET);
}

CASE(reset_from_afar)
{
	struct story s;

	story_begin(&s, 0);
	open_to_remote(&s);
	story_segment(&s, 990, SERVER, R, 1, 0, 0);
	story_close(&s, 1000, CLIENT, TCPS_ESTABLISHED, ECONNRESET, 0);
	check(&s, ENDING_RESET, ENDED_BY_SERVER);
}

CASE(killed)
{
	struct story s;

	story_begin(&s, 0);
	open_to_remote(&s);
	reset_event(&s, 990, CLIENT, RESET_SENT, RESET_TCP_STATE);
	story_close(&s, 1000, CLIENT, TCPS_ESTABLISHED, ECONNABORTED, STATE_TASK_CERTAIN);
	check(&s, ENDING_KILLED, ENDED_BY_KERNEL);
}

/* tests/traps.md 20: LAST_ACK to CLOSE is normal only with the ACK of our FIN. */
CASE(last_ack_timed_out)
{
	struct story s;

	story_begin(&s, 0);
	open_to_remote(&s);
	story_segment(&s, 1000, SERVER, F | A, 1, 1, 0);
	story_state(&s, 1010, CLIENT, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT);
	story_state(&s, 1020, CLIENT, TCPS_CLOSE_WAIT, TCPS_LAST_ACK);
	story_segment(&s, 1030, CLIENT, F | A, 1, 2, 0);
	story_close(&s, 100000000, CLIENT, TCPS_LAST_ACK, ETIMEDOUT, 0);
	check(&s, ENDING_TIMED_OUT, ENDED_BY_KERNEL);
	CHECK_EQ_INT(s.last.verdict.in_state, TCPS_LAST_ACK);
}

CASE(the_peers_fin_never_came)
{
	struct story s;

	story_begin(&s, 0);
	open_to_remote(&s);
	story_state(&s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_segment(&s, 1010, CLIENT, F | A, 1, 1, 0);
	story_segment(&s, 1020, SERVER, A, 1, 2, 0);
	story_state(&s, 1030, CLIENT, TCPS_FIN_WAIT1, TCPS_FIN_WAIT2);
	story_close(&s, 1040, CLIENT, TCPS_FIN_WAIT2, 0, STATE_MINISOCKET);
	story_timewait(&s, 1041, CLIENT, TIMEWAIT_START, TCPS_FIN_WAIT2, 0);
	story_timewait(&s, 60001041, CLIENT, TIMEWAIT_END, TCPS_FIN_WAIT2, TIMEWAIT_CAUSE_TIMER);
	check(&s, ENDING_TIMED_OUT, ENDED_BY_KERNEL);
	CHECK_EQ_INT(conn_timewait_side(&s.last), -1); /* it never was in TIME_WAIT */
}

/* tcp_max_tw_buckets: TIME_WAIT was due, and there is no minisocket. */
CASE(timewait_never_created)
{
	struct story s;

	story_begin(&s, 0);
	story_open(&s);
	story_state(&s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_segment(&s, 1010, CLIENT, F | A, 1, 1, 0);
	story_segment(&s, 1030, SERVER, F | A, 1, 2, 0);
	story_state(&s, 1040, CLIENT, TCPS_FIN_WAIT1, TCPS_FIN_WAIT2);
	story_segment(&s, 1065, CLIENT, A, 2, 2, 0);
	story_close(&s, 1070, CLIENT, TCPS_FIN_WAIT2, 0, STATE_NO_MINISOCK);
	story_state(&s, 1071, SERVER, TCPS_CLOSE_WAIT, TCPS_LAST_ACK);
	story_close(&s, 1080, SERVER, TCPS_LAST_ACK, 0, 0);
	check(&s, ENDING_CLOSED, ENDED_BY_CLIENT);
	CHECK_EQ_INT(s.last.verdict.close_form, CLOSE_FORM_THREE_WAY);
	CHECK_EQ_INT(s.last.side[CLIENT].timewait.exit, TIMEWAIT_EXIT_NEVER_CREATED);
}

CASE(what_the_evidence_does_not_decide_is_unknown)
{
	struct story s;

	story_begin(&s, 0);
	open_to_remote(&s);
	story_close(&s, 1000, CLIENT, TCPS_ESTABLISHED, EPROTO, 0);
	check(&s, ENDING_UNKNOWN, ENDED_BY_UNKNOWN);
}

CASE(still_open_when_tracing_stops)
{
	struct story s;

	story_begin(&s, 0);
	open_to_remote(&s);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK_EQ_INT(s.last.verdict.ending, ENDING_OPEN);
	story_end(&s);
}

CASE(every_ending_has_a_sentence)
{
	for (int i = 0; i < ENDING_COUNT; i++) {
		struct conn c = { .verdict = { .ending = (uint8_t)i } };
		struct strbuf text = { 0 };

		ending_sentence(&c, 0, &text);
		CHECK(text.len > 5 && text.text[text.len - 1] != '.');
		strbuf_free(&text);
	}
}
