// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "reset.bpf.h"
#include <bpf/bpf_tracing.h>

/* 6.10 brought the third argument, and with it enum sk_rst_reason. */
SEC("tp_btf/tcp_send_reset")
int reset_sent_btf(__u64 *ctx)
{
	__u64 address[2] = {}; /* the same arguments as plain numbers */
	__u8 reason = RESET_UNKNOWN;

	if (bpf_core_type_exists(enum sk_rst_reason))
		reason = reset_reason(ctx[2]);
	bpf_probe_read_kernel(address, sizeof(address), ctx);
	return reset_sent((const void *)ctx[0], address[0], (const void *)address[1], reason);
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(reset_received_btf, const struct sock *sk)
{
	return reset_received(sk);
}
