// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Link layers: what libpcap calls DLT_*, Ethernet's types, PPP. Layouts: tcpdump.org's list of link types, IEEE 802.3
 * and 802.11, RFC 1042, 1331, 2516, 3032. */
#include "core/capture/dissect_private.h"

#define ETHERTYPE_PPPOE	    0x8864
#define ETHERTYPE_PBB	    0x88e7
#define ETHERTYPE_VNTAG	    0x8926
#define ETHERTYPE_CISCO_CFP 0x8903 /* FabricPath: 16 bytes, then a frame */
#define ETHERTYPE_CMD	    0x8909 /* Cisco meta data */
#define ETHERTYPE_MPLS_UP   0x8848 /* upstream-assigned label */

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281

/* libpcap's numbers; not its header, since the core knows no libpcap. */
enum dlt {
	DLT_NULL_ = 0,
	DLT_EN10MB_ = 1,
	DLT_IEEE802_ = 6,
	DLT_SLIP_ = 8,
	DLT_PPP_ = 9,
	DLT_FDDI_ = 10,
	DLT_ATM_RFC1483_ = 11,
	DLT_RAW_ = 12,
	DLT_RAW_BSD_ = 14,
	DLT_PPP_SERIAL_ = 50,
	DLT_PPP_ETHER_ = 51,
	LINKTYPE_ATM_RFC1483_ = 100, /* in files, where the two differ */
	LINKTYPE_RAW_ = 101,
	DLT_C_HDLC_ = 104,
	DLT_IEEE802_11_ = 105,
	DLT_LOOP_ = 108,
	DLT_LINUX_SLL_ = 113,
	DLT_IEEE802_11_RADIO_ = 127,
	DLT_DOCSIS_ = 143,
	DLT_PPP_PPPD_ = 166,
	DLT_PPI_ = 192,
	DLT_IPV4_ = 228,
	DLT_IPV6_ = 229,
	DLT_NFLOG_ = 239,
	DLT_NETANALYZER_ = 240,
	DLT_PKTAP_ = 258,
	DLT_LINUX_SLL2_ = 276,
	DLT_DSA_BRCM_ = 281,
	DLT_DSA_BRCM_PREPEND_ = 282,
	DLT_DSA_ = 284,
	DLT_DSA_EDSA_ = 285,
};

/* ---- Ethernet ---- */

static int llc(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 3);

	if (!p)
		return dissect_short(c, 3);
	if (p[0] == 0x06 && p[1] == 0x06)
		return dissect_skip(c, 3, PACKET_ETH_IPV4);
	if (p[0] != 0xaa || p[1] != 0xaa)
		return NEXT_DONE + DISSECT_NOT_IP;
	p = dissect_peek(c, 8);
	return p ? dissect_skip(c, 8, packet_u16(p + 6)) : dissect_short(c, 8);
}

static int ethernet(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 14);
	uint16_t type;

	if (!p)
		return dissect_short(c, 14);
	type = packet_u16(p + 12);
	if (type == ETHERTYPE_CISCO_CFP)
		return dissect_skip(c, 16, NEXT_LINK + DLT_EN10MB_);
	return dissect_skip(c, 14, type);
}

static int vlan(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);

	if (!p)
		return dissect_short(c, 4);
	if (!c->out->vlan[0])
		c->out->vlan[0] = packet_vlan(packet_u16(p));
	else if (!c->out->vlan[1])
		c->out->vlan[1] = packet_vlan(packet_u16(p));
	return dissect_skip(c, 4, packet_u16(p + 2));
}

/* The type of what follows the bottom of the stack is not given: IP is recognised by its version. */
static int mpls(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);
	bool bottom = p && p[2] & 1;
	int err;

	if (!p)
		return dissect_short(c, 4);
	err = dissect_skip(c, 4, ETHERTYPE_MPLS);
	if (err >= NEXT_DONE || !bottom)
		return err;
	p = dissect_peek(c, 1);
	if (!p)
		return dissect_short(c, 1);
	if (p[0] >> 4 == 4)
		return PACKET_ETH_IPV4;
	return p[0] >> 4 == 6 ? PACKET_ETH_IPV6 : NEXT_DONE + DISSECT_NOT_FOLLOWED;
}

static int pppoe(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 8);

	if (!p)
		return dissect_short(c, 8);
	return dissect_skip(c, 8, NEXT_PPP + packet_u16(p + 6));
}

static int type_after(struct capture *c, uint32_t size)
{
	const uint8_t *p = dissect_peek(c, size);

	return p ? dissect_skip(c, size, packet_u16(p + size - 2)) : dissect_short(c, size);
}

