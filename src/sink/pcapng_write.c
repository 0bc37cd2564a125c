// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Builds IP and TCP headers from recorded moments, with right checksums, and the pcapng blocks around them. */
#include "sink/pcapng_write.h"

#include <string.h>

#include "core/capture/pcapng.h"
#include "core/record/ending_sentence.h"
#include "core/record/field.h"
#include "lib/checksum.h"
#include "lib/human.h"

#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW	  101

#define OPTION_COMMENT	   1
#define OPTION_NAME	   2 /* of an interface */
#define OPTION_APPLICATION 4 /* of a section */
#define OPTION_RESOLUTION  9

#define IP_MAX 65535

static void put32(struct strbuf *out, uint32_t v)
{
	strbuf_add(out, (const char *)&v, sizeof(v));
}

static void put16(struct strbuf *out, uint16_t v)
{
	strbuf_add(out, (const char *)&v, sizeof(v));
}

static void put_padded(struct strbuf *out, const void *bytes, size_t len)
{
	strbuf_add(out, bytes, len);
	strbuf_add(out, "\0\0\0", -len & 3);
}

static void put_option(struct strbuf *out, uint16_t code, const void *value, size_t len)
{
	put16(out, code);
	put16(out, (uint16_t)len);
	put_padded(out, value, len);
}

/* Returns where the block begins. */
static size_t block_begin(struct strbuf *out, uint32_t type)
{
	size_t begin = out->len;

	put32(out, type);
	put32(out, 0);
	return begin;
}

static void block_end(struct strbuf *out, size_t begin)
{
	uint32_t size;

	put32(out, 0); /* the end of the options */
	size = (uint32_t)(out->len + 4 - begin);
	put32(out, size);
	if (!out->failed)
		memcpy(out->text + begin + 4, &size, sizeof(size));
}

static void add_interface(struct strbuf *out, uint16_t link, const char *name)
{
	static const uint8_t nanoseconds = 9;
	size_t block = block_begin(out, PCAPNG_INTERFACE);

	put16(out, link);
	put16(out, 0);
	put32(out, 0); /* no snap length: each packet says how much of it there is */
	put_option(out, OPTION_NAME, name, strlen(name));
	put_option(out, OPTION_RESOLUTION, &nanoseconds, 1);
	block_end(out, block);
}

void pcapng_write_begin(struct strbuf *out, const char *application)
{
	static const char comment[] =
		"The segments by which connections began and ended, one connection after the other: "
		"headers rebuilt, without options and payload.";
	size_t block = block_begin(out, PCAPNG_SECTION);

	put32(out, PCAPNG_BYTE_ORDER);
	put16(out, 1);
	put16(out, 0);
	put32(out, ~0U); /* its length is not known beforehand */
	put32(out, ~0U);
	put_option(out, OPTION_COMMENT, comment, strlen(comment));
	put_option(out, OPTION_APPLICATION, application, strlen(application));
	block_end(out, block);
	add_interface(out, LINKTYPE_RAW, "ip");
	add_interface(out, LINKTYPE_ETHERNET, "vlan");
}

/* ---- one packet ---- */

static uint8_t *be(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*p++ = (uint8_t)(v >> 8 * i);
	return p;
}

static uint8_t *add_tags(uint8_t *p, const struct conn *c, bool v4)
{
	if (!c->vlan[0])
		return p;
	memset(p, 0, 12);
	p += 12;
	for (int i = 0; i < 2 && c->vlan[i]; i++)
		p = be(be(p, i == 0 && c->vlan[1] ? 0x88a8 : 0x8100, 2), c->vlan[i] - 1U, 2);
	return be(p, v4 ? 0x0800 : 0x86dd, 2);
}

static uint8_t *add_ip(uint8_t *p, const struct endpoint *from, const struct endpoint *to, uint32_t tcp_len, bool v4)
{
	uint8_t *ip = p;
	uint16_t sum;

	if (!v4) {
		p = be(be(be(p, 0x60000000, 4), tcp_len > IP_MAX ? 0 : tcp_len, 2), 6 << 8 | 64, 2);
		memcpy(p, from->addr, 16);
		memcpy(p + 16, to->addr, 16);
		return p + 32;
	}
	/* A super-packet of segmentation offload is longer than the field can say. */
	p = be(be(p, 0x4500, 2), tcp_len + 20 > IP_MAX ? IP_MAX : tcp_len + 20, 2);
	p = be(p, 0x0000400040060000ULL, 8);
	memcpy(p, from->addr + 12, 4);
	memcpy(p + 4, to->addr + 12, 4);
	sum = ~checksum_fold(checksum_add(0, ip, 20));
	memcpy(ip + 10, &sum, 2);
	return p + 8;
}

/* A checksum that would cover a payload that is not there stays 0. */
static uint8_t *add_tcp(uint8_t *p, const struct endpoint *from, const struct endpoint *to, const struct moment *m)
{
	static const uint8_t pseudo[4] = { 0, 6, 0, 20 };
	uint8_t *tcp = p;
	uint16_t sum;

	p = be(be(p, from->port, 2), to->port, 2);
	p = be(be(p, m->seq, 4), m->tcp_flags & TCP_FLAG_ACK_BIT ? m->ack : 0, 4);
	p = be(p, 0x5000U | m->tcp_flags, 2);
	p = be(be(p, m->window, 2), 0, 4);
	if (m->payload_len)
		return p;
	/* The prefix of mapped addresses sums up to nothing. */
	sum = ~checksum_fold(checksum_add(
		checksum_add(checksum_add(checksum_add(0, pseudo, 4), from->addr, 16), to->addr, 16), tcp, 20));
	memcpy(tcp + 16, &sum, 2);
	return p;
}

void pcapng_write_segment(struct strbuf *out, const struct conn *c, const struct moment *m, const char *comment)
{
	uint64_t wall_ns = m->ts_ns + (uint64_t)c->wall_offset_ns;
	const struct endpoint *from = &c->flow.end[m->side], *to = &c->flow.end[other_side(m->side)];
	bool v4 = endpoint_is_ipv4(from) && endpoint_is_ipv4(to);
	uint8_t packet[14 + 8 + 40 + 20], *p = packet;
	size_t comment_len = strnlen(comment, IP_MAX), block = block_begin(out, PCAPNG_PACKET);
	uint32_t cap;

	p = add_tags(p, c, v4);
	p = add_ip(p, from, to, 20 + m->payload_len, v4);
	p = add_tcp(p, from, to, m);
	cap = (uint32_t)(p - packet);
	put32(out, c->vlan[0] ? 1 : 0);
	put32(out, (uint32_t)(wall_ns >> 32));
	put32(out, (uint32_t)wall_ns);
	put32(out, cap);
	put32(out, cap + m->payload_len);
	put_padded(out, packet, cap);
	put_option(out, OPTION_COMMENT, comment, comment_len);
	block_end(out, block);
}

static void put_comment(struct strbuf *out, const struct conn *c)
{
	struct value id;

	if (field_get(field_find("id"), c, &id))
		strbuf_printf(out, "%s: ", id.text);
	ending_sentence(c, HUMAN_UTF8, out);
	if (c->moments.dropped)
		strbuf_printf(out, " (%u step%s left out)", c->moments.dropped, human_s(c->moments.dropped));
}

void pcapng_write_connection(struct strbuf *out, const struct conn *c)
{
	struct strbuf comment = { 0 };

	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (m->kind != EVENT_SEGMENT)
			continue;
		if (!comment.len)
			put_comment(&comment, c);
		pcapng_write_segment(out, c, m, strbuf_text(&comment));
	}
	strbuf_free(&comment);
}
