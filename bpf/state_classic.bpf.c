// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The lower rung: a plain pointer, no cookie. */
#define SOCK_PROBE_READ
#include "state.bpf.h"

SEC("tracepoint/sock/inet_sock_set_state")
int state_classic(struct trace_event_raw_inet_sock_set_state *ctx)
{
	return state_step(ctx->skaddr, ctx->oldstate, ctx->newstate, MINISOCKET_FIRST);
}