int dissect_ethertype(struct capture *c, uint32_t type)
{
	switch (type) {
	case PACKET_ETH_IPV4:
	case PACKET_ETH_IPV6:
		return dissect_ip(c);
	case PACKET_ETH_VLAN:
	case PACKET_ETH_QINQ:
	case PACKET_ETH_QINQ1:
		return vlan(c);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UP:
		return mpls(c);
	case ETHERTYPE_PPPOE:
		return pppoe(c);
	case ETHERTYPE_BRIDGE:
		return ethernet(c);
	case ETHERTYPE_PBB:
		return dissect_skip(c, 4, NEXT_LINK + DLT_EN10MB_);
	case ETHERTYPE_VNTAG:
		return type_after(c, 6);
	case ETHERTYPE_CMD:
		return type_after(c, 8);
	default:
		break;
	}
	if (type > 1500)
		return NEXT_DONE + DISSECT_NOT_IP;
	dissect_stop_at(c, type); /* IEEE 802.3: a length, and what follows is padding */
	return llc(c);
}

/* ---- PPP ---- */

int dissect_ppp(struct capture *c, uint32_t protocol)
{
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		return dissect_ip(c);
	case PPP_MPLS:
		return ETHERTYPE_MPLS;
	default:
		return NEXT_DONE + DISSECT_NOT_IP;
	}
}

/* Address and control bytes may be left out, and so may the protocol's first byte. */
static int ppp(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 2);
	uint32_t skip;

	if (!p)
		return dissect_short(c, 2);
	skip = p[0] == 0xff && p[1] == 0x03 ? 2 : 0;
	p = dissect_peek(c, skip + 2);
	if (!p)
		return dissect_short(c, skip + 2);
	if (p[skip] & 1)
		return dissect_skip(c, skip + 1, NEXT_PPP + p[skip]);
	return dissect_skip(c, skip + 2, NEXT_PPP + packet_u16(p + skip));
}

/* PPP in HDLC framing, or Cisco's HDLC, which has an EtherType. */
static int hdlc(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);

	if (!p)
		return dissect_short(c, 4);
	if (p[0] == 0x0f || p[0] == 0x8f)
		return dissect_skip(c, 4, packet_u16(p + 2));
	return ppp(c);
}

/* ---- the others ---- */

/* The address family in the byte order of whoever captured; all of them are below 256. */
static int loopback(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);
	uint8_t family;

	if (!p)
		return dissect_short(c, 4);
	family = p[0] ? p[0] : p[3];
	switch (family) {
	case 2:	 /* AF_INET */
	case 10: /* AF_INET6: Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return dissect_skip(c, 4, PACKET_ETH_IPV4);
	default:
		return NEXT_DONE + DISSECT_NOT_IP;
	}
}

static int cooked(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 16);

	if (!p)
		return dissect_short(c, 16);
	c->out->point = packet_u16(p);
	return dissect_skip(c, 16, packet_u16(p + 14));
}

static int cooked2(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 20);

	if (!p)
		return dissect_short(c, 20);
	c->out->point = packet_u32(p + 4) << 3 | (p[10] & 7);
	return dissect_skip(c, 20, packet_u16(p));
}

/* A-MSDU: several frames in one, each with addresses and a length, and padded to 4 bytes (802.11-2020 9.3.2.2). */
static int amsdu_part(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 14);
	uint32_t size, padded;
	int err;

	if (!p)
		return dissect_short(c, 14);
	size = packet_u16(p + 12);
	padded = (14 + size + 3) & ~3U;
	if (padded < c->w.stop && (size_t)(c->w.end - c->w.start) > padded) {
		c->out->more = c->w.start + padded;
		c->out->more_cap = (uint32_t)(c->w.end - c->out->more);
		c->out->more_len = c->w.stop - padded;
	}
	err = dissect_skip(c, 14, 0);
	if (err)
		return err;
	dissect_stop_at(c, size);
	return llc(c);
}

/* Data frames only. */
static int wlan(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 24);
	uint32_t size = 24;
	bool qos, amsdu = false;
	int err;

	if (!p)
		return dissect_short(c, 24);
	if ((p[0] & 0x0c) != 0x08 || p[0] & 0x40)
		return NEXT_DONE + DISSECT_NOT_IP;
	if (p[1] & 0x40)
		return NEXT_DONE + DISSECT_ENCRYPTED;
	qos = p[0] & 0x80;
	if ((p[1] & 3) == 3)
		size += 6; /* the fourth address */
	if (qos) {
		p = dissect_peek(c, size + 2);
		if (!p)
			return dissect_short(c, size + 2);
		amsdu = p[size] & 0x80;
		size += 2;
		if (p[1] & 0x80)
			size += 4; /* HT control */
	}
	err = dissect_skip(c, size, 0);
	if (err)
		return err;
	return amsdu ? amsdu_part(c) : llc(c);
}

