// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "timewait_hooks.bpf.h"
#include <bpf/bpf_tracing.h>

struct timewait_segment_map timewait_segments SEC(".maps");

SEC("fentry/tcp_timewait_state_process")
int BPF_PROG(timewait_segment_fentry, void *tw, void *skb, const struct tcphdr *th)
{
	return timewait_segment(tw, th);
}

/* rearm is a bool, of which 5.10's trampoline saves one byte and leaves the other seven as they are. */
SEC("fentry/__inet_twsk_schedule")
int BPF_PROG(timewait_schedule_fentry, void *tw, int ticks, unsigned char rearm)
{
	return rearm ? timewait_scheduled(tw, ticks) : 0;
}

SEC("fentry/inet_twsk_kill")
int BPF_PROG(timewait_kill_fentry, void *tw)
{
	return timewait_killed(ctx, tw);
}
