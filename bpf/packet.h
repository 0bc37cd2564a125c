/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The walk from a link-layer header to the end of the TCP header: a pure function of (bytes, length), the same text in
 * XDP, tc, the pcap source and the fuzzers. Every read is checked against end first, in the form that the BPF verifier
 * follows (5.10, clang 14). Sources: RFC 9293 3.1, RFC 791, RFC 8200 4, IEEE 802.1Q.
 */
#ifndef TCPLIFE_PACKET_H
#define TCPLIFE_PACKET_H

#include "event.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/*
 * The verifier follows each path with all that it knows of each number, so two paths that meet are walked twice from
 * there on: tags times extension headers times the rest is more than the million steps that 5.10 allows.
 * packet_forget() takes a number's history from it, so that it finds the paths equal and goes on with one. opaque is
 * any number that it does not know. packet_pin() holds the compiler to one pointer, the one that was checked against
 * the end.
 */
#ifdef __bpf__
static __always_inline __u32 packet_forget(__u32 number, __u32 opaque)
{
	__u32 inverse = ~opaque;

	asm volatile("" : "+r"(inverse));
	return number + (opaque & inverse);
}
#define packet_pin(pointer) asm volatile("" : "+r"(pointer))
#else
#define packet_forget(number, opaque) (number)
#define packet_pin(pointer)	      ((void)0)
#endif

enum packet_error {
	PACKET_OK,
	PACKET_NOT_IP,
	PACKET_NOT_TCP,
	PACKET_LATER_FRAGMENT, /* no TCP header in it */
	PACKET_TRUNCATED,      /* a header ends behind end */
	PACKET_MALFORMED,      /* a length field contradicts another or the packet */
	PACKET_ICMP,	       /* ICMP or ICMPv6: packet_parse_icmp() knows more */
	PACKET_ERRORS,
};

enum packet_link { PACKET_ETHERNET, PACKET_RAW_IP };

struct packet_info {
	struct event_tuple tuple; /* [0] source, [1] destination */
	__u32 fold[2];		  /* addresses folded to 32 bits, for hashing */
	__u32 seq, ack;
	__u32 payload_len;
	__u16 window;
	__u16 vlan[2]; /* outer, inner: id + 1; 0 = untagged */
	__u8 tcp_flags;
	__u8 ttl;
	__u8 flags; /* SEGMENT_FRAGMENT */
};

#define PACKET_MAX_VLANS      2
#define PACKET_MAX_EXTENSIONS 8 /* a chain that is longer is malformed to us; RFC 8200 4.1 has 7 kinds */

#define PACKET_ETH_IPV4	 0x0800
#define PACKET_ETH_IPV6	 0x86dd
#define PACKET_ETH_VLAN	 0x8100
#define PACKET_ETH_QINQ	 0x88a8
#define PACKET_ETH_QINQ1 0x9100 /* before 802.1ad was agreed */

#define PACKET_PROTO_HOPOPTS  0
#define PACKET_PROTO_ICMP     1
#define PACKET_PROTO_TCP      6
#define PACKET_PROTO_ROUTING  43
#define PACKET_PROTO_FRAGMENT 44
#define PACKET_PROTO_AH	      51
#define PACKET_PROTO_ICMPV6   58
#define PACKET_PROTO_DSTOPTS  60

/* Where the walk stands. A local of the caller's, which the compiler keeps in registers. */
struct packet_walk {
	const __u8 *start, *end;
	__u32 at;     /* offset from start */
	__u32 stop;   /* offset at which the packet ends; may be behind end (paged data, a snap length) */
	__u32 opaque; /* see packet_forget() */
};

/* Link, tags, IPv6 and 8 extension headers of 2048 bytes stay below; a bound that the verifier wants to see. */
#define PACKET_MAX_OFFSET 0x7fff

/*
 * Unaligned, in network order. The BPF compiler knows no unaligned loads and would put words together from bytes; the
 * verifier allows them, in packets, wherever the machine has them: on x86 and arm64.
 */
#ifdef __bpf__
#define PACKET_UNALIGNED
#else
#define PACKET_UNALIGNED packed,
#endif

struct packet_raw {
	__u32 v;
} __attribute__((PACKET_UNALIGNED may_alias));

struct packet_raw_short {
	__u16 v;
} __attribute__((PACKET_UNALIGNED may_alias));