static int radiotap(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);

	if (!p)
		return dissect_short(c, 4);
	return dissect_skip(c, p[2] | (uint32_t)p[3] << 8, NEXT_LINK + DLT_IEEE802_11_);
}

/* Type-length-values in host order until the packet itself. */
static int nflog(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 4);
	int err;

	if (!p)
		return dissect_short(c, 4);
	if (p[0] != 2 && p[0] != 10)
		return NEXT_DONE + DISSECT_NOT_IP;
	err = dissect_skip(c, 4, 0);
	while (!err && (p = dissect_peek(c, 4))) {
		uint32_t size = p[0] | (uint32_t)p[1] << 8, type = p[2] | (uint32_t)p[3] << 8;

		if (size < 4)
			return NEXT_DONE + DISSECT_MALFORMED;
		if (type == 9) /* NFULA_PAYLOAD */
			return dissect_skip(c, 4, PACKET_ETH_IPV4);
		err = dissect_skip(c, (size + 3) & ~3U, 0);
	}
	return err ? err : dissect_short(c, 4);
}

/* A header that says how long it is and what follows, in little-endian numbers. PPI: CACE's specification 1.0.10. */
static int ppi(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 8);

	if (!p)
		return dissect_short(c, 8);
	return dissect_skip(c, p[2] | (uint32_t)p[3] << 8, NEXT_LINK + (p[4] | p[5] << 8));
}

/* Apple's, of libpcap's pcap/bpf.h: length, type of record, link type, and more. */
static int pktap(struct capture *c)
{
	const uint8_t *p = dissect_peek(c, 12);

	if (!p)
		return dissect_short(c, 12);
	return dissect_skip(c, p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24,
			    NEXT_LINK + (p[8] | p[9] << 8));
}

/* libpcap's 16 bytes; van Jacobson's compression of headers shows by what should be IP's version. */
static int slip(struct capture *c)
{
	return dissect_skip(c, 16, PACKET_ETH_IPV4);
}

/* A switch's tag of so many bytes between the addresses and the type. */
static int tagged_by_switch(struct capture *c, uint32_t size)
{
	return type_after(c, 14 + size);
}

/* A header of fixed size, then LLC. */
static int llc_after(struct capture *c, uint32_t size)
{
	int err = dissect_skip(c, size, 0);

	return err ? err : llc(c);
}

int dissect_link(struct capture *c, int dlt)
{
	switch (dlt) {
	case DLT_EN10MB_:
	case DLT_DOCSIS_:
		return ethernet(c);
	case DLT_RAW_:
	case DLT_RAW_BSD_:
	case LINKTYPE_RAW_:
	case DLT_IPV4_:
	case DLT_IPV6_:
		return dissect_ip(c);
	case DLT_NULL_:
	case DLT_LOOP_:
		return loopback(c);
	case DLT_LINUX_SLL_:
		return cooked(c);
	case DLT_LINUX_SLL2_:
		return cooked2(c);
	case DLT_PPP_:
	case DLT_PPP_PPPD_:
		return ppp(c);
	case DLT_PPP_SERIAL_:
	case DLT_C_HDLC_:
		return hdlc(c);
	case DLT_PPP_ETHER_:
		return pppoe(c);
	case DLT_IEEE802_11_:
		return wlan(c);
	case DLT_IEEE802_11_RADIO_:
		return radiotap(c);
	case DLT_NFLOG_:
		return nflog(c);
	case DLT_IEEE802_:
		return llc_after(c, 14);
	case DLT_FDDI_:
		return llc_after(c, 13);
	case DLT_ATM_RFC1483_:
	case LINKTYPE_ATM_RFC1483_:
		return llc(c);
	case DLT_AMSDU_PART:
		return amsdu_part(c);
	case DLT_PPI_:
		return ppi(c);
	case DLT_PKTAP_:
		return pktap(c);
	case DLT_SLIP_:
		return slip(c);
	case DLT_DSA_BRCM_:
	case DLT_DSA_:
		return tagged_by_switch(c, 4);
	case DLT_DSA_EDSA_:
		return tagged_by_switch(c, 8);
	case DLT_DSA_BRCM_PREPEND_:
	case DLT_NETANALYZER_:
		return dissect_skip(c, 4, NEXT_LINK + DLT_EN10MB_);
	default:
		return NEXT_DONE + DISSECT_UNKNOWN_LINK;
	}
}

bool dissect_link_known(int dlt)
{
	struct dissect_packet out = { 0 };
	struct capture c = { .out = &out };

	return dissect_link(&c, dlt) != NEXT_DONE + DISSECT_UNKNOWN_LINK;
}
