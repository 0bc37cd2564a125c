// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Tunnels in GRE and UDP. A port alone proves nothing: what does not look like the tunnel's header is no TCP, and not
 * an error. RFC 2784, 2890, 2637 (GRE), 7348 (VXLAN), 8926 (Geneve), 4380 (Teredo), 3GPP TS 29.281 (GTP-U). */
#include "core/capture/dissect_private.h"

#define PORT_GTP_U  2152
#define PORT_GRE    4754 /* RFC 8086 */
#define PORT_VXLAN  4789
#define PORT_AYIYA  5072
#define PORT_GENEVE 6081

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING  0x4000
#define GRE_KEY	     0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACK	     0x0080 /* version 1 */

#define GRE_PPP		   0x880b
#define GRE_ERSPAN	   0x88be /* type I without a sequence number, else II */
#define GRE_ERSPAN_III	   0x22eb
#define ERSPAN_III_SUBHEAD 1

static const int ETHERNET = NEXT_LINK + 1;

static uint32_t gre_size(uint16_t flags)
{
	uint32_t size = 4;

	size += flags & (GRE_CHECKSUM | GRE_ROUTING) ? 4 : 0;
	size += flags & GRE_KEY ? 4 : 0;
	size += flags & GRE_SEQUENCE ? 4 : 0;
	return size + (flags & GRE_ACK && (flags & 7) == 1 ? 4 : 0);
}

static int erspan_iii(struct capture *c, uint32_t size)
{
	const uint8_t *p = dissect_peek(c, size + 12);

	if (!p)
		return dissect_short(c, size + 12);
	return dissect_enter_tunnel(c, size + (p[size + 11] & ERSPAN_III_SUBHEAD ? 20 : 12), ETHERNET);
}

int dissect_gre(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);
	uint16_t flags, type;
	uint32_t size;

	if (!p)
		return dissect_short(c, 4);
	flags = packet_u16(p);
	type = packet_u16(p + 2);
	size = gre_size(flags);
	/* Aruba's access points: a frame of the air, numbered by queue. */
	if (type >= 0x8200 && type <= 0x8370 && !(type & 0xf))
		return dissect_enter_tunnel(c, size, NEXT_LINK + 105);
	if ((flags & 7) > 1 || flags & GRE_ROUTING)
		return NEXT_DONE + DISSECT_NOT_FOLLOWED;
	switch (type) {
	case PACKET_ETH_IPV4:
	case PACKET_ETH_IPV6:
	case ETHERTYPE_MPLS:
	case ETHERTYPE_BRIDGE:
		return dissect_enter_tunnel(c, size, type);
	case GRE_PPP:
		return dissect_enter_tunnel(c, size, NEXT_LINK + 9);
	case GRE_ERSPAN:
		return dissect_enter_tunnel(c, size + (flags & GRE_SEQUENCE ? 8 : 0), ETHERNET);
	case GRE_ERSPAN_III:
		return erspan_iii(c, size);
	default:
		return NEXT_DONE + DISSECT_NOT_FOLLOWED;
	}
}

/* ---- UDP; c stands behind its header ---- */

static const int NOT_THIS = NEXT_DONE + DISSECT_NOT_TCP;

/* 4 or 6 if an IP header begins at p. */
static int ip_version(const uint8_t *p)
{
	int version = p[0] >> 4;

	return version == 4 || version == 6 ? version : 0;
}

static int vxlan(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 8);

	if (!p || !(p[0] & 0x08))
		return NOT_THIS;
	return dissect_enter_tunnel(c, 8, ETHERNET);
}

static int geneve(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 8);

	if (!p || p[0] >> 6)
		return NOT_THIS;
	return dissect_enter_tunnel(c, 8 + (p[0] & 0x3f) * 4U, packet_u16(p + 2));
}

static int gtp_u(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 8);
	uint32_t size = 8;
	uint8_t next;

	/* Version 1, GTP rather than GTP', and a user's packet in it. */
	if (!p || p[0] >> 5 != 1 || !(p[0] & 0x10) || p[1] != 255)
		return NOT_THIS;
	if (p[0] & 7) {
		size = 12;
		p = dissect_peek(c, size);
		if (!p)
			return NOT_THIS;
		for (next = p[0] & 4 ? p[11] : 0; next; next = p[size - 1]) {
			p = dissect_peek(c, size + 1);
			if (!p || !p[size])
				return NOT_THIS;
			size += p[size] * 4U;
			p = dissect_peek(c, size);
			if (!p)
				return NOT_THIS;
		}
	}
	p = dissect_peek(c, size + 1);
	return p && ip_version(p + size) ? dissect_enter_tunnel(c, size, PACKET_ETH_IPV4) : NOT_THIS;
}

/* 2001::/32 */
static bool is_teredo_address(const uint8_t *p)
{
	return packet_u32(p) == 0x20010000;
}

/* Its servers have a port, its relays have any: the packet's own form is what shows it. */
static int teredo(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);
	uint32_t size = 0;

	if (p && packet_u16(p) == 1) /* authentication */
		size = 13U + p[2] + p[3];
	p = dissect_peek(c, size + 2);
	if (p && packet_u16(p + size) == 0) /* origin */
		size += 8;
	p = dissect_peek(c, size + 40);
	if (!p || ip_version(p + size) != 6 || packet_u16(p + size + 4) + size + 40 != c->w.stop ||
	    !(is_teredo_address(p + size + 8) || is_teredo_address(p + size + 24)))
		return NOT_THIS;
	return dissect_enter_tunnel(c, size, PACKET_ETH_IPV6);
}

static int ayiya(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 8);
	uint32_t size;

	if (!p || (p[2] & 0xf) != 1 || (p[3] != 41 && p[3] != 4))
		return NOT_THIS;
	size = 8 + (1U << (p[0] >> 4)) + (p[1] >> 4) * 4U;
	return dissect_enter_tunnel(c, size, PACKET_ETH_IPV6);
}

static int udp_payload(struct capture *c, uint16_t port)
{
	switch (port) {
	case PORT_GTP_U:
		return gtp_u(c);
	case PORT_GRE:
		return dissect_gre(c);
	case PORT_VXLAN:
		return vxlan(c);
	case PORT_AYIYA:
		return ayiya(c);
	case PORT_GENEVE:
		return geneve(c);
	default:
		return NOT_THIS;
	}
}

int dissect_udp(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 8);
	uint16_t from, to;
	uint32_t len;
	int err;

	if (!p || c->out->flags & SEGMENT_FRAGMENT)
		return NOT_THIS;
	from = packet_u16(p);
	to = packet_u16(p + 2);
	len = packet_u16(p + 4);
	if (len >= 8)
		dissect_stop_at(c, len);
	err = dissect_skip(c, 8, 0);
	if (err)
		return NOT_THIS;
	err = udp_payload(c, to);
	if (err == NOT_THIS)
		err = udp_payload(c, from);
	return err == NOT_THIS ? teredo(c) : err;
}
