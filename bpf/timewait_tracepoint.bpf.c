// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Minisockets by the tracepoints of their timer: works where fentry and kprobes are refused. These two fire for every
 * timer of the host, so they must turn away the others with one comparison.
 */
#include "minisocket.bpf.h"
#include "stack.bpf.h"
#include "timewait.bpf.h"
#include <bpf/bpf_tracing.h>

static __always_inline const struct inet_timewait_sock *timewait_of(const struct timer_list *timer)
{
	return (void *)timer - bpf_core_field_offset(struct inet_timewait_sock, tw_timer);
}

static __always_inline bool is_timewait(const struct timer_list *timer)
{
	__u64 function = (__u64)timer->function;

	return function == (knobs.tw_timer_handler ? knobs.tw_timer_handler : timewait_handler);
}

static __noinline int timewait_expired(void *timer)
{
	struct timewait_step step = { .action = TIMEWAIT_END, .cause = TIMEWAIT_CAUSE_TIMER };
	struct timewait t;

	if (timewait_wanted(timewait_of(timer), &t))
		timewait_emit(&t, &step);
	return 0;
}

SEC("tp_btf/timer_expire_entry")
int BPF_PROG(timewait_timer_expire, struct timer_list *timer)
{
	if (!is_timewait(timer))
		return 0;
	return timewait_expired(timer);
}

/* Expiry cancels too, at or after its time. Before it: a minisocket is ended, or its timer is moved to another bucket.
 */
static __noinline int timewait_cancelled(void *ctx, void *timer)
{
	const struct inet_timewait_sock *tw = timewait_of(timer);
	struct timewait_step step = {};
	struct timewait t;
	__u32 places;

	if (!timewait_ticks_left(tw) || !timewait_wanted(tw, &t))
		return 0;
	places = stack_places(ctx);
	if (places & (1 << STACK_PROCESS) && !(places & (1 << STACK_DESCHEDULE))) {
		step.action = TIMEWAIT_RESTART;
		timewait_emit(&t, &step);
		return 0;
	}
	timewait_ended_early(&t, &step, places);
	return 0;
}

SEC("tp_btf/timer_cancel")
int BPF_PROG(timewait_timer_cancel, struct timer_list *timer)
{
	if (!is_timewait(timer))
		return 0;
	return timewait_cancelled(ctx, timer);
}
