// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * kfree_skb with a reason (5.17) -> EVENT_DROP: a segment that was seen on the wire and never accepted. It fires for
 * every packet that the host drops, so the reason is checked first.
 */
#include "skb.bpf.h"
#include "watch.bpf.h"
#include <bpf/bpf_tracing.h>

/* In the header's order; BTF has bit-fields for the flags. */
struct tcp_words {
	__be32 ports, seq, ack;
	__u8 offset, flags;
	__be16 window;
};

/* Bytes of the IP packet; 0 = no TCP right behind the IP header. */
static __always_inline __u32 drop_ip_length(const struct sk_buff *skb, __u32 *header)
{
	const void *network = skb_header(skb, BPF_CORE_READ(skb, network_header));
	const struct iphdr *ip4 = network;
	const struct ipv6hdr *ip6 = network;
	__u8 first = 0;

	if (skb_ip_version(skb) == 6) {
		*header = sizeof(struct ipv6hdr);
		return BPF_CORE_READ(ip6, nexthdr) == IPPROTO_TCP ? *header + bpf_ntohs(BPF_CORE_READ(ip6, payload_len))
								  : 0;
	}
	bpf_probe_read_kernel(&first, sizeof(first), network);
	*header = (first & 15) * 4;
	return first >> 4 == 4 && BPF_CORE_READ(ip4, protocol) == IPPROTO_TCP ? bpf_ntohs(BPF_CORE_READ(ip4, tot_len))
									      : 0;
}

/* Why good TCPs' data are dropped all the time: sent twice, or beyond what there is room for. */
static __always_inline int drop_is_usual(__u8 reason)
{
	return reason == DROP_TCP_OLD_DATA || reason == DROP_TCP_OVERWINDOW || reason == DROP_TCP_ZEROWINDOW;
}

static __always_inline int drop_matters(const struct event_drop *e)
{
	if (e->payload_len && !(e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT)))
		return !drop_is_usual(e->reason);
	return e->reason < DROP_QDISC_DROP;
}

/*
 * The socket that sent it, if it leaves: one whose local port is the segment's source. On the way in a socket may have
 * been looked up already (early demux), whose port is the destination. Else NULL.
 */
static __always_inline struct sock *drop_sender(const struct sk_buff *skb, const struct event_tuple *t)
{
	struct sock *sk = BPF_CORE_READ(skb, sk);

	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_num) != t->port[0])
		return NULL;
	return t->port[0] != t->port[1] || !BPF_CORE_READ(skb, dev) ? sk : NULL;
}

/* As sock_id(), of a pointer that was read. A request's is the one that its socket will have. */
static __always_inline __u64 drop_sender_id(const struct sock *sk)
{
	if (!knobs.use_cookie)
		return (__u64)sk;
	return BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

static __noinline int drop_emit(const struct sk_buff *skb, __u32 reason)
{
	struct event_drop e = { .reason = reason };
	__u32 header, length = drop_ip_length(skb, &header);
	struct tcp_words tcp = {};
	struct sock *sender;
	struct event_drop *r;
	__u64 ts = event_now();
	__u32 netns;

	if (!length || bpf_probe_read_kernel(&tcp, sizeof(tcp), skb_header(skb, BPF_CORE_READ(skb, transport_header))))
		return 0;
	e.tcp_flags = tcp.flags;
	header += (tcp.offset >> 4) * 4;
	e.payload_len = length > header ? length - header : 0;
	if (!drop_matters(&e))
		return 0;
	skb_tuple(skb, 0, &e.tuple);
	sender = drop_sender(skb, &e.tuple);
	if (sender && BPF_CORE_READ(sender, __sk_common.skc_state) != SOCK_LISTEN)
		e.id = drop_sender_id(sender);
	e.flags = sender ? DROP_LEAVING : 0;
	netns = skb_netns(skb);
	if (wanted(&e.tuple, netns) == UNWANTED)
		return 0;
	if (!sender && (e.tcp_flags & (TCP_FLAG_ACK_BIT | TCP_FLAG_SYN_BIT | TCP_FLAG_RST_BIT)) == TCP_FLAG_ACK_BIT)
		watch_for_another(&e.tuple, bpf_ntohl(tcp.ack));
	r = event_reserve(EVENT_DROP, sizeof(*r), 0, netns, ts);
	if (!r)
		return 0;
	r->tuple = e.tuple;
	r->tcp_flags = e.tcp_flags;
	r->reason = e.reason;
	r->flags = e.flags;
	r->pad = 0;
	r->seq = bpf_ntohl(tcp.seq);
	r->ack = bpf_ntohl(tcp.ack);
	r->payload_len = e.payload_len;
	r->pad2 = 0;
	r->id = e.id;
	event_submit(r);
	return 0;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(drop_btf, const struct sk_buff *skb, void *location, __u32 reason)
{
	__u32 ours;

	if (reason >= CONFIG_MAX_DROP_REASONS)
		return 0;
	barrier_var(reason);
	ours = knobs.drop_reason[reason & (CONFIG_MAX_DROP_REASONS - 1)];
	return ours ? drop_emit(skb, ours) : 0;
}
