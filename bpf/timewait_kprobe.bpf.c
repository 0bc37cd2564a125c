// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "timewait_hooks.bpf.h"
#include <bpf/bpf_tracing.h>

SEC("kprobe/tcp_timewait_state_process")
int BPF_KPROBE(timewait_segment_kprobe, void *tw, void *skb, const struct tcphdr *th)
{
	return timewait_segment(tw, th);
}

/* rearm is a bool: the rest of the register is undefined. */
SEC("kprobe/__inet_twsk_schedule")
int BPF_KPROBE(timewait_schedule_kprobe, void *tw, int ticks, unsigned char rearm)
{
	return rearm ? timewait_scheduled(tw, ticks) : 0;
}

SEC("kprobe/inet_twsk_kill")
int BPF_KPROBE(timewait_kill_kprobe, void *tw)
{
	return timewait_killed(ctx, tw);
}
