// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Segments at the interfaces -> EVENT_SEGMENT: SYN, FIN and RST always, of the others the ACKs that matter. ICMP errors
 * about segments -> EVENT_ICMP.
 */
#include "expect.bpf.h"
#include "watch.bpf.h"
#include "sock.bpf.h"
#include "packet_icmp.h"
#include "ring.bpf.h"
#include "accept_queue.bpf.h"

#define LOOPBACK_IFINDEX 1   /* in every netns: loopback_net_init() */
#define TC_NEXT		 -1  /* TC_ACT_UNSPEC and TCX_NEXT: nothing is decided here */
#define PULL_BYTES	 192 /* the longest chain of headers that is worth looking for */

/* By enum packet_error: what should have been a segment, but could not be read. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PACKET_ERRORS);
	__type(key, __u32);
	__type(value, __u64);
} packet_errors SEC(".maps");

struct report {
	struct packet_info packet;
	__u64 id; /* sender's cookie */
	__u32 ifindex;
	__u32 interest;
	__u8 via;
	__u8 more; /* struct event_segment.more */
};

/* Handed to packet_report(), which is verified by itself: global functions take no pointers to structures before 5.12.
 * These programs run with bottom halves off and do not nest. Headers are read into it at once: the stack has no room.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct report);
} reports SEC(".maps");

static __always_inline void packet_emit(const struct report *r, __u64 ts)
{
	const struct packet_info *p = &r->packet;
	struct event_segment *e;

	e = event_reserve(EVENT_SEGMENT, sizeof(*e), 0, knobs.segment_netns, ts);
	if (!e)
		return;
	e->id = r->id;
	e->tuple = p->tuple;
	e->tcp_flags = p->tcp_flags;
	e->via = r->via;
	e->flags = (__u8)r->interest | p->flags | (r->ifindex == LOOPBACK_IFINDEX ? SEGMENT_LOOPBACK : 0);
	e->ttl = p->ttl;
	e->seq = p->seq;
	e->ack = p->ack;
	e->payload_len = p->payload_len;
	e->ifindex = r->ifindex;
	e->window = p->window;
	e->vlan[0] = p->vlan[0];
	e->vlan[1] = p->vlan[1];
	e->more = r->more;
	e->pad = 0;
	event_submit(e);
}

#define FLAGS_LIFECYCLE (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT)
#define FLAGS_SYN_ACK	(TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT)

/* May it begin another connection than the one that sent its FINs? A SYN may, and takes away that of its direction.
 * Then a SYN+ACK does the same, unless both directions stand there again: it has passed before, and the request that
 * sent it is watched (flow_watch()). On the host's side of a container's interfaces it passes so late. */
static __always_inline int packet_begins(const struct packet_info *p)
{
	if (!(p->tcp_flags & TCP_FLAG_SYN_BIT))
		return 0;
	return !(p->tcp_flags & TCP_FLAG_ACK_BIT) || !expect_fin_sent(expect_hash(p, 1));
}

/* The segment expected from the other direction in answer to this one. A RST is not answered. */
static __always_inline void packet_arm(const struct packet_info *p)
{
	if (p->tcp_flags & TCP_FLAG_RST_BIT)
		return;
	if (packet_begins(p))
		expect_no_fin(expect_hash(p, 0));
	if ((p->tcp_flags & FLAGS_SYN_ACK) == FLAGS_SYN_ACK)
		expect_ack(expect_hash(p, 1), p->seq + 1);
	if (p->tcp_flags & TCP_FLAG_FIN_BIT) {
		expect_ack(expect_hash(p, 1), p->seq + p->payload_len + 1);
		expect_fin(expect_hash(p, 0));
	}
}

/* 0 if it is of no interest: the way of all data. Else the SEGMENT_* flags that say why, or 1 << 8 for none. */
#define INTERESTING (1 << 8)
#define WATCHED	    (1 << 9) /* with INTERESTING: the reason is flow_watch(), or both FINs */

