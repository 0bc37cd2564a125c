// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/tcp_state.h"

static const char *const NAMES[TCPS_COUNT] = {
#define _(number, name, otel) [number] = #name,
	TCP_STATES(_)
#undef _
};

static const char *const OTEL_NAMES[TCPS_COUNT] = {
#define _(number, name, otel) [number] = otel,
	TCP_STATES(_)
#undef _
};

const char *tcp_state_name(unsigned int state)
{
	return state < TCPS_COUNT && NAMES[state] ? NAMES[state] : "?";
}

const char *tcp_state_otel_name(unsigned int state)
{
	return state < TCPS_COUNT && OTEL_NAMES[state] ? OTEL_NAMES[state] : "unknown";
}

#define TO(state) (1U << TCPS_##state)

/* Every full socket may go to CLOSE: tcp_done(), tcp_reset(), tcp_set_state() in tcp_disconnect() and tcp_close(). */
static const uint16_t STEPS[TCPS_COUNT] = {
	[TCPS_CLOSE] = TO(SYN_SENT) | TO(LISTEN),
	/* inet_csk_clone_lock(): the child is born by a step out of its listener's state */
	[TCPS_LISTEN] = TO(SYN_RECV) | TO(CLOSE),
	/* SYN_RECV: simultaneous open */
	[TCPS_SYN_SENT] = TO(ESTABLISHED) | TO(SYN_RECV) | TO(FIN_WAIT1) | TO(CLOSE),
	/* CLOSE_WAIT: Fast Open, where the SYN may bring data and the FIN comes before the handshake's ACK */
	[TCPS_SYN_RECV] = TO(ESTABLISHED) | TO(FIN_WAIT1) | TO(CLOSE_WAIT) | TO(CLOSE),
	[TCPS_NEW_SYN_RECV] = TO(SYN_RECV) | TO(ESTABLISHED) | TO(CLOSE),
	[TCPS_ESTABLISHED] = TO(FIN_WAIT1) | TO(CLOSE_WAIT) | TO(CLOSE),
	[TCPS_FIN_WAIT1] = TO(FIN_WAIT2) | TO(CLOSING) | TO(TIME_WAIT) | TO(CLOSE),
	[TCPS_FIN_WAIT2] = TO(TIME_WAIT) | TO(CLOSE),
	[TCPS_CLOSING] = TO(TIME_WAIT) | TO(CLOSE),
	[TCPS_TIME_WAIT] = TO(CLOSE),
	[TCPS_CLOSE_WAIT] = TO(LAST_ACK) | TO(CLOSE),
	[TCPS_LAST_ACK] = TO(CLOSE),
};

bool tcp_state_step_legal(unsigned int old_state, unsigned int new_state)
{
	return old_state < TCPS_COUNT && new_state < TCPS_COUNT && (STEPS[old_state] & 1U << new_state);
}

const char *tcp_flag_letters(uint8_t flags, char buf[TCP_FLAG_LETTERS_SIZE])
{
	char *p = buf;

	for (unsigned int bit = 0; bit < 8; bit++)
		if (flags & 1U << bit)
			*p++ = "FSRPAUEW"[bit];
	*p = '\0';
	return buf;
}
