/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The walk to the segment that an ICMP or ICMPv6 error quotes, with the steps of packet.h and as pure. The error must
 * quote the IP header and 8 bytes behind it (RFC 792; RFC 4443 2.4 and RFC 1812 4.3.2.3 want more): ports and sequence
 * number. What was quoted may be cut off anywhere behind that, so no length in it is believed.
 */
#ifndef TCPLIFE_PACKET_ICMP_H
#define TCPLIFE_PACKET_ICMP_H

#include "packet.h"

struct packet_icmp {
	struct packet_info quoted; /* tuple and seq; the rest stays 0 */
	__u8 from[16];		   /* who sent the error */
	__u32 mtu;		   /* with packet too big or fragmentation needed */
	__u8 version;		   /* 4 or 6 */
	__u8 type, code;
};

#define PACKET_ICMP_UNREACHABLE 3 /* RFC 792 */
#define PACKET_ICMP_FRAG_NEEDED 4 /* code of it, RFC 1191 */
#define PACKET_ICMP_TIME	11
#define PACKET_ICMP_PARAMETER	12

#define PACKET_ICMP6_TOO_BIG   2 /* RFC 4443; 1 to 4 are the errors that are asked for */
#define PACKET_ICMP6_PARAMETER 4

static __always_inline void packet_icmp_from(struct packet_icmp *out)
{
	__builtin_memcpy(out->from, out->quoted.tuple.addr[0], sizeof(out->from));
}

static __always_inline int packet_icmp_outer_v4(struct packet_walk *w, struct packet_icmp *out)
{
	const __u8 *ip = packet_here(w);
	__u32 header, total;

	if (ip + 20 > w->end)
		return PACKET_TRUNCATED;
	header = (ip[0] & 0xf) * 4;
	total = packet_u16(ip + 2);
	if (ip[0] >> 4 != 4 || ip[9] != PACKET_PROTO_ICMP)
		return PACKET_NOT_TCP;
	if (packet_u16(ip + 6) & 0x1fff)
		return PACKET_LATER_FRAGMENT;
	if (header < 20 || total > w->stop - w->at)
		return PACKET_MALFORMED;
	packet_map_v4(&out->quoted, 0, packet_raw32(ip + 12));
	packet_icmp_from(out);
	w->stop = packet_forget(w->at + total, w->opaque);
	return packet_skip(w, header);
}

/* Extension headers before an ICMPv6 error are not worth the walk. */
static __always_inline int packet_icmp_outer_v6(struct packet_walk *w, struct packet_icmp *out)
{
	const __u8 *ip = packet_here(w);

	if (ip + 40 > w->end)
		return PACKET_TRUNCATED;
	if (ip[0] >> 4 != 6 || ip[6] != PACKET_PROTO_ICMPV6)
		return PACKET_NOT_TCP;
	packet_copy_v6(&out->quoted, 0, ip + 8);
	packet_icmp_from(out);
	return packet_skip(w, 40);
}

static __always_inline int packet_icmp_is_error(const struct packet_icmp *out)
{
	if (out->version == 6)
		return out->type >= 1 && out->type <= PACKET_ICMP6_PARAMETER;
	return out->type == PACKET_ICMP_UNREACHABLE || out->type == PACKET_ICMP_TIME ||
	       out->type == PACKET_ICMP_PARAMETER;
}

static __always_inline int packet_icmp_header(struct packet_walk *w, struct packet_icmp *out)
{
	const __u8 *icmp = packet_here(w);

	if (icmp + 8 > w->end)
		return PACKET_TRUNCATED;
	out->type = icmp[0];
	out->code = icmp[1];
	if (!packet_icmp_is_error(out))
		return PACKET_NOT_TCP;
	if (out->version == 6)
		out->mtu = out->type == PACKET_ICMP6_TOO_BIG ? packet_u32(icmp + 4) : 0;
	else if (out->type == PACKET_ICMP_UNREACHABLE && out->code == PACKET_ICMP_FRAG_NEEDED)
		out->mtu = packet_u16(icmp + 6);
	return packet_skip(w, 8);
}

static __always_inline int packet_icmp_quoted_v4(struct packet_walk *w, struct packet_icmp *out)
{
	const __u8 *ip = packet_here(w);
	__u32 header;

	if (ip + 20 > w->end)
		return PACKET_TRUNCATED;
	header = (ip[0] & 0xf) * 4;
	if (ip[9] != PACKET_PROTO_TCP)
		return PACKET_NOT_TCP;
	if (packet_u16(ip + 6) & 0x1fff)
		return PACKET_LATER_FRAGMENT;
	if (ip[0] >> 4 != 4 || header < 20)
		return PACKET_MALFORMED;
	packet_map_v4(&out->quoted, 0, packet_raw32(ip + 12));
	packet_map_v4(&out->quoted, 1, packet_raw32(ip + 16));
	return packet_skip(w, header);
}

static __always_inline int packet_icmp_quoted_v6(struct packet_walk *w, struct packet_icmp *out)
{
	const __u8 *ip = packet_here(w);
	__u8 next;
	int err;

	if (ip + 40 > w->end)
		return PACKET_TRUNCATED;
	if (ip[0] >> 4 != 6)
		return PACKET_MALFORMED;
	next = ip[6];
	packet_copy_v6(&out->quoted, 0, ip + 8);
	packet_copy_v6(&out->quoted, 1, ip + 24);
	err = packet_skip(w, 40);
	return err ? err : packet_extensions(w, &out->quoted, next);
}

/* RFC 9293 3.1: the first 8 bytes. */
static __always_inline int packet_icmp_quoted_tcp(struct packet_walk *w, struct packet_icmp *out)
{
	const __u8 *tcp = packet_here(w);

	if (tcp + 8 > w->end)
		return PACKET_TRUNCATED;
	if (w->at + 8 > w->stop)
		return PACKET_MALFORMED;
	out->quoted.tuple.port[0] = packet_u16(tcp);
	out->quoted.tuple.port[1] = packet_u16(tcp + 2);
	out->quoted.seq = packet_u32(tcp + 4);
	return PACKET_OK;
}

/* From the ICMP header on; out has its version. */
static __always_inline int packet_icmp_message(struct packet_walk *w, struct packet_icmp *out)
{
	int err = packet_icmp_header(w, out);

	if (!err)
		err = out->version == 6 ? packet_icmp_quoted_v6(w, out) : packet_icmp_quoted_v4(w, out);
	return err ? err : packet_icmp_quoted_tcp(w, out);
}

/*
 * As packet_parse(), for what that calls PACKET_ICMP. PACKET_OK: *out is of an error that quotes a TCP segment.
 * PACKET_NOT_TCP: it is no such error, or quotes something else.
 */
static __always_inline int packet_parse_icmp(const void *pos, const void *end, __u32 whole_len, enum packet_link link,
					     struct packet_icmp *out)
{
	struct packet_walk w = { .start = pos, .end = end, .stop = whole_len, .opaque = whole_len };
	__u16 proto;
	int err = packet_protocol(&w, link, &out->quoted, &proto);

	if (err)
		return err;
	if (proto != PACKET_ETH_IPV4 && proto != PACKET_ETH_IPV6)
		return PACKET_NOT_IP;
	out->version = proto == PACKET_ETH_IPV6 ? 6 : 4;
	err = out->version == 6 ? packet_icmp_outer_v6(&w, out) : packet_icmp_outer_v4(&w, out);
	return err ? err : packet_icmp_message(&w, out);
}

#endif
