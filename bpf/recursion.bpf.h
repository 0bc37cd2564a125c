/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The kernel does not run a tracing program inside itself (bpf_prog_enter_recur()): a softirq that comes while one runs
 * for a system call would lose its sockets' steps, of state changes one in seven hundred at 27,000 connections a second
 * on loopback. So a second program sees each step, too, and handles those that the first did not. If a softirq comes
 * just between the two, a step is reported twice; the user side recognises the repetition.
 */
#ifndef TCPLIFE_RECURSION_BPF_H
#define TCPLIFE_RECURSION_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* What the first program handled last on this CPU. */
struct last_step {
	__u64 sk;
	__u64 step;
};

struct last_step_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct last_step);
};

/* The first program is done with this step. */
static __always_inline void step_done(struct last_step_map *map, const struct sock *sk, __u64 step)
{
	__u32 zero = 0;
	struct last_step *last = bpf_map_lookup_elem(map, &zero);

	if (!last)
		return;
	last->sk = (__u64)sk;
	last->step = step;
}

/* For the second: was it? Only once, since the address may soon be another socket's. */
static __always_inline int step_was_done(struct last_step_map *map, const struct sock *sk, __u64 step)
{
	__u32 zero = 0;
	struct last_step *last = bpf_map_lookup_elem(map, &zero);

	if (!last || last->sk != (__u64)sk || last->step != step)
		return 0;
	last->sk = 0;
	return 1;
}

#endif
