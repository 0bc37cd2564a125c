// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* IP, its fragments and extension headers, TCP, and ICMP errors. RFC 791, 8200, 4302, 9293 3.1, 792, 4443. */
#include <string.h>

#include "core/capture/dissect_private.h"
#include "lib/checksum.h"
#include "packet_icmp.h"

#define PROTOCOL_IPIP 4
#define PROTOCOL_UDP  17
#define PROTOCOL_IPV6 41
#define PROTOCOL_GRE  47
#define PROTOCOL_ESP  50
#define PROTOCOL_L2TP 115

static void map_v4(uint8_t out[16], const uint8_t *in)
{
	memset(out, 0, 10);
	memset(out + 10, 0xff, 2);
	memcpy(out + 12, in, 4);
}

static int fragment(struct capture *c, uint32_t id, uint32_t offset, bool more, uint8_t protocol)
{
	struct dissect_packet *out = c->out;
	size_t at_hand = c->w.end - c->w.start;

	out->protocol = protocol;
	if (at_hand < c->w.stop) {
		/* Cut short: it can never be whole. The first one at least has a header to show. */
		if (offset)
			return NEXT_DONE + DISSECT_TRUNCATED;
		out->flags |= SEGMENT_FRAGMENT;
		return NEXT_PROTOCOL + protocol;
	}
	out->fragment_id = id;
	out->fragment_offset = offset;
	out->more_fragments = more;
	out->fragment = c->w.start;
	out->fragment_len = c->w.stop;
	return NEXT_DONE + DISSECT_FRAGMENT;
}

static void looks_like(struct capture *c, enum dissect_checksum what)
{
	if (what > c->out->checksum)
		c->out->checksum = what;
}

/* Of the header at p. Segmentation offload leaves length and checksum empty, checksum offload the checksum. */
static enum dissect_checksum ipv4_checksum(const uint8_t *p, uint32_t header)
{
	if (!packet_u16(p + 2) || !packet_u16(p + 10))
		return CHECKSUM_OFFLOAD;
	return checksum_fold(checksum_add(0, p, header)) == 0xffff ? CHECKSUM_UNCHECKED : CHECKSUM_WRONG_IP;
}

/* Whoever mirrors packets through a tunnel may send their beginnings only. */
static bool may_be_cut(const struct capture *c)
{
	return c->out->tunnels && c->o->checksums != DISSECT_CHECKSUMS_DROP;
}

/* How long the packet is, header included, by what it says of itself; 0 = it says nothing that can be. */
static uint32_t ipv4_length(const struct capture *c, const uint8_t *p)
{
	uint32_t total = packet_u16(p + 2);

	/* The captured length stands in for one that segmentation offload left empty. */
	if (!total && c->o->checksums != DISSECT_CHECKSUMS_DROP)
		return c->w.stop;
	return total <= c->w.stop || may_be_cut(c) ? total : 0;
}

static int ipv4(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 20);
	uint32_t header, total, offset;
	uint8_t protocol;
	int err;

	if (!p)
		return dissect_short(c, 20);
	header = (p[0] & 0xf) * 4;
	total = ipv4_length(c, p);
	if (header < 20 || total < header)
		return NEXT_DONE + DISSECT_MALFORMED;
	if (!dissect_peek(c, header))
		return dissect_short(c, header);
	if (c->o->checksums == DISSECT_CHECKSUMS_DROP && checksum_fold(checksum_add(0, p, header)) != 0xffff)
		return NEXT_DONE + DISSECT_BAD_IP_CHECKSUM;
	if (c->o->checksums == DISSECT_CHECKSUMS_JUDGE)
		looks_like(c, ipv4_checksum(p, header));
	map_v4(c->out->tuple.addr[0], p + 12);
	map_v4(c->out->tuple.addr[1], p + 16);
	c->out->ttl = p[8];
	c->out->ip_id = packet_u16(p + 4);
	if (total > c->w.stop)
		c->w.stop = total;
	protocol = p[9];
	offset = packet_u16(p + 6);
	dissect_stop_at(c, total);
	err = dissect_skip(c, header, 0);
	if (err)
		return err;
	if (offset & 0x3fff)
		return fragment(c, packet_u16(p + 4), (offset & 0x1fff) * 8, offset & 0x2000, protocol);
	return NEXT_PROTOCOL + protocol;
}

