// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* IP and TCP headers made and read by hand (RFC 791, RFC 8200, RFC 9293 3.1, RFC 792, RFC 4443). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "peer.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER  20

static void put16(uint8_t *p, uint16_t n)
{
	p[0] = (uint8_t)(n >> 8), p[1] = (uint8_t)n;
}

static void put32(uint8_t *p, uint32_t n)
{
	put16(p, (uint16_t)(n >> 16)), put16(p + 2, (uint16_t)n);
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint32_t sum(const uint8_t *p, size_t length)
{
	uint32_t total = 0;

	for (size_t i = 0; i + 1 < length; i += 2)
		total += get16(p + i);
	return length % 2 ? total + (uint32_t)(p[length - 1] << 8) : total;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

/* Where the IP header ends; its checksum is set, addresses stand in it. */
static size_t ip_header(uint8_t *out, const union address *from, const union address *to, uint8_t protocol,
			size_t length)
{
	if (from->sa.sa_family == AF_INET) {
		memset(out, 0, IPV4_HEADER);
		out[0] = 0x45, out[8] = 64, out[9] = protocol;
		put16(out + 2, (uint16_t)(IPV4_HEADER + length));
		memcpy(out + 12, &from->v4.sin_addr, 4);
		memcpy(out + 16, &to->v4.sin_addr, 4);
		put16(out + 10, fold(sum(out, IPV4_HEADER)));
		return IPV4_HEADER;
	}
	memset(out, 0, IPV6_HEADER);
	out[0] = 0x60, out[6] = protocol, out[7] = 64;
	put16(out + 4, (uint16_t)length);
	memcpy(out + 8, &from->v6.sin6_addr, 16);
	memcpy(out + 24, &to->v6.sin6_addr, 16);
	return IPV6_HEADER;
}

/* Over addresses, length and protocol as well; the field itself must be 0. */
static uint16_t checksum(const uint8_t *ip, size_t header, uint8_t protocol, size_t length)
{
	uint32_t total = protocol + (uint32_t)length + sum(ip + header, length);

	return fold(total + (header == IPV4_HEADER ? sum(ip + 12, 8) : sum(ip + 8, 32)));
}

/* Returns the length of the TCP header. */
static size_t tcp_options(uint8_t *tcp, const struct segment *s)
{
	size_t at = TCP_HEADER;

	if (s->flags & FLAG_SYN) {
		tcp[at] = 2, tcp[at + 1] = 4; /* maximum segment size */
		put16(tcp + at + 2, 1400);
		at += 4;
	}
	if (s->timestamp) {
		tcp[at] = tcp[at + 1] = 1; /* padding */
		tcp[at + 2] = 8, tcp[at + 3] = 10;
		put32(tcp + at + 4, s->timestamp);
		put32(tcp + at + 8, me.peer_timestamp);
		at += 12;
	}
	return at;
}

size_t packet_build(uint8_t *out, const union address *from, const union address *to, const struct segment *s)
{
	size_t header = from->sa.sa_family == AF_INET ? IPV4_HEADER : IPV6_HEADER, length;
	uint8_t *tcp = out + header;

	memset(tcp, 0, TCP_HEADER);
	put16(tcp, s->sport);
	put16(tcp + 2, s->dport);
	put32(tcp + 4, s->seq);
	put32(tcp + 8, s->flags & FLAG_ACK ? s->ack : 0);
	length = tcp_options(tcp, s);
	tcp[12] = (uint8_t)(length / 4 << 4);
	tcp[13] = s->flags;
	put16(tcp + 14, s->window);
	if (s->flags & FLAG_URG)
		put16(tcp + 18, 1);
	memset(tcp + length, 'p', s->payload_len);
	length += s->payload_len;
	ip_header(out, from, to, IPPROTO_TCP, length);
	put16(tcp + 16, checksum(out, header, IPPROTO_TCP, length));
	if (s->bad_checksum)
		tcp[16] ^= 0x5a;
	return header + length;
}

size_t packet_build_unreachable(uint8_t *out, const union address *from, const union address *to,
				const struct segment *about, int code)
{
	bool v4 = from->sa.sa_family == AF_INET;
	size_t header = v4 ? IPV4_HEADER : IPV6_HEADER, length;
	uint8_t *icmp = out + header;

	memset(icmp, 0, 8);
	icmp[0] = v4 ? 3 : 1, icmp[1] = (uint8_t)code;
	/* What it is about was sent the other way. */
	length = 8 + packet_build(icmp + 8, to, from, about);
	ip_header(out, from, to, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, length);
	put16(icmp + 2, v4 ? fold(sum(icmp, length)) : checksum(out, header, IPPROTO_ICMPV6, length));
	return header + length;
}

static void parse_options(const uint8_t *at, const uint8_t *end, struct segment *out)
{
	while (at < end && *at) {
		if (*at == 1) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at)
			return;
		if (at[0] == 8 && at[1] == 10)
			out->timestamp = get32(at + 2);
		at += at[1];
	}
}

bool packet_parse(const uint8_t *packet, size_t length, struct segment *out)
{
	bool v4 = length >= IPV4_HEADER && packet[0] >> 4 == 4;
	size_t header = v4 ? (packet[0] & 15) * 4U : IPV6_HEADER, data;
	const uint8_t *tcp = packet + header;

	if (length < header + TCP_HEADER || packet[v4 ? 9 : 6] != IPPROTO_TCP)
		return false;
	data = (tcp[12] >> 4) * 4U;
	if (length < header + data)
		return false;
	*out = (struct segment) { .sport = get16(tcp),
				  .dport = get16(tcp + 2),
				  .seq = get32(tcp + 4),
				  .ack = get32(tcp + 8),
				  .flags = tcp[13],
				  .window = get16(tcp + 14),
				  .payload_len = length - header - data };
	parse_options(tcp + TCP_HEADER, tcp + data, out);
	return true;
}

int packet_player(const uint8_t *packet, size_t length)
{
	if (length >= IPV4_HEADER && packet[0] >> 4 == 4)
		return packet[19];
	return length >= IPV6_HEADER && packet[24] != 0xff ? packet[39] : -1;
}
