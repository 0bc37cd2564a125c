/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sockets looked up from the packet programs. Whose segment does an ICMP error quote? And will a SYN that arrives be
 * dropped because nobody calls accept()? tcp_conn_request() does so without a trace but a
 * counter of the host, so the listener is asked before the kernel comes to it.
 */
#ifndef TCPLIFE_ACCEPT_QUEUE_BPF_H
#define TCPLIFE_ACCEPT_QUEUE_BPF_H

#include "filter.bpf.h"
#include "sock.bpf.h"

static __always_inline int is_syn(const struct packet_info *p)
{
	return (p->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT | TCP_FLAG_RST_BIT)) == TCP_FLAG_SYN_BIT;
}

/* The lookup's tuple; returns its size. */
static __always_inline __u32 lookup_tuple(struct bpf_sock_tuple *to, const struct event_tuple *from)
{
	const __u32 *source = (const __u32 *)from->addr[0], *destination = (const __u32 *)from->addr[1];
	__u32 i;

	if (tuple_is_v4(from)) {
		to->ipv4.saddr = source[3];
		to->ipv4.daddr = destination[3];
		to->ipv4.sport = bpf_htons(from->port[0]);
		to->ipv4.dport = bpf_htons(from->port[1]);
		return sizeof(to->ipv4);
	}
	for (i = 0; i < 4; i++) {
		to->ipv6.saddr[i] = source[i];
		to->ipv6.daddr[i] = destination[i];
	}
	to->ipv6.sport = bpf_htons(from->port[0]);
	to->ipv6.dport = bpf_htons(from->port[1]);
	return sizeof(to->ipv6);
}

/* The socket that an arriving segment of this tuple would come to: referenced, or NULL. */
static __always_inline struct bpf_sock *lookup_socket(void *ctx, const struct event_tuple *tuple)
{
	struct bpf_sock_tuple t = {};
	__u32 size = lookup_tuple(&t, tuple);

	if (size == sizeof(t.ipv4))
		return bpf_skc_lookup_tcp(ctx, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0);
	return bpf_skc_lookup_tcp(ctx, &t, sizeof(t.ipv6), BPF_F_CURRENT_NETNS, 0);
}

/* sk_acceptq_is_full() of the listener that this SYN will meet. */
static __always_inline int listener_is_full(struct __sk_buff *skb, const struct event_tuple *tuple)
{
	struct bpf_sock *sk = lookup_socket(skb, tuple);
	struct tcp_sock *tp;
	int full = 0;

	if (!sk)
		return 0;
	tp = sk->state == SOCK_LISTEN ? bpf_skc_to_tcp_sock(sk) : NULL;
	if (tp)
		full = SOCK_READ(tp, inet_conn.icsk_inet.sk.sk_ack_backlog) >
		       SOCK_READ(tp, inet_conn.icsk_inet.sk.sk_max_ack_backlog);
	bpf_sk_release(sk);
	return full;
}

/* The cookie of the full socket that sent a segment of this tuple; 0 = there is none here. */
static __always_inline __u64 sender_cookie(void *ctx, const struct event_tuple *tuple)
{
	struct event_tuple answer;
	struct bpf_sock *sk;
	struct tcp_sock *tp;
	__u64 cookie = 0;

	if (!knobs.use_cookie)
		return 0;
	__builtin_memcpy(answer.addr[0], tuple->addr[1], sizeof(answer.addr[0]));
	__builtin_memcpy(answer.addr[1], tuple->addr[0], sizeof(answer.addr[1]));
	answer.port[0] = tuple->port[1];
	answer.port[1] = tuple->port[0];
	sk = lookup_socket(ctx, &answer);
	if (!sk)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp)
		cookie = SOCK_READ(tp, inet_conn.icsk_inet.sk.__sk_common.skc_cookie.counter);
	bpf_sk_release(sk);
	return cookie;
}

#endif
