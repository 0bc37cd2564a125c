// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/tcp_state.h"
#include "test.h"

CASE(names)
{
	CHECK_EQ_STR(tcp_state_name(TCPS_FIN_WAIT1), "FIN_WAIT1");
	CHECK_EQ_STR(tcp_state_otel_name(TCPS_FIN_WAIT1), "fin_wait_1");
	CHECK_EQ_STR(tcp_state_otel_name(TCPS_NEW_SYN_RECV), "syn_received");
	CHECK_EQ_STR(tcp_state_name(0), "?");
	CHECK_EQ_STR(tcp_state_name(TCPS_COUNT), "?");
	CHECK_EQ_STR(tcp_state_otel_name(0), "unknown");
	CHECK_EQ_STR(tcp_state_otel_name(~0U), "unknown");
}

CASE(numbers_are_the_kernels)
{
	CHECK_EQ_INT(TCPS_ESTABLISHED, 1);
	CHECK_EQ_INT(TCPS_TIME_WAIT, 6);
	CHECK_EQ_INT(TCPS_CLOSE, 7);
	CHECK_EQ_INT(TCPS_NEW_SYN_RECV, 12);
	CHECK_EQ_INT(TCPS_COUNT, 14);
}

CASE(every_state_has_names)
{
	for (unsigned int s = 1; s < TCPS_COUNT; s++) {
		CHECK(strcmp(tcp_state_name(s), "?"));
		CHECK(strcmp(tcp_state_otel_name(s), "unknown"));
	}
}

CASE(steps_of_an_orderly_life)
{
	static const unsigned int client[] = { TCPS_CLOSE,     TCPS_SYN_SENT,  TCPS_ESTABLISHED,
					       TCPS_FIN_WAIT1, TCPS_FIN_WAIT2, TCPS_CLOSE };
	static const unsigned int server[] = { TCPS_LISTEN,	TCPS_SYN_RECV, TCPS_ESTABLISHED,
					       TCPS_CLOSE_WAIT, TCPS_LAST_ACK, TCPS_CLOSE };

	for (int i = 0; i < 5; i++) {
		CHECK(tcp_state_step_legal(client[i], client[i + 1]));
		CHECK(tcp_state_step_legal(server[i], server[i + 1]));
	}
}

CASE(steps_that_do_not_exist)
{
	CHECK(!tcp_state_step_legal(TCPS_ESTABLISHED, TCPS_ESTABLISHED));
	CHECK(!tcp_state_step_legal(TCPS_CLOSE, TCPS_ESTABLISHED));
	CHECK(!tcp_state_step_legal(TCPS_CLOSE_WAIT, TCPS_FIN_WAIT1));
	CHECK(!tcp_state_step_legal(TCPS_FIN_WAIT2, TCPS_ESTABLISHED));
	CHECK(!tcp_state_step_legal(0, TCPS_CLOSE));
	CHECK(!tcp_state_step_legal(TCPS_CLOSE, 200));
	CHECK(!tcp_state_step_legal(200, TCPS_CLOSE));
}

CASE(flags)
{
	char buf[TCP_FLAG_LETTERS_SIZE];

	CHECK_EQ_STR(tcp_flag_letters(0x12, buf), "SA");
	CHECK_EQ_STR(tcp_flag_letters(0x11, buf), "FA");
	CHECK_EQ_STR(tcp_flag_letters(0, buf), "");
	CHECK_EQ_STR(tcp_flag_letters(0xff, buf), "FSRPAUEW");
}
