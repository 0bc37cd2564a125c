/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* TCP states by the kernel's numbers (include/net/tcp_states.h), and their names in three vocabularies. */
#ifndef TCPLIFE_TCP_STATE_H
#define TCPLIFE_TCP_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* number, kernel and ss name (RFC 9293 with underscores), OpenTelemetry network.connection.state */
#define TCP_STATES(_)                                                                                                  \
	_(1, ESTABLISHED, "established")                                                                               \
	_(2, SYN_SENT, "syn_sent")                                                                                     \
	_(3, SYN_RECV, "syn_received")                                                                                 \
	_(4, FIN_WAIT1, "fin_wait_1")                                                                                  \
	_(5, FIN_WAIT2, "fin_wait_2")                                                                                  \
	_(6, TIME_WAIT, "time_wait")                                                                                   \
	_(7, CLOSE, "closed")                                                                                          \
	_(8, CLOSE_WAIT, "close_wait")                                                                                 \
	_(9, LAST_ACK, "last_ack")                                                                                     \
	_(10, LISTEN, "listen")                                                                                        \
	_(11, CLOSING, "closing")                                                                                      \
	_(12, NEW_SYN_RECV, "syn_received")                                                                            \
	_(13, BOUND_INACTIVE, "closed") /* inet_diag's pseudo-state, 6.8 */

#define TIMEWAIT_LEN_NS 60000000000ULL /* TCP_TIMEWAIT_LEN (include/net/tcp.h): a constant of the kernel */

enum tcp_state {
	TCPS_UNKNOWN,
#define _(number, name, otel) TCPS_##name = number,
	TCP_STATES(_)
#undef _
		TCPS_COUNT,
};

/* "SYN_SENT"; "?" for a number outside the list. Never NULL. */
const char *tcp_state_name(unsigned int state);
/* "syn_sent"; "unknown" for a number outside the list. Never NULL. */
const char *tcp_state_otel_name(unsigned int state);
/* Is this a step that the kernel's state machine takes (net/ipv4/tcp*.c)? old == new is not a step. */
bool tcp_state_step_legal(unsigned int old_state, unsigned int new_state);

#define TCP_FLAG_LETTERS_SIZE 9
/* "SA": tcpdump's letters in the order of the bits, FSRPAUEW. Returns buf. */
const char *tcp_flag_letters(uint8_t flags, char buf[TCP_FLAG_LETTERS_SIZE]);

#endif
