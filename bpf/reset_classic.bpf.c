// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define SOCK_PROBE_READ
#include "reset.bpf.h"

struct trace_event_raw_tcp_send_reset___6_10 {
	enum sk_rst_reason reason;
} __attribute__((preserve_access_index));

/* What all versions of these tracepoints begin with. */
struct reset_sent_args {
	__u64 common;
	const void *skb, *sk;
};

struct reset_received_args {
	__u64 common;
	const void *sk;
};

SEC("tracepoint/tcp/tcp_send_reset")
int reset_sent_classic(struct reset_sent_args *ctx)
{
	struct trace_event_raw_tcp_send_reset___6_10 *with_reason = (void *)ctx;
	const void *sk = ctx->sk, *skb = ctx->skb;
	__u8 reason = RESET_UNKNOWN;

	if (bpf_core_field_exists(with_reason->reason))
		reason = reset_reason(with_reason->reason);
	return reset_sent(sk, (__u64)sk, skb, reason);
}

SEC("tracepoint/tcp/tcp_receive_reset")
int reset_received_classic(struct reset_received_args *ctx)
{
	return reset_received(ctx->sk);
}