/* A source route that is not at its end yet: the last address of it is where the segment goes, and what is summed. */
static void final_destination(struct capture *c, const uint8_t *p, uint32_t size)
{
	if ((p[2] == 0 || p[2] == 2) && p[3] && size >= 24)
		memcpy(c->out->tuple.addr[1], p + size - 16, 16);
}

static int ipv6_extensions(struct capture *c, uint8_t next)
{
	for (int i = 0; i < 32 && packet_is_extension(next); i++) {
		const uint8_t *p = dissect_peek(c, 8);
		uint32_t size;
		int err;

		if (!p)
			return dissect_short(c, 8);
		size = (p[1] + 1U) * 8;
		if (next == PACKET_PROTO_AH)
			size = (p[1] + 2U) * 4;
		if (next == PACKET_PROTO_FRAGMENT) {
			uint32_t offset = packet_u16(p + 2);

			err = dissect_skip(c, 8, 0);
			if (err || offset & 0xfff9)
				return err ? err : fragment(c, packet_u32(p + 4), offset & 0xfff8, offset & 1, p[0]);
			next = p[0];
			continue;
		}
		err = dissect_skip(c, size, 0);
		if (err)
			return err;
		if (next == PACKET_PROTO_ROUTING)
			final_destination(c, p, size);
		next = p[0];
	}
	return packet_is_extension(next) ? NEXT_DONE + DISSECT_MALFORMED : NEXT_PROTOCOL + next;
}

static int ipv6(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 40);
	uint32_t payload;
	int err;

	if (!p)
		return dissect_short(c, 40);
	payload = packet_u16(p + 4);
	memcpy(c->out->tuple.addr, p + 8, 32);
	c->out->ttl = p[7];
	c->out->ip_id = 0;
	err = dissect_skip(c, 40, 0);
	if (err)
		return err;
	if (payload > c->w.stop && !may_be_cut(c))
		return NEXT_DONE + DISSECT_MALFORMED;
	if (payload > c->w.stop)
		c->w.stop = payload;
	if (payload) /* 0: a jumbogram, or BIG TCP */
		dissect_stop_at(c, payload);
	return ipv6_extensions(c, p[6]);
}

int dissect_ip(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 1);

	if (!p)
		return dissect_short(c, 1);
	if (p[0] >> 4 == 4)
		return ipv4(c);
	return p[0] >> 4 == 6 ? ipv6(c) : NEXT_DONE + DISSECT_NOT_IP;
}

/* The pseudo header: both addresses (the mapped prefix of IPv4 sums up to 0), protocol, length. */
static uint64_t pseudo_sum(const struct capture *c, uint32_t len)
{
	const struct event_tuple *t = &c->out->tuple;
	uint8_t rest[8] = { [1] = PACKET_PROTO_TCP, [4] = len >> 24, [5] = len >> 16, [6] = len >> 8, [7] = len };

	return checksum_add(checksum_add(0, rest, sizeof(rest)), t->addr, sizeof(t->addr));
}

static bool checksum_right(const struct capture *c)
{
	return checksum_fold(checksum_add(pseudo_sum(c, c->w.stop), c->w.start, c->w.stop)) == 0xffff;
}

/* In ones' complement 0 has two forms. */
static bool same_sum(uint16_t a, uint16_t b)
{
	return a == b || ((a == 0 || a == 0xffff) && (b == 0 || b == 0xffff));
}

