/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the function hooks of minisockets do, whether they are fentry or kprobes. */
#ifndef TCPLIFE_TIMEWAIT_HOOKS_BPF_H
#define TCPLIFE_TIMEWAIT_HOOKS_BPF_H

#include "stack.bpf.h"
#include "timewait.bpf.h"

/* The segment that tcp_timewait_state_process() works on, on this CPU. */
struct timewait_segment {
	__u64 tw;
	__u32 seq;
	__u32 tcp_flags;
};

struct timewait_segment_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct timewait_segment);
};

extern struct timewait_segment_map timewait_segments SEC(".maps");

#define TCP_HEADER_FLAGS 13

static __always_inline int timewait_segment(const void *tw, const struct tcphdr *th)
{
	__u32 zero = 0;
	struct timewait_segment *s = bpf_map_lookup_elem(&timewait_segments, &zero);
	__u8 flags = 0;

	if (!s)
		return 0;
	bpf_probe_read_kernel(&flags, sizeof(flags), (const void *)th + TCP_HEADER_FLAGS);
	s->tw = (__u64)tw;
	s->seq = bpf_ntohl(BPF_CORE_READ(th, seq));
	s->tcp_flags = flags;
	return 0;
}

static __always_inline void timewait_add_segment(struct timewait_step *step, const void *tw)
{
	__u32 zero = 0;
	struct timewait_segment *s = bpf_map_lookup_elem(&timewait_segments, &zero);

	if (!s || s->tw != (__u64)tw)
		return;
	step->seq = s->seq;
	step->tcp_flags = s->tcp_flags;
	s->tw = 0;
}

/* __inet_twsk_schedule(tw, timeo, rearm): the first arming is reported by the state hook. */
static __noinline int timewait_scheduled(const void *tw, int ticks)
{
	struct timewait_step step = { .action = TIMEWAIT_RESTART, .timeout_ms = ticks_to_ms(ticks) };
	struct timewait t;

	if (!timewait_wanted(tw, &t))
		return 0;
	timewait_add_segment(&step, tw);
	timewait_emit(&t, &step);
	return 0;
}

static __noinline int timewait_killed(void *ctx, const void *tw)
{
	struct timewait_step step = {};
	struct timewait t;

	if (!timewait_wanted(tw, &t))
		return 0;
	if (!timewait_ticks_left(tw)) {
		step.action = TIMEWAIT_END;
		step.cause = TIMEWAIT_CAUSE_TIMER;
		timewait_emit(&t, &step);
		return 0;
	}
	timewait_add_segment(&step, tw);
	timewait_ended_early(&t, &step, stack_places(ctx));
	return 0;
}

#endif
