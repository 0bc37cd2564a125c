// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "state.bpf.h"
#include <bpf/bpf_tracing.h>

struct pending_map pending SEC(".maps");

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_btf, const struct sock *sk, int old_state, int new_state)
{
	return state_step(sk, old_state, new_state);
}
