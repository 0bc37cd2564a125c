/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What can be read of a received segment from its struct sk_buff. Probe reads only: nothing says that it is one. */
#ifndef TCPLIFE_SKB_BPF_H
#define TCPLIFE_SKB_BPF_H

#include "sock.bpf.h"

#define SKB_ANSWER 1 /* the destination is our end: [0] */

static __always_inline const void *skb_header(const struct sk_buff *skb, __u16 offset)
{
	return (const void *)BPF_CORE_READ(skb, head) + offset;
}

/* 4 or 6, or what else stands there. */
static __always_inline __u8 skb_ip_version(const struct sk_buff *skb)
{
	__u8 version = 0;

	bpf_probe_read_kernel(&version, sizeof(version), skb_header(skb, BPF_CORE_READ(skb, network_header)));
	return version >> 4;
}

/* [0] is the source, or with SKB_ANSWER the destination. */
static __always_inline void skb_tuple(const struct sk_buff *skb, int answer, struct event_tuple *t)
{
	const void *network = skb_header(skb, BPF_CORE_READ(skb, network_header));
	const struct tcphdr *tcp = skb_header(skb, BPF_CORE_READ(skb, transport_header));
	const struct iphdr *ip4 = network;
	const struct ipv6hdr *ip6 = network;
	int to = !answer, from = !!answer;

	if (skb_ip_version(skb) == 6) {
		BPF_CORE_READ_INTO(&t->addr[to], ip6, daddr);
		BPF_CORE_READ_INTO(&t->addr[from], ip6, saddr);
	} else {
		tuple_set_v4(t, to, BPF_CORE_READ(ip4, daddr));
		tuple_set_v4(t, from, BPF_CORE_READ(ip4, saddr));
	}
	t->port[to] = bpf_ntohs(BPF_CORE_READ(tcp, dest));
	t->port[from] = bpf_ntohs(BPF_CORE_READ(tcp, source));
}

#define SKB_DST_POINTER (~1UL) /* SKB_DST_PTRMASK; the bit says whether the route is counted */

/*
 * 0 = not known. tcp_v4_rcv() takes the device off before the socket looks at the segment; the route is still there.
 * What leaves has no device before it is routed (a drop at LOCAL_OUT), but a socket that sent it.
 */
static __always_inline __u32 skb_netns(const struct sk_buff *skb)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);
	struct sock *sk = BPF_CORE_READ(skb, sk);
	struct dst_entry *dst;

	if (!bpf_core_field_exists(dev->nd_net))
		return 0;
	if (!dev && sk)
		return BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	if (!dev) {
		dst = (void *)(BPF_CORE_READ(skb, _skb_refdst) & SKB_DST_POINTER);
		dev = dst ? BPF_CORE_READ(dst, dev) : NULL;
	}
	return dev ? BPF_CORE_READ(dev, nd_net.net, ns.inum) : 0;
}

#endif
