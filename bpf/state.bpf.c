// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "state.bpf.h"
#include <bpf/bpf_tracing.h>

struct pending_map pending SEC(".maps");

/*
 * The kernel does not run a tracing program inside itself (bpf_prog_enter_recur()): a softirq that comes while
 * state_btf runs for a system call would lose its sockets' steps, one in seven hundred at 27,000 connections a second
 * on loopback. So a second program sees each step, too, and handles those that the first did not. Should a softirq come
 * just between the two, a step is told twice; the user side knows it by its old state.
 */
struct last_step {
	__u64 sk;
	__u64 states;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct last_step);
} last_step SEC(".maps");

static __always_inline struct last_step *step_of_this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&last_step, &zero);
}

static __always_inline __u64 step_states(int old_state, int new_state)
{
	return (__u64)old_state << 32 | (__u32)new_state;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_btf, const struct sock *sk, int old_state, int new_state)
{
	struct last_step *last;

	state_step(sk, old_state, new_state);
	last = step_of_this_cpu();
	if (!last)
		return 0;
	last->sk = (__u64)sk;
	last->states = step_states(old_state, new_state);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_nested_btf, const struct sock *sk, int old_state, int new_state)
{
	const struct last_step *last = step_of_this_cpu();

	if (last && last->sk == (__u64)sk && last->states == step_states(old_state, new_state))
		return 0;
	return state_step(sk, old_state, new_state);
}