/* What the stack prepares for the card is the pseudo header's sum, for segmentation offload without the length. */
static bool checksum_offloaded(const struct capture *c)
{
	uint16_t field;

	memcpy(&field, c->w.start + 16, sizeof(field));
	return same_sum(field, checksum_fold(pseudo_sum(c, c->w.stop))) ||
	       same_sum(field, checksum_fold(pseudo_sum(c, 0)));
}

/* Of TCP; all of the segment is available. */
static void check(struct capture *c)
{
	bool right;

	if (c->o->checksums == DISSECT_CHECKSUMS_IGNORE || c->out->flags & SEGMENT_FRAGMENT)
		return;
	right = checksum_right(c);
	if (c->o->checksums == DISSECT_CHECKSUMS_JUDGE)
		looks_like(c, right ? CHECKSUM_RIGHT : checksum_offloaded(c) ? CHECKSUM_OFFLOAD : CHECKSUM_WRONG);
	else if (!right)
		c->out->flags |= SEGMENT_BAD_CHECKSUM;
}

static int tcp(struct capture *c)
{
	struct packet_info info = { 0 };
	struct dissect_packet *out = c->out;
	const uint8_t *p = dissect_peek(c, 20);
	bool whole = (size_t)(c->w.end - c->w.start) >= c->w.stop;
	int err;

	if (!p)
		return dissect_short(c, 20);
	err = packet_tcp(&c->w, &info);
	out->tuple.port[0] = packet_u16(p);
	out->tuple.port[1] = packet_u16(p + 2);
	out->seq = packet_u32(p + 4);
	out->ack = packet_u32(p + 8);
	out->tcp_flags = p[13];
	out->tcp_checksum = packet_u16(p + 16);
	out->window = packet_u16(p + 14);
	out->payload_len = info.payload_len;
	if (err)
		out->flags |= SEGMENT_BAD_HEADER;
	else if (!whole)
		out->flags |= SEGMENT_TRUNCATED;
	else
		check(c);
	return NEXT_DONE + DISSECT_TCP;
}

/* Who sent it is the source that IP named. */
static int icmp(struct capture *c, uint8_t version)
{
	struct packet_icmp quoting = { .version = version };
	struct dissect_packet *out = c->out;
	struct packet_walk w = c->w;
	int err = packet_icmp_message(&w, &quoting);

	if (err == PACKET_TRUNCATED && (size_t)(w.end - w.start) < w.stop)
		return NEXT_DONE + DISSECT_TRUNCATED;
	if (err)
		return NEXT_DONE +
		       (err == PACKET_NOT_TCP || err == PACKET_LATER_FRAGMENT ? DISSECT_NOT_TCP : DISSECT_MALFORMED);
	out->icmp_version = version;
	out->icmp_type = quoting.type;
	out->icmp_code = quoting.code;
	out->icmp_mtu = quoting.mtu;
	memcpy(out->icmp_from, out->tuple.addr[0], sizeof(out->icmp_from));
	out->tuple = quoting.quoted.tuple;
	out->seq = quoting.quoted.seq;
	return NEXT_DONE + DISSECT_ICMP;
}

int dissect_protocol(struct capture *c, uint32_t protocol)
{
	switch (protocol) {
	case PACKET_PROTO_TCP:
		return tcp(c);
	case PACKET_PROTO_ICMP:
		return icmp(c, 4);
	case PACKET_PROTO_ICMPV6:
		return icmp(c, 6);
	case PROTOCOL_IPIP:
	case PROTOCOL_IPV6:
		return dissect_enter_tunnel(c, 0, PACKET_ETH_IPV4);
	case PROTOCOL_GRE:
		return dissect_gre(c);
	case PROTOCOL_UDP:
		return dissect_udp(c);
	case PROTOCOL_ESP:
	case PROTOCOL_L2TP:
		return NEXT_DONE + DISSECT_NOT_FOLLOWED;
	default:
		return NEXT_DONE + DISSECT_NOT_TCP;
	}
}