static __always_inline __u32 packet_interest(const struct packet_info *p)
{
	__u32 interest = p->tcp_flags & FLAGS_LIFECYCLE ? INTERESTING : 0;
	__u64 hash;

	if (!(p->tcp_flags & TCP_FLAG_ACK_BIT))
		return INTERESTING; /* a SYN, a RST, or a segment that no TCP sends */
	hash = expect_hash(p, 0);
	/* A SYN+ACK is reported anyway, and one that comes to an open socket acknowledges nothing. */
	if (!(p->tcp_flags & TCP_FLAG_SYN_BIT) && expect_maybe(hash) && expect_met(hash, p->ack))
		interest |= INTERESTING | SEGMENT_EXPECTED;
	if (expect_fin_sent(hash) && expect_fin_sent(expect_hash(p, 1)))
		interest |= INTERESTING | WATCHED;
	return interest;
}

__noinline int flow_watch(__u64 hash, __u32 on)
{
	if (on) {
		expect_fin(hash);
		expect_fin(hash ^ EXPECT_UPWARDS);
	} else {
		expect_no_fin(hash);
		expect_no_fin(hash ^ EXPECT_UPWARDS);
	}
	return 0;
}

__noinline int flow_await(__u64 hash, __u32 ack)
{
	struct expect_set *set = &expected[hash & (EXPECT_SETS - 1)];

	if (set->met == ((__u64)expect_tag(hash) << 32 | ack))
		expect_ack(hash, ack);
	return 0;
}

__noinline __u64 flow_hash_ends(__u64 from, __u64 to)
{
	return expect_hash_ends(from, to);
}

static __always_inline void packet_error(__u32 error)
{
	__u64 *count;

	if (error == PACKET_NOT_IP || error == PACKET_NOT_TCP || error == PACKET_ICMP)
		return; /* nothing wrong with it */
	count = bpf_map_lookup_elem(&packet_errors, &error);
	if (count)
		*count += 1;
}

/* What follows for the few that are of interest. */
__noinline int packet_report(void)
{
	__u32 zero = 0;
	struct report *r = bpf_map_lookup_elem(&reports, &zero);
	__u64 ts = event_now();

	if (!r || wanted(&r->packet.tuple, knobs.segment_netns) == UNWANTED)
		return 0;
	packet_arm(&r->packet);
	packet_emit(r, ts);
	return 0;
}

static __always_inline struct report *report_room(void)
{
	__u32 zero = 0;
	struct report *r = bpf_map_lookup_elem(&reports, &zero);

	if (r)
		__builtin_memset(&r->packet, 0, sizeof(r->packet));
	return r;
}

static __always_inline void report_fill(struct report *r, __u32 ifindex, __u32 interest, __u8 via)
{
	r->id = 0;
	r->ifindex = ifindex;
	r->interest = interest;
	r->via = via;
	r->more = 0;
}

#define SOCK_RAW 3

/* 0 = no socket sent it. Opaque, so that the compiler does not compute the address of the state once for all who ask,
 * which the verifier forbids. */
static __always_inline __u32 packet_sender_state(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	barrier_var(sk);
	return sk ? sk->state : 0;
}

static __always_inline int packet_of_raw_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	return sk && sk->type == SOCK_RAW;
}

/* Before 6.13 the kernel's answers on nobody's behalf (closed port, TIME_WAIT) come from a raw socket of its own. */
static __always_inline __u64 packet_sender(struct __sk_buff *skb)
{
	__u32 state = packet_sender_state(skb);

	if (!state || (state == SOCK_CLOSE && packet_of_raw_socket(skb)))
		return 0;
	return bpf_get_socket_cookie(skb);
}

