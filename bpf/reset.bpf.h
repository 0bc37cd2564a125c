/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* tcp_send_reset, tcp_receive_reset -> EVENT_RESET. */
#ifndef TCPLIFE_RESET_BPF_H
#define TCPLIFE_RESET_BPF_H

#include "cgroup.bpf.h"
#include "skb.bpf.h"

struct reset_with_task {
	struct event_reset reset;
	struct event_task task;
};

static __always_inline void reset_copy(struct event_reset *to, const struct event_reset *from)
{
	to->id = from->id;
	to->tuple = from->tuple;
	to->direction = from->direction;
	to->state = from->state;
	to->reason = from->reason;
	__builtin_memset(to->pad, 0, sizeof(to->pad));
}

static __always_inline void reset_emit(const struct event_reset *from)
{
	__u32 netns = from->event.netns;
	__u64 ts = event_now();

	if (is_unwanted(from->id) || wanted(&from->tuple, netns) != WANTED)
		return;
	if (from->event.flags & EVENT_HAS_TASK) {
		struct reset_with_task *e;
		struct event_task task;

		task_fill_and_note(&task, ts);
		e = event_reserve(EVENT_RESET, sizeof(*e), EVENT_HAS_TASK, netns, ts);
		if (!e)
			return;
		reset_copy(&e->reset, from);
		e->task = task;
		event_submit(e);
	} else {
		struct event_reset *e = event_reserve(EVENT_RESET, sizeof(*e), 0, netns, ts);

		if (!e)
			return;
		reset_copy(e, from);
		event_submit(e);
	}
}

/* sk may be a request or a minisocket. */
static __always_inline void reset_from_sock(struct event_reset *e, const struct sock *sk)
{
	struct tcp_sock *tp = sock_tcp(sk);

	e->event.netns = sock_netns(sk);
	e->state = SOCK_READ(sk, __sk_common.skc_state);
	e->id = sock_id(sk);
	if (!tp) {
		if (!knobs.use_cookie)
			e->id = 0;
		sock_common_tuple(sk, &e->tuple);
		return;
	}
	sock_tuple(sk, tp, &e->tuple);
	if (sock_actor(sk) == ACTOR_CERTAIN)
		e->event.flags |= EVENT_HAS_TASK;
}

static __always_inline __u8 reset_reason(__u32 kernel_reason)
{
	if (kernel_reason >= CONFIG_MAX_RESET_REASONS)
		return RESET_UNKNOWN;
	/* The compiler knows the mask to be needless, the verifier does not. */
	barrier_var(kernel_reason);
	return knobs.reset_reason[kernel_reason & (CONFIG_MAX_RESET_REASONS - 1)];
}

/*
 * sk_address is what sk is, as a plain number: from 6.10 on sk may be NULL (no socket for the segment), which the
 * verifier of some versions believes impossible and that of others wants to see checked. A listener's own tuple has no
 * remote end.
 */
static __always_inline int reset_sent(const struct sock *sk, __u64 sk_address, const struct sk_buff *skb, __u8 reason)
{
	struct event_reset e = { .direction = RESET_SENT, .reason = reason };

	if (sk_address && sk)
		reset_from_sock(&e, sk);
	if (!sk_address || e.state == SOCK_LISTEN) {
		if (!skb)
			return 0;
		e.id = 0;
		e.event.flags = 0;
		skb_tuple(skb, SKB_ANSWER, &e.tuple);
		if (!e.event.netns)
			e.event.netns = skb_netns(skb);
	}
	reset_emit(&e);
	return 0;
}

static __always_inline int reset_received(const struct sock *sk)
{
	struct event_reset e = { .direction = RESET_RECEIVED };

	reset_from_sock(&e, sk);
	e.event.flags = 0; /* the peer did it */
	reset_emit(&e);
	return 0;
}

#endif
