/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Makes packets for tests. What should be wrong with one is written over its bytes afterwards: it says where they lie.
 */
#ifndef TCPLIFE_CRAFT_H
#define TCPLIFE_CRAFT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "packet_icmp.h"

#define CRAFT_MAX_LEN	     16384
#define CRAFT_MAX_EXTENSIONS 10

/* Zero = a plain SYN over Ethernet and IPv4. */
struct recipe {
	int v6, raw_ip, reply;		/* reply: the other direction */
	uint16_t vlan[3], vlan_type[3]; /* ids; type 0 = 802.1Q */
	int vlans;
	unsigned int ip_options, tcp_options; /* bytes, a multiple of 4 */
	uint16_t fragment;		      /* offset in units of 8 bytes */
	int more_fragments;
	uint8_t extension[CRAFT_MAX_EXTENSIONS]; /* kinds, each of 8 bytes (AH: 12, which is no multiple of 8 on
						    purpose) */
	int extensions;
	uint8_t protocol; /* 0 = TCP */
	uint8_t flags;	  /* 0 = SYN, unless no_flags */
	int no_flags;
	uint32_t seq, ack, payload, padding;
	uint16_t port[2]; /* 0 = 40000, 80 */
};

struct crafted {
	uint8_t bytes[CRAFT_MAX_LEN];
	uint32_t len;
	uint32_t ip, extension, tcp, payload; /* where they begin */
};

static inline void craft_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void craft_put32(uint8_t *p, uint32_t v)
{
	craft_put16(p, v >> 16);
	craft_put16(p + 2, v);
}

static inline void craft_link(struct crafted *c, const struct recipe *r)
{
	if (r->raw_ip)
		return;
	memset(c->bytes, 2, 12);
	c->len = 12;
	for (int i = 0; i < r->vlans; i++) {
		craft_put16(c->bytes + c->len, r->vlan_type[i] ? r->vlan_type[i] : 0x8100);
		craft_put16(c->bytes + c->len + 2, 0xe000u | r->vlan[i]); /* with a priority */
		c->len += 4;
	}
	craft_put16(c->bytes + c->len, r->v6 ? 0x86dd : 0x0800);
	c->len += 2;
}

static inline void craft_v4(struct crafted *c, const struct recipe *r)
{
	uint8_t *ip = c->bytes + c->len;

	ip[0] = (uint8_t)(0x40 | (20 + r->ip_options) / 4);
	craft_put16(ip + 6, r->fragment | (r->more_fragments ? 0x2000 : 0x4000));
	ip[8] = 64;
	ip[9] = r->protocol ? r->protocol : 6;
	memcpy(ip + (r->reply ? 16 : 12), "\x0a\x01\x02\x03", 4);
	memcpy(ip + (r->reply ? 12 : 16), "\x0a\x01\x02\x04", 4);
	memset(ip + 20, 1, r->ip_options);
	c->len += 20 + r->ip_options;
}

static inline uint32_t craft_extension(uint8_t *p, const struct recipe *r, int i, uint8_t next)
{
	memset(p, 0, 12);
	p[0] = next;
	if (r->extension[i] == 44)
		craft_put16(p + 2, (uint32_t)r->fragment << 3 | (r->more_fragments ? 1 : 0));
	if (r->extension[i] != 51)
		return 8;
	p[1] = 1; /* AH counts 4 bytes, minus 2 */
	return 12;
}

static inline void craft_v6(struct crafted *c, const struct recipe *r)
{
	uint8_t *ip = c->bytes + c->len, protocol = r->protocol ? r->protocol : 6;

	ip[0] = 0x60;
	ip[6] = r->extensions ? r->extension[0] : protocol;
	ip[7] = 63;
	memcpy(ip + (r->reply ? 24 : 8), "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	memcpy(ip + (r->reply ? 8 : 24), "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	c->len += 40;
	c->extension = c->len;
	for (int i = 0; i < r->extensions; i++)
		c->len += craft_extension(c->bytes + c->len, r, i,
					  i + 1 < r->extensions ? r->extension[i + 1] : protocol);
}

static inline void craft_tcp(struct crafted *c, const struct recipe *r)
{
	uint8_t *tcp = c->bytes + c->len;
	int from = r->reply ? 1 : 0;

	craft_put16(tcp + 2 * from, r->port[0] ? r->port[0] : 40000);
	craft_put16(tcp + 2 - 2 * from, r->port[1] ? r->port[1] : 80);
	craft_put32(tcp + 4, r->seq);
	craft_put32(tcp + 8, r->ack);
	tcp[12] = (uint8_t)((20 + r->tcp_options) / 4 << 4);
	tcp[13] = r->flags || r->no_flags ? r->flags : TCP_FLAG_SYN_BIT;
	craft_put16(tcp + 14, 29200);
	memset(tcp + 20, 1, r->tcp_options);
	c->len += 20 + r->tcp_options;
}

static inline void craft(struct crafted *c, const struct recipe *r)
{
	memset(c, 0, sizeof(*c));
	craft_link(c, r);
	c->ip = c->len;
	if (r->v6)
		craft_v6(c, r);
	else
		craft_v4(c, r);
	c->tcp = c->len;
	craft_tcp(c, r);
	c->payload = c->len;
	c->len += r->payload;
	if (r->v6)
		craft_put16(c->bytes + c->ip + 4, c->len - c->ip - 40);
	else
		craft_put16(c->bytes + c->ip + 2, c->len - c->ip);
	c->len += r->padding;
}

/* An ICMP error about a segment: the router 10.9.9.9 or 2001:db8::9 quotes `quoted` bytes of r's packet. */
static inline void craft_icmp(struct crafted *c, const struct recipe *r, uint8_t type, uint8_t code, uint32_t quoted)
{
	struct recipe plain = *r,
		      outer = { .v6 = r->v6, .raw_ip = r->raw_ip, .reply = !r->reply, .protocol = r->v6 ? 58 : 1 };
	static struct crafted inner;
	uint8_t *icmp;

	plain.raw_ip = 1;
	craft(&inner, &plain);
	quoted = quoted < inner.len ? quoted : inner.len;
	memset(c, 0, sizeof(*c));
	craft_link(c, &outer);
	c->ip = c->len;
	if (r->v6)
		craft_v6(c, &outer);
	else
		craft_v4(c, &outer);
	memcpy(c->bytes + c->ip + (r->v6 ? 8 : 12),
	       r->v6 ? "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09" : "\x0a\x09\x09\x09", r->v6 ? 16 : 4);
	c->tcp = c->len; /* where the ICMP header begins */
	icmp = c->bytes + c->len;
	icmp[0] = type;
	icmp[1] = code;
	craft_put32(icmp + 4, 1400);
	memcpy(icmp + 8, inner.bytes, quoted);
	c->len += 8 + quoted;
	c->payload = c->tcp + 8;
	if (r->v6)
		craft_put16(c->bytes + c->ip + 4, c->len - c->ip - 40);
	else
		craft_put16(c->bytes + c->ip + 2, c->len - c->ip);
}

#endif