/* An answer of a minisocket, a request or nobody: of these no socket keeps count. */
static __always_inline int packet_is_answer(struct __sk_buff *skb, const struct packet_info *p)
{
	__u32 state = packet_sender_state(skb);

	/* A listener's is a request's (tcp_v4_reqsk_send_ack(), from 6.13 on), and so is a bare ACK of a TCP Fast Open
	 * child that waits for the third ACK. */
	if (state == SOCK_TIME_WAIT || state == SOCK_NEW_SYN_RECV || state == SOCK_LISTEN)
		return 1;
	if (state == SOCK_SYN_RECV)
		return p->tcp_flags == TCP_FLAG_ACK_BIT && !p->payload_len;
	return state == SOCK_CLOSE && packet_of_raw_socket(skb); /* before 6.13 */
}

static __always_inline int packet_of_minisocket(struct __sk_buff *skb)
{
	__u32 state = packet_sender_state(skb);

	return state == SOCK_TIME_WAIT || state == SOCK_NEW_SYN_RECV || state == SOCK_LISTEN;
}

/* Of a socket that has sent no FIN. */
static __always_inline int packet_of_open_socket(struct __sk_buff *skb)
{
	__u32 state = packet_sender_state(skb);

	return state == SOCK_ESTABLISHED || state == SOCK_CLOSE_WAIT;
}

/* What leaves this host says who holds the connection. Returns what is left of the interest in it. */
static __always_inline __u32 packet_watch(struct __sk_buff *skb, const struct packet_info *p, __u32 interest)
{
	if (!interest)
		return packet_is_answer(skb, p) ? INTERESTING : 0;
	if (interest & WATCHED && packet_of_open_socket(skb)) {
		flow_watch(expect_hash(p, 0), 0);
		if (!(p->tcp_flags & FLAGS_LIFECYCLE) && !(interest & SEGMENT_EXPECTED))
			return 0;
	}
	return interest;
}

static __always_inline void packet_seen(struct __sk_buff *skb, struct report *r, __u8 via)
{
	__u32 interest = packet_interest(&r->packet);

	if (via == SEGMENT_VIA_TC_EGRESS)
		interest = packet_watch(skb, &r->packet, interest);
	if (!interest)
		return;
	report_fill(r, skb->ifindex, interest, via);
	if (via == SEGMENT_VIA_TC_EGRESS && !skb->sk)
		r->packet.flags |= SEGMENT_NO_SENDER;
	if (via == SEGMENT_VIA_TC_EGRESS && packet_sender_state(skb) == SOCK_NEW_SYN_RECV)
		r->more = SEGMENT_OF_REQUEST;
	if (via == SEGMENT_VIA_TC_EGRESS && knobs.use_cookie)
		r->id = packet_sender(skb);
	if (is_syn(&r->packet) && (via == SEGMENT_VIA_TC_INGRESS || skb->ifindex == LOOPBACK_IFINDEX) &&
	    listener_is_full(skb, &r->packet.tuple))
		r->packet.flags |= SEGMENT_QUEUE_FULL;
	packet_report();
	if (via == SEGMENT_VIA_TC_EGRESS && !(r->packet.tcp_flags & TCP_FLAG_RST_BIT) && packet_of_minisocket(skb))
		flow_watch(expect_hash(&r->packet, 0), 1);
}

/* 0 or enum packet_error. */
static __always_inline int packet_scan(struct __sk_buff *skb, enum packet_link link, __u8 via)
{
	struct report *r = report_room();
	int err;

	if (!r)
		return 0;
	if (skb->vlan_present)
		r->packet.vlan[0] = packet_vlan((__u16)skb->vlan_tci);
	err = packet_parse((void *)(long)skb->data, (void *)(long)skb->data_end, skb->len, link, &r->packet);
	if (!err)
		packet_seen(skb, r, via);
	return err;
}

