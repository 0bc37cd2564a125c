/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The walk from layer to layer: each step takes its header off the front and names what comes next. */
#ifndef TCPLIFE_DISSECT_PRIVATE_H
#define TCPLIFE_DISSECT_PRIVATE_H

#include "core/capture/dissect.h"
#include "packet.h"

/* What comes next: a number of one of these spaces, or NEXT_DONE + enum dissect_result. */
enum { NEXT_ETHERTYPE = 0, NEXT_PROTOCOL = 0x10000, NEXT_LINK = 0x20000, NEXT_PPP = 0x40000, NEXT_DONE = 0x80000 };

#define DLT_AMSDU_PART 0xfffe /* no link type: a part of an 802.11 frame that holds several */

#define ETHERTYPE_MPLS	 0x8847
#define ETHERTYPE_BRIDGE 0x6558 /* transparent Ethernet bridging: a whole frame */

struct capture {
	struct packet_walk w; /* w.at stays 0: start moves */
	struct dissect_packet *out;
	const struct dissect_options *o;
};

/* The next n bytes, or NULL if they are not available. */
static inline const uint8_t *dissect_peek(const struct capture *c, uint32_t n)
{
	return n <= (size_t)(c->w.end - c->w.start) ? c->w.start : NULL;
}

/* Why bytes are not available. */
static inline int dissect_short(const struct capture *c, uint32_t n)
{
	return NEXT_DONE + (n > c->w.stop ? DISSECT_MALFORMED : DISSECT_TRUNCATED);
}

/* Takes n bytes off the front. Returns next, or why that cannot be. */
static inline int dissect_skip(struct capture *c, uint32_t n, int next)
{
	if (n > c->w.stop || !dissect_peek(c, n))
		return dissect_short(c, n);
	c->w.start += n;
	c->w.stop -= n;
	return next;
}

/* What follows the n-th byte is padding. */
static inline void dissect_stop_at(struct capture *c, uint32_t n)
{
	if (n < c->w.stop)
		c->w.stop = n;
	if ((size_t)(c->w.end - c->w.start) > c->w.stop)
		c->w.end = c->w.start + c->w.stop;
}

/* Takes n bytes of a tunnel's header off. */
static inline int dissect_enter_tunnel(struct capture *c, uint32_t n, int next)
{
	if (c->out->tunnels == DISSECT_MAX_TUNNELS)
		return NEXT_DONE + DISSECT_TOO_DEEP;
	c->out->tunnels++;
	return dissect_skip(c, n, next);
}

int dissect_link(struct capture *c, int dlt);
int dissect_ethertype(struct capture *c, uint32_t type);
int dissect_ppp(struct capture *c, uint32_t protocol);
int dissect_ip(struct capture *c);
int dissect_protocol(struct capture *c, uint32_t protocol);
int dissect_gre(struct capture *c);
int dissect_udp(struct capture *c);

#endif