static __always_inline __u32 packet_raw32(const __u8 *p)
{
	return ((const struct packet_raw *)p)->v;
}

static __always_inline __u16 packet_raw16(const __u8 *p)
{
	return ((const struct packet_raw_short *)p)->v;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "network order is this machine's own"
#endif

static __always_inline __u16 packet_u16(const __u8 *p)
{
	return __builtin_bswap16(packet_raw16(p));
}

static __always_inline __u32 packet_u32(const __u8 *p)
{
	return __builtin_bswap32(packet_raw32(p));
}

static __always_inline const __u8 *packet_here(const struct packet_walk *w)
{
	const __u8 *here = w->start + (w->at & PACKET_MAX_OFFSET);

	packet_pin(here);
	return here;
}

static __always_inline int packet_skip(struct packet_walk *w, __u32 bytes)
{
	w->at = packet_forget(w->at + bytes, w->opaque);
	return w->at > w->stop ? PACKET_MALFORMED : PACKET_OK;
}

static __always_inline __u16 packet_vlan(__u16 tci)
{
	return (__u16)((tci & 0xfff) + 1);
}

/* No indexing by a variable: the 5.10 verifier knows no variable offsets into the stack. */
static __always_inline void packet_add_vlan(struct packet_info *out, __u16 vlan)
{
	out->vlan[1] = out->vlan[0] ? vlan : 0;
	out->vlan[0] = out->vlan[0] ? out->vlan[0] : vlan;
}

static __always_inline int packet_is_vlan(__u16 proto)
{
	return proto == PACKET_ETH_VLAN || proto == PACKET_ETH_QINQ || proto == PACKET_ETH_QINQ1;
}

static __always_inline int packet_tag(struct packet_walk *w, struct packet_info *out, __u16 *proto)
{
	const __u8 *tag = packet_here(w);

	if (tag + 4 > w->end)
		return PACKET_TRUNCATED;
	packet_add_vlan(out, packet_vlan(packet_u16(tag)));
	*proto = packet_u16(tag + 2);
	return packet_skip(w, 4);
}

/* Ethernet and up to two tags. Tags that hardware took off stand in out->vlan already. */
static __always_inline int packet_ethernet(struct packet_walk *w, struct packet_info *out, __u16 *proto)
{
	const __u8 *ethernet = packet_here(w);
	int i, err;

	if (ethernet + 14 > w->end)
		return PACKET_TRUNCATED;
	*proto = packet_u16(ethernet + 12);
	err = packet_skip(w, 14);
	for (i = 0; !err && i < PACKET_MAX_VLANS && packet_is_vlan(*proto); i++)
		err = packet_tag(w, out, proto);
	return err;
}

static __always_inline void packet_map_v4(struct packet_info *out, int which, __u32 raw)
{
	__u32 *word = (__u32 *)out->tuple.addr[which];

	word[0] = word[1] = 0;
	word[2] = packet_raw32((const __u8 *)"\0\0\xff\xff");
	word[3] = raw;
	out->fold[which] = raw;
}

static __always_inline int packet_ipv4(struct packet_walk *w, struct packet_info *out)
{
	const __u8 *ip = packet_here(w);
	__u32 header, total, fragment;

	if (ip + 20 > w->end)
		return PACKET_TRUNCATED;
	if (ip[0] >> 4 != 4)
		return PACKET_NOT_IP;
	header = (ip[0] & 0xf) * 4;
	total = packet_u16(ip + 2);
	fragment = packet_u16(ip + 6);
	out->ttl = ip[8];
	if (ip[9] != PACKET_PROTO_TCP)
		return ip[9] == PACKET_PROTO_ICMP ? PACKET_ICMP : PACKET_NOT_TCP;
	if (fragment & 0x1fff)
		return PACKET_LATER_FRAGMENT;
	if (fragment & 0x2000)
		out->flags |= SEGMENT_FRAGMENT;
	if (total == 0)
		total = w->stop - w->at; /* BIG TCP: more than 64 KiB in a GSO packet */
	if (header < 20 || total > w->stop - w->at)
		return PACKET_MALFORMED;
	packet_map_v4(out, 0, packet_raw32(ip + 12));
	packet_map_v4(out, 1, packet_raw32(ip + 16));
	w->stop = packet_forget(w->at + total, w->opaque); /* what follows is Ethernet's padding */
	return packet_skip(w, header);
}

static __always_inline void packet_copy_v6(struct packet_info *out, int which, const __u8 *from)
{
	__u32 *word = (__u32 *)out->tuple.addr[which];
	__u32 fold = 0;
	int i;

	for (i = 0; i < 4; i++) {
		word[i] = packet_raw32(from + 4 * i);
		fold = (fold ^ word[i]) * 0x9e3779b1U;
	}
	out->fold[which] = fold;
}

static __always_inline int packet_is_extension(__u8 next)
{
	return next == PACKET_PROTO_HOPOPTS || next == PACKET_PROTO_ROUTING || next == PACKET_PROTO_FRAGMENT ||
	       next == PACKET_PROTO_AH || next == PACKET_PROTO_DSTOPTS;
}

/* One extension header; the first 8 bytes of each kind hold all that is asked of it. */
static __always_inline int packet_extension(struct packet_walk *w, struct packet_info *out, __u8 *next)
{
	const __u8 *extension = packet_here(w);
	__u32 size;

	if (extension + 8 > w->end)
		return PACKET_TRUNCATED;
	size = (extension[1] + 1) * 8;
	if (*next == PACKET_PROTO_FRAGMENT) {
		__u16 offset = packet_u16(extension + 2);

		size = 8;
		if (offset & 0xfff8)
			return PACKET_LATER_FRAGMENT;
		if (offset & 1)
			out->flags |= SEGMENT_FRAGMENT;
	} else if (*next == PACKET_PROTO_AH) {
		size = (extension[1] + 2) * 4; /* RFC 4302 2.2 */
	}
	*next = extension[0];
	return packet_skip(w, size);
}

static __always_inline int packet_extensions(struct packet_walk *w, struct packet_info *out, __u8 next)
{
	int i, err = PACKET_OK;

	for (i = 0; !err && i < PACKET_MAX_EXTENSIONS && packet_is_extension(next); i++)
		err = packet_extension(w, out, &next);
	if (err)
		return err;
	if (packet_is_extension(next))
		return PACKET_MALFORMED;
	if (next == PACKET_PROTO_ICMPV6)
		return PACKET_ICMP;
	return next == PACKET_PROTO_TCP ? PACKET_OK : PACKET_NOT_TCP;
}

static __always_inline int packet_ipv6(struct packet_walk *w, struct packet_info *out)
{
	const __u8 *ip = packet_here(w);
	__u32 payload;
	__u8 next;
	int err;

	if (ip + 40 > w->end)
		return PACKET_TRUNCATED;
	if (ip[0] >> 4 != 6)
		return PACKET_NOT_IP;
	payload = packet_u16(ip + 4);
	next = ip[6];
	out->ttl = ip[7];
	packet_copy_v6(out, 0, ip + 8);
	packet_copy_v6(out, 1, ip + 24);
	err = packet_skip(w, 40);
	if (err)
		return err;
	if (payload > w->stop - w->at)
		return PACKET_MALFORMED;
	if (payload) /* 0: a jumbogram or BIG TCP */
		w->stop = packet_forget(w->at + payload, w->opaque);
	return packet_extensions(w, out, next);
}

static __always_inline int packet_tcp(struct packet_walk *w, struct packet_info *out)
{
	const __u8 *tcp = packet_here(w);
	__u32 header;

	if (tcp + 20 > w->end)
		return PACKET_TRUNCATED;
	header = (tcp[12] >> 4) * 4;
	if (header < 20 || header > w->stop - w->at)
		return PACKET_MALFORMED;
	out->tuple.port[0] = packet_u16(tcp);
	out->tuple.port[1] = packet_u16(tcp + 2);
	out->seq = packet_u32(tcp + 4);
	out->ack = packet_u32(tcp + 8);
	out->tcp_flags = tcp[13];
	out->window = packet_u16(tcp + 14);
	out->payload_len = w->stop - w->at - header;
	return PACKET_OK;
}

/* What follows the link-layer header. */
static __always_inline int packet_protocol(struct packet_walk *w, enum packet_link link, struct packet_info *out,
					   __u16 *proto)
{
	if (link == PACKET_ETHERNET)
		return packet_ethernet(w, out, proto);
	if (w->start + 1 > w->end)
		return PACKET_TRUNCATED;
	*proto = w->start[0] >> 4 == 6 ? PACKET_ETH_IPV6 : PACKET_ETH_IPV4;
	return PACKET_OK;
}

/*
 * ---- the usual packet: no tag, IPv4 without options and unfragmented, or IPv6 without extension headers
 *
 * All that is read lies at offsets that are known when this is compiled, so there is no walk.
 */

static __always_inline void packet_plain_tcp(const __u8 *tcp, __u32 length, struct packet_info *out)
{
	out->tuple.port[0] = packet_u16(tcp);
	out->tuple.port[1] = packet_u16(tcp + 2);
	out->seq = packet_u32(tcp + 4);
	out->ack = packet_u32(tcp + 8);
	out->tcp_flags = tcp[13];
	out->window = packet_u16(tcp + 14);
	out->payload_len = length - (tcp[12] >> 4) * 4;
}

/* Is the TCP header's own length one that it can have, in length bytes? */
static __always_inline int packet_plain_fits(const __u8 *tcp, __u32 length)
{
	__u32 header = (tcp[12] >> 4) * 4;

	return header >= 20 && header <= length;
}

#define PACKET_MORE_OR_OFFSET 0x3fff /* IPv4: more fragments, fragment offset */

static __always_inline int packet_plain_v4(const __u8 *ip, const void *end, __u32 whole, struct packet_info *out)
{
	__u32 total;

	if ((const void *)(ip + 40) > end || ip[0] != 0x45 || ip[9] != PACKET_PROTO_TCP)
		return 0;
	total = packet_u16(ip + 2);
	if (packet_u16(ip + 6) & PACKET_MORE_OR_OFFSET || total < 40 || total > whole)
		return 0;
	if (!packet_plain_fits(ip + 20, total - 20))
		return 0;
	out->ttl = ip[8];
	packet_map_v4(out, 0, packet_raw32(ip + 12));
	packet_map_v4(out, 1, packet_raw32(ip + 16));
	packet_plain_tcp(ip + 20, total - 20, out);
	return 1;
}

static __always_inline int packet_plain_v6(const __u8 *ip, const void *end, __u32 whole, struct packet_info *out)
{
	__u32 payload;

	if ((const void *)(ip + 60) > end || ip[0] >> 4 != 6 || ip[6] != PACKET_PROTO_TCP)
		return 0;
	payload = packet_u16(ip + 4);
	if (payload < 20 || payload + 40 > whole)
		return 0;
	if (!packet_plain_fits(ip + 40, payload))
		return 0;
	out->ttl = ip[7];
	packet_copy_v6(out, 0, ip + 8);
	packet_copy_v6(out, 1, ip + 24);
	packet_plain_tcp(ip + 40, payload, out);
	return 1;
}

/* As packet_parse() below, where it returns 1. If it returns 0 the packet is not usual, and out as it was. */
static __always_inline int packet_plain(const void *pos, const void *end, __u32 whole_len, enum packet_link link,
					struct packet_info *out)
{
	const __u8 *start = pos;
	__u32 header = link == PACKET_ETHERNET ? 14 : 0;
	__u16 proto;

	if ((const void *)(start + header + 1) > end || out->vlan[0])
		return 0;
	if (link == PACKET_ETHERNET)
		proto = packet_u16(start + 12);
	else
		proto = start[0] >> 4 == 6 ? PACKET_ETH_IPV6 : PACKET_ETH_IPV4;
	if (proto == PACKET_ETH_IPV4)
		return packet_plain_v4(start + header, end, whole_len - header, out);
	if (proto == PACKET_ETH_IPV6)
		return packet_plain_v6(start + header, end, whole_len - header, out);
	return 0;
}

/*
 * Bytes [pos, end) are available of a packet of whole_len bytes. out must be zeroed, but for vlan[0] if hardware took
 * the outer tag off. Returns PACKET_OK or why there is no TCP segment in it; out is then meaningless.
 */
static __always_inline int packet_parse(const void *pos, const void *end, __u32 whole_len, enum packet_link link,
					struct packet_info *out)
{
	struct packet_walk w = { .start = pos, .end = end, .stop = whole_len, .opaque = whole_len };
	__u16 proto;
	int err = packet_protocol(&w, link, out, &proto);

	if (err)
		return err;
	if (proto == PACKET_ETH_IPV4)
		err = packet_ipv4(&w, out);
	else if (proto == PACKET_ETH_IPV6)
		err = packet_ipv6(&w, out);
	else
		return PACKET_NOT_IP;
	return err ? err : packet_tcp(&w, out);
}

#endif