/* True if more of the packet is available now. */
static __always_inline int packet_pull(struct __sk_buff *skb)
{
	if (skb->len <= (__u32)(skb->data_end - skb->data))
		return 0;
	return bpf_skb_pull_data(skb, skb->len < PULL_BYTES ? skb->len : PULL_BYTES) == 0;
}

/* ---- ICMP errors */

/* As reports. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet_icmp);
} icmp_errors SEC(".maps");

static __always_inline struct packet_icmp *icmp_room(void)
{
	__u32 zero = 0;
	struct packet_icmp *p = bpf_map_lookup_elem(&icmp_errors, &zero);

	if (p)
		__builtin_memset(p, 0, sizeof(*p));
	return p;
}

static __always_inline void icmp_emit(void *ctx, const struct packet_icmp *p, __u32 ifindex, __u8 via)
{
	__u64 ts = event_now(), id;
	struct event_icmp *e;

	if (wanted(&p->quoted.tuple, knobs.segment_netns) == UNWANTED)
		return;
	id = sender_cookie(ctx, &p->quoted.tuple);
	e = event_reserve(EVENT_ICMP, sizeof(*e), 0, knobs.segment_netns, ts);
	if (!e)
		return;
	e->id = id;
	e->tuple = p->quoted.tuple;
	e->seq = p->quoted.seq;
	__builtin_memcpy(e->from, p->from, sizeof(e->from));
	e->version = p->version;
	e->type = p->type;
	e->code = p->code;
	e->via = via;
	e->mtu = p->mtu;
	e->ifindex = ifindex;
	e->pad = 0;
	event_submit(e);
}

/* Global: verified by itself, since its way through the headers is as long as that of a segment. 0 or enum
 * packet_error. */
__noinline int icmp_from_skb(struct __sk_buff *skb, __u32 link, __u32 via)
{
	struct packet_icmp *p = icmp_room();
	int err;

	if (!p)
		return 0;
	err = packet_parse_icmp((void *)(long)skb->data, (void *)(long)skb->data_end, skb->len, link, p);
	if (!err)
		icmp_emit(skb, p, skb->ifindex, (__u8)via);
	return err;
}

__noinline int icmp_from_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct packet_icmp *p = icmp_room();
	int err;

	if (!p)
		return 0;
	err = packet_parse_icmp(data, end, (__u32)(end - data), PACKET_ETHERNET, p);
	if (!err)
		icmp_emit(ctx, p, ctx->ingress_ifindex, SEGMENT_VIA_XDP);
	return err;
}

/* ---- DNS answers */

#define IPV4_HEADER  20
#define IPV6_HEADER  40
#define UDP_HEADER   8
#define IPPROTO_UDP_ 17
#define DNS_PORT     53
#define DNS_HEADER   12

/* Where the UDP header begins; 0 = it is none, has options or extension headers, or is a fragment. */
static __always_inline __u32 dns_udp_at(struct __sk_buff *skb, __u32 link)
{
	__u32 at = link == PACKET_ETHERNET ? 14 : 0;
	__u8 ip[IPV4_HEADER];

	if (bpf_skb_load_bytes(skb, at, ip, sizeof(ip)))
		return 0;
	if (ip[0] == 0x45 && ip[9] == IPPROTO_UDP_ && !(packet_u16(ip + 6) & PACKET_MORE_OR_OFFSET))
		return at + IPV4_HEADER;
	return ip[0] >> 4 == 6 && ip[6] == IPPROTO_UDP_ ? at + IPV6_HEADER : 0;
}

