/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Minisockets: what all rungs of the ladder share. Pointers come from timers and hash chains, so: probe reads only. */
#ifndef TCPLIFE_TIMEWAIT_BPF_H
#define TCPLIFE_TIMEWAIT_BPF_H

#include "cgroup.bpf.h"
#include "sock.bpf.h"

struct timewait {
	const struct inet_timewait_sock *tw;
	__u64 ts;
	__u64 id;
	__u32 netns;
	struct event_tuple tuple;
};

/* What is known of a step besides the minisocket itself. */
struct timewait_step {
	__u8 action;
	__u8 cause;
	__u8 tcp_flags;
	__u32 seq;
	__u32 timeout_ms;
};

static __always_inline __u64 timewait_ticks_left(const struct inet_timewait_sock *tw)
{
	return ticks_until(BPF_CORE_READ(tw, tw_timer.expires));
}

/* Returns whether the user wants to see this minisocket, and if so has filled in the rest. */
static __always_inline int timewait_wanted(const struct inet_timewait_sock *tw, struct timewait *out)
{
	struct common_copy c;

	out->ts = event_now();
	out->tw = tw;
	common_read(&c, tw);
	out->netns = common_netns(&c);
	out->id = knobs.use_cookie ? COMMON_FIELD(&c, skc_cookie.counter) : 0;
	common_tuple(&c, &out->tuple);
	return !is_unwanted(out->id) && wanted(&out->tuple, out->netns) == WANTED;
}

static __always_inline void timewait_fill(struct event_timewait *e, const struct timewait *t,
					  const struct timewait_step *step)
{
	const struct inet_timewait_sock *tw = t->tw;

	e->id = t->id;
	e->tuple = t->tuple;
	e->action = step->action;
	e->substate = BPF_CORE_READ(tw, tw_substate);
	e->cause = step->cause;
	e->tcp_flags = step->tcp_flags;
	e->timeout_ms = step->timeout_ms;
	e->seq = step->seq;
	e->address = (__u64)tw;
}

static __always_inline void timewait_emit(const struct timewait *t, const struct timewait_step *step)
{
	struct event_timewait *e = event_reserve(EVENT_TIMEWAIT, sizeof(*e), 0, t->netns, t->ts);

	if (!e)
		return;
	timewait_fill(e, t, step);
	event_submit(e);
}

struct timewait_with_task {
	struct event_timewait timewait;
	struct event_task task;
};

/* An end that a system call of the current task brought about. */
static __always_inline void timewait_emit_by_task(const struct timewait *t, const struct timewait_step *step)
{
	struct timewait_with_task *e;
	struct event_task task;

	task_fill_and_note(&task, t->ts);
	e = event_reserve(EVENT_TIMEWAIT, sizeof(*e), EVENT_HAS_TASK, t->netns, t->ts);
	if (!e)
		return;
	timewait_fill(&e->timewait, t, step);
	e->task = task;
	event_submit(e);
}

/*
 * Who calls inet_twsk_deschedule_put(), 5.10 to 6.18; what runs in softirq first, since it may have interrupted the
 * others. tcp_v4_rcv() does for a new SYN (TCP_TW_SYN, substate TIME_WAIT only) and after the RST that answers data
 * which nobody will read (TCP_TW_RST, FIN_WAIT2 only).
 */
static __always_inline __u8 timewait_cause(const struct inet_timewait_sock *tw, __u32 places)
{
	if (places & (1 << STACK_PROCESS))
		return TIMEWAIT_CAUSE_SEGMENT;
	if (places & (1 << STACK_RECEIVE))
		return BPF_CORE_READ(tw, tw_substate) == SOCK_TIME_WAIT ? TIMEWAIT_CAUSE_SYN : TIMEWAIT_CAUSE_SEGMENT;
	if (places & (1 << STACK_CONNECT))
		return TIMEWAIT_CAUSE_CONNECT;
	if (places & (1 << STACK_ABORT))
		return TIMEWAIT_CAUSE_ABORT;
	if (places & (1 << STACK_NETNS))
		return TIMEWAIT_CAUSE_NETNS;
	return TIMEWAIT_CAUSE_NONE;
}

/* The end of a minisocket before its time. */
static __always_inline void timewait_ended_early(struct timewait *t, struct timewait_step *step, __u32 places)
{
	step->action = TIMEWAIT_END;
	step->cause = timewait_cause(t->tw, places);
	if (step->cause == TIMEWAIT_CAUSE_CONNECT || step->cause == TIMEWAIT_CAUSE_ABORT)
		timewait_emit_by_task(t, step);
	else
		timewait_emit(t, step);
}

#endif
