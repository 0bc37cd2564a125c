// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "retransmit.bpf.h"
#include <bpf/bpf_tracing.h>

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(retransmit_segment_btf, const struct sock *sk, const struct sk_buff *skb)
{
	return retransmit_segment(sk, skb);
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(retransmit_synack_btf, const struct sock *sk, const struct request_sock *request)
{
	return retransmit_synack((const struct sock *)request);
}
