/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* tcp_retransmit_skb, tcp_retransmit_synack -> EVENT_RETRANSMIT. */
#ifndef TCPLIFE_RETRANSMIT_BPF_H
#define TCPLIFE_RETRANSMIT_BPF_H

#include "sock.bpf.h"

static __always_inline void retransmit_emit(const struct event_retransmit *from, __u32 netns)
{
	struct event_retransmit *e;
	__u64 ts = event_now();

	if (is_unwanted(from->id) || wanted(&from->tuple, netns) != WANTED)
		return;
	e = event_reserve(EVENT_RETRANSMIT, sizeof(*e), 0, netns, ts);
	if (!e)
		return;
	e->id = from->id;
	e->tuple = from->tuple;
	e->state = from->state;
	e->flags = from->flags;
	e->segments = from->segments;
	e->seq = from->seq;
	e->cause = from->cause;
	e->tcp_flags = from->tcp_flags;
	e->pad = 0;
	event_submit(e);
}

/* Not in BTF: include/net/inet_connection_sock.h */
#define ICSK_LOSS_PROBE 5

/*
 * tcp_simple_retransmit() enters TCP_CA_Loss too, without a timeout: the path takes only smaller segments. It is the
 * only one that clears undo_marker there. A tail loss probe is sent by its timer, outside of any recovery.
 */
static __always_inline enum retransmit_cause retransmit_cause(const struct sock *sk, const struct tcp_sock *tp)
{
	__u32 state = SOCK_READ_BITS(tp, inet_conn.icsk_ca_state);

	if (SOCK_READ(sk, __sk_common.skc_state) == SOCK_SYN_SENT ||
	    SOCK_READ(sk, __sk_common.skc_state) == SOCK_SYN_RECV)
		return RETRANSMIT_CAUSE_TIMEOUT;
	if (state == bpf_core_enum_value(enum tcp_ca_state, TCP_CA_Loss))
		return SOCK_READ(tp, undo_marker) ? RETRANSMIT_CAUSE_TIMEOUT : RETRANSMIT_CAUSE_UNKNOWN;
	if (state == bpf_core_enum_value(enum tcp_ca_state, TCP_CA_Recovery))
		return RETRANSMIT_CAUSE_FAST;
	return SOCK_READ(tp, inet_conn.icsk_pending) == ICSK_LOSS_PROBE ? RETRANSMIT_CAUSE_PROBE
									: RETRANSMIT_CAUSE_UNKNOWN;
}

static __always_inline int retransmit_segment(const struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = (const void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	struct event_retransmit e = { .seq = BPF_CORE_READ(cb, seq) };
	struct tcp_sock *tp = sock_tcp(sk);

	if (!tp)
		return 0;
	e.segments = BPF_CORE_READ(cb, tcp_gso_segs);
	e.tcp_flags = BPF_CORE_READ(cb, tcp_flags);
	e.cause = retransmit_cause(sk, tp);
	e.state = SOCK_READ(sk, __sk_common.skc_state);
	e.id = sock_id(sk);
	sock_tuple(sk, tp, &e.tuple);
	retransmit_emit(&e, sock_netns(sk));
	return 0;
}

/* The request and its socket to be share a cookie; without cookies the address of the one says nothing of the other. */
static __always_inline int retransmit_synack(const struct sock *request)
{
	struct event_retransmit e = { .flags = RETRANSMIT_SYNACK,
				      .state = SOCK_NEW_SYN_RECV,
				      .segments = 1,
				      .cause = RETRANSMIT_CAUSE_TIMEOUT,
				      .tcp_flags = TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT };

	e.id = knobs.use_cookie ? sock_id(request) : 0;
	sock_common_tuple(request, &e.tuple);
	retransmit_emit(&e, sock_netns(request));
	return 0;
}

#endif
