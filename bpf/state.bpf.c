// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "recursion.bpf.h"
#include "state.bpf.h"
#include <bpf/bpf_tracing.h>

struct pending_map pending SEC(".maps");

struct last_step_map last_state SEC(".maps");

static __always_inline __u64 step_states(int old_state, int new_state)
{
	return (__u64)old_state << 32 | (__u32)new_state;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_btf, const struct sock *sk, int old_state, int new_state)
{
	state_step(sk, old_state, new_state, MINISOCKET_FIRST);
	step_done(&last_state, sk, step_states(old_state, new_state));
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_nested_btf, const struct sock *sk, int old_state, int new_state)
{
	if (step_was_done(&last_state, sk, step_states(old_state, new_state)))
		return 0;
	return state_step(sk, old_state, new_state, MINISOCKET_NESTED);
}