/* Global: verified by itself. With --names only. */
__noinline int dns_from_skb(struct __sk_buff *skb, __u32 link, __u32 via)
{
	__u64 ts = event_now();
	struct event_dns *e;
	__u8 udp[UDP_HEADER];
	__u32 at, length;

	if (via != SEGMENT_VIA_TC_INGRESS && skb->ifindex != LOOPBACK_IFINDEX)
		return 0;
	at = dns_udp_at(skb, link);
	if (!at || bpf_skb_load_bytes(skb, at, udp, sizeof(udp)) || packet_u16(udp) != DNS_PORT)
		return 0;
	length = packet_u16(udp + 4);
	if (length < UDP_HEADER + DNS_HEADER)
		return 0;
	length -= UDP_HEADER;
	if (length > EVENT_DNS_MESSAGE)
		length = EVENT_DNS_MESSAGE;
	barrier_var(length);
	if (length < DNS_HEADER || length > EVENT_DNS_MESSAGE)
		return 0;
	e = event_reserve(EVENT_DNS, sizeof(*e), 0, knobs.segment_netns, ts);
	if (!e)
		return 0;
	e->ifindex = skb->ifindex;
	e->length = length;
	e->via = via;
	e->pad = 0;
	__builtin_memset(e->message, 0, sizeof(e->message));
	if (bpf_skb_load_bytes(skb, at + UDP_HEADER, e->message, length)) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		return 0;
	}
	event_submit(e);
	return 0;
}

/* ---- programs */

/*
 * Whatever is not plain. Once more when headers lie outside the linear part, which is rare. By the same code: the stack
 * has no room for two. Global: verified by itself, and out of the way of the plain packet.
 */
__noinline int packet_any(struct __sk_buff *skb, __u32 link, __u32 via)
{
	int round, err = 0;

#pragma clang loop unroll(disable)
	for (round = 0; round < 2; round++) {
		err = packet_scan(skb, link, via);
		if (err == PACKET_ICMP)
			err = icmp_from_skb(skb, link, via);
		if (err == PACKET_NOT_TCP && knobs.names)
			dns_from_skb(skb, link, via);
		if (err != PACKET_TRUNCATED || !packet_pull(skb))
			break;
	}
	if (err)
		packet_error(err);
	return 0;
}

static __always_inline int packet_from_skb(struct __sk_buff *skb, enum packet_link link, __u8 via)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct report *r = report_room();

	if (r && !skb->vlan_present && packet_plain(data, end, skb->len, link, &r->packet))
		packet_seen(skb, r, via);
	else
		packet_any(skb, link, via);
	return TC_NEXT;
}

static __always_inline void xdp_report(struct xdp_md *ctx, struct report *r)
{
	__u32 interest = packet_interest(&r->packet);

	if (!interest)
		return;
	report_fill(r, ctx->ingress_ifindex, interest, SEGMENT_VIA_XDP);
	packet_report();
}

SEC("xdp")
int tcplife_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 whole = knobs.xdp_frags ? (__u32)bpf_xdp_get_buff_len(ctx) : (__u32)(end - data);
	struct report *r = report_room();
	int err;

	if (!r)
		return XDP_PASS;
	err = packet_parse(data, end, whole, PACKET_ETHERNET, &r->packet);
	if (!err)
		xdp_report(ctx, r);
	else if (err == PACKET_ICMP)
		err = icmp_from_xdp(ctx);
	if (err)
		packet_error(err);
	return XDP_PASS;
}

SEC("tc")
int tcplife_in(struct __sk_buff *skb)
{
	return packet_from_skb(skb, PACKET_ETHERNET, SEGMENT_VIA_TC_INGRESS);
}

SEC("tc")
int tcplife_out(struct __sk_buff *skb)
{
	return packet_from_skb(skb, PACKET_ETHERNET, SEGMENT_VIA_TC_EGRESS);
}

/* Devices without a link-layer header: tun, ppp, ipip, sit, wireguard. */
SEC("tc")
int tcplife_in_l3(struct __sk_buff *skb)
{
	return packet_from_skb(skb, PACKET_RAW_IP, SEGMENT_VIA_TC_INGRESS);
}

SEC("tc")
int tcplife_out_l3(struct __sk_buff *skb)
{
	return packet_from_skb(skb, PACKET_RAW_IP, SEGMENT_VIA_TC_EGRESS);
}
