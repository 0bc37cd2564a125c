// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define SOCK_PROBE_READ
#include "retransmit.bpf.h"

/* What all versions of these tracepoints begin with. */
struct retransmit_skb_args {
	__u64 common;
	const void *skb, *sk;
};

struct retransmit_synack_args {
	__u64 common;
	const void *sk, *request;
};

SEC("tracepoint/tcp/tcp_retransmit_skb")
int retransmit_segment_classic(struct retransmit_skb_args *ctx)
{
	return retransmit_segment(ctx->sk, ctx->skb);
}

SEC("tracepoint/tcp/tcp_retransmit_synack")
int retransmit_synack_classic(struct retransmit_synack_args *ctx)
{
	return retransmit_synack(ctx->request);
}
