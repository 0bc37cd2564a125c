// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* pcapng as we write it, read again; other byte order, resolutions, and blocks that are damaged. */
#include "core/capture/pcapng.h"

#include "core/capture/dissect.h"
#include "sink/pcapng_write.h"
#include "test.h"

/* Reads all blocks; the last packet in *out. Returns how many packets, or a negative error. */
static int read_all(struct pcapng *p, const uint8_t *at, size_t len, struct pcapng_packet *out)
{
	const char *why;
	int packets = 0;

	while (len) {
		uint32_t size = len < PCAPNG_SECTION_PEEK ? 0 : pcapng_block_size(p, at);
		int got = size && size <= len ? pcapng_block(p, at, size, out, &why) : -1;

		if (got < 0)
			return got;
		packets += got;
		at += size;
		len -= size;
	}
	return packets;
}

static const struct moment syn = {
	.ts_ns = 5, .kind = EVENT_SEGMENT, .seq = 7, .tcp_flags = TCP_FLAG_SYN_BIT, .window = 9
};

static void make(struct strbuf *s, struct conn *c, const struct moment *m)
{
	endpoint_parse("10.0.0.1:1000", &c->flow.end[CLIENT]);
	endpoint_parse("10.0.0.2:2000", &c->flow.end[SERVER]);
	c->wall_offset_ns = 1000000000;
	pcapng_write_begin(s, "test");
	pcapng_write_segment(s, c, m, "a comment");
}

CASE(what_is_written_is_read)
{
	struct strbuf s = { 0 };
	struct conn c = { 0 };
	struct pcapng p = { 0 };
	struct pcapng_packet packet;
	struct dissect_packet segment;
	static const struct dissect_options strict = { 0 };

	make(&s, &c, &syn);
	CHECK_EQ_INT(read_all(&p, (const uint8_t *)s.text, s.len, &packet), 1);
	CHECK_EQ_INT(packet.wall_ns, 1000000005);
	CHECK_EQ_INT(packet.link, 101);
	CHECK_EQ_INT(dissect_packet_headers(packet.link, packet.bytes, packet.cap, packet.len, &strict, &segment),
		     DISSECT_TCP);
	CHECK_EQ_INT(segment.flags, 0);
	CHECK_EQ_INT(segment.seq, 7);
	CHECK_EQ_INT(segment.tuple.port[0], 1000);
	pcapng_free(&p);
	strbuf_free(&s);
}

CASE(tags_and_payloads)
{
	struct strbuf s = { 0 };
	struct conn c = { .vlan = { 101, 201 } };
	struct moment m = syn;
	struct pcapng p = { 0 };
	struct pcapng_packet packet;
	struct dissect_packet segment;
	static const struct dissect_options strict = { 0 };

	m.side = SERVER;
	m.payload_len = 100;
	make(&s, &c, &m);
	CHECK_EQ_INT(read_all(&p, (const uint8_t *)s.text, s.len, &packet), 1);
	CHECK_EQ_INT(dissect_packet_headers(packet.link, packet.bytes, packet.cap, packet.len, &strict, &segment),
		     DISSECT_TCP);
	CHECK_EQ_INT(segment.flags, SEGMENT_TRUNCATED);
	CHECK_EQ_INT(segment.payload_len, 100);
	CHECK_EQ_INT(segment.vlan[0], 101);
	CHECK_EQ_INT(segment.vlan[1], 201);
	CHECK_EQ_INT(segment.tuple.port[0], 2000);
	pcapng_free(&p);
	strbuf_free(&s);
}

CASE(no_length_is_believed)
{
	struct strbuf s = { 0 };
	struct conn c = { 0 };
	struct pcapng_packet packet;

	make(&s, &c, &syn);
	for (size_t at = 0; at < s.len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			struct pcapng p = { 0 };
			int got;

			s.text[at] ^= (char)(1 << bit);
			got = read_all(&p, (const uint8_t *)s.text, s.len, &packet);
			s.text[at] ^= (char)(1 << bit);
			CHECK(got <= 3); /* a changed type may make packets of other blocks */
			if (got > 0)
				CHECK(packet.bytes >= (const uint8_t *)s.text &&
				      packet.bytes + packet.cap <= (const uint8_t *)s.text + s.len);
			pcapng_free(&p);
		}
	}
	strbuf_free(&s);
}

/* Section and interface in the other byte order, with these options; then a packet of 4 bytes with this time. */
static uint64_t time_of(uint8_t resolution, uint8_t offset, uint32_t high, uint32_t low)
{
	uint8_t block[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0, 28, 0x1a, 0x2b,	 0x3c, 0x4d, 0,		 1, 0, 0, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0,  0,	 28,	 0,    0,    0,		 1, 0, 0, 0,	44,
		0,    101,  0,	  0,	0,    0,    0, 0,  0,	 9,	 0,    1,    resolution, 0, 0, 0, 0,	14,
		0,    8,    0,	  0,	0,    0,    0, 0,  0,	 offset, 0,    0,    0,		 0, 0, 0, 0,	44,
		0,    0,    0,	  6,	0,    0,    0, 36, 0,	 0,	 0,    0,    0,		 0, 0, 0, 0,	0,
		0,    0,    0,	  0,	0,    4,    0, 0,  0,	 4,	 1,    2,    3,		 4, 0, 0, 0,	36,
	};
	uint8_t *packet_time = block + 28 + 44 + 12;
	struct pcapng p = { 0 };
	struct pcapng_packet packet = { 0 };

	for (int i = 0; i < 4; i++) {
		packet_time[i] = (uint8_t)(high >> (24 - 8 * i));
		packet_time[4 + i] = (uint8_t)(low >> (24 - 8 * i));
	}
	CHECK_EQ_INT(read_all(&p, block, sizeof(block), &packet), 1);
	CHECK_EQ_INT(packet.cap, 4);
	pcapng_free(&p);
	return packet.wall_ns;
}

CASE(times)
{
	CHECK_EQ_INT(time_of(6, 0, 0, 1500000), 1500000000);
	CHECK_EQ_INT(time_of(9, 0, 1, 0), 1LL << 32);
	CHECK_EQ_INT(time_of(0, 0, 0, 3), 3000000000);
	CHECK_EQ_INT(time_of(0x81, 0, 0, 3), 1500000000);
	CHECK_EQ_INT(time_of(6, 10, 0, 0), 10000000000);
	CHECK_EQ_INT(time_of(127, 0, 0xffffffff, 0xffffffff), 0);
	CHECK_EQ_INT(time_of(0, 0, 0xffffffff, 0xffffffff), 0); /* more than 64 bits of ns */
}
