// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* packet_icmp.h in user space: what an ICMP error quotes, what is none, and that it never reads behind the end. */
#include "../bpf/craft.h"
#include "test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct crafted packet;
static struct packet_icmp info;

static int parse_len(uint32_t available, uint32_t whole, enum packet_link link)
{
	static uint8_t *guard;
	long page = sysconf(_SC_PAGESIZE);

	if (!guard) {
		guard = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (guard == MAP_FAILED || mprotect(guard + page, (size_t)page, PROT_NONE))
			abort();
	}
	memcpy(guard + page - available, packet.bytes, available);
	memset(&info, 0, sizeof(info));
	return packet_parse_icmp(guard + page - available, guard + page, whole, link, &info);
}

static int parse(void)
{
	return parse_len(packet.len, packet.len, PACKET_ETHERNET);
}

static uint8_t unreachable(int v6)
{
	return v6 ? 1 : 3;
}

CASE(an_error_about_a_segment)
{
	for (int v6 = 0; v6 < 2; v6++) {
		craft_icmp(&packet, &(struct recipe) { .v6 = v6, .seq = 77, .payload = 9 }, unreachable(v6), 4, 200);
		CHECK_EQ_INT(parse(), PACKET_OK);
		CHECK_EQ_INT(info.version, v6 ? 6 : 4);
		CHECK_EQ_INT(info.type, unreachable(v6));
		CHECK_EQ_INT(info.code, 4);
		CHECK_EQ_INT(info.quoted.seq, 77);
		CHECK_EQ_INT(info.quoted.tuple.port[0], 40000);
		CHECK_EQ_INT(info.quoted.tuple.port[1], 80);
		CHECK_EQ_INT(info.from[15], 9);
		CHECK_EQ_INT(info.quoted.tuple.addr[0][15], v6 ? 1 : 3);
		CHECK_EQ_INT(info.quoted.tuple.addr[1][15], v6 ? 2 : 4);
		CHECK_EQ_INT(info.mtu, v6 ? 0 : 1400);
	}
	craft_icmp(&packet, &(struct recipe) { .v6 = 1, .seq = 77 }, 2, 0, 200);
	CHECK_EQ_INT(parse(), PACKET_OK);
	CHECK_EQ_INT(info.mtu, 1400);
	craft_icmp(&packet, &(struct recipe) { .raw_ip = 1, .seq = 78 }, 11, 0, 200);
	CHECK_EQ_INT(parse_len(packet.len, packet.len, PACKET_RAW_IP), PACKET_OK);
	CHECK_EQ_INT(info.quoted.seq, 78);
}

/* RFC 792: the header and 8 bytes. */
CASE(quoted_at_every_length)
{
	for (int v6 = 0; v6 < 2; v6++) {
		uint32_t header = v6 ? 40 : 20;

		for (uint32_t quoted = 0; quoted < header + 20; quoted++) {
			craft_icmp(&packet, &(struct recipe) { .v6 = v6, .seq = 5 }, unreachable(v6), 3, quoted);
			CHECK_EQ_INT(parse() == PACKET_OK, quoted >= header + 8);
		}
	}
}

CASE(truncated_at_every_length)
{
	for (int v6 = 0; v6 < 2; v6++) {
		uint32_t needed;

		craft_icmp(&packet, &(struct recipe) { .v6 = v6, .seq = 5 }, unreachable(v6), 3, 200);
		needed = packet.payload + (v6 ? 40 : 20) + 8;
		for (uint32_t len = 0; len <= packet.len; len++)
			CHECK_EQ_INT(parse_len(len, packet.len, PACKET_ETHERNET),
				     len < needed ? PACKET_TRUNCATED : PACKET_OK);
	}
}

CASE(what_is_no_error_about_a_segment)
{
	static const uint8_t types[] = { 0, 5, 8, 9, 128, 255 };

	for (size_t i = 0; i < sizeof(types); i++) {
		for (int v6 = 0; v6 < 2; v6++) {
			craft_icmp(&packet, &(struct recipe) { .v6 = v6 }, types[i], 0, 200);
			CHECK_EQ_INT(parse(), PACKET_NOT_TCP);
		}
	}
	craft_icmp(&packet, &(struct recipe) { .protocol = 17 }, 3, 3, 200);
	CHECK_EQ_INT(parse(), PACKET_NOT_TCP);
	craft_icmp(&packet, &(struct recipe) { .fragment = 100 }, 3, 3, 200);
	CHECK_EQ_INT(parse(), PACKET_LATER_FRAGMENT);
	craft(&packet, &(struct recipe) { .seq = 1 }); /* a segment itself */
	CHECK_EQ_INT(parse(), PACKET_NOT_TCP);
	craft_icmp(&packet, &(struct recipe) { .seq = 1 }, 3, 3, 200);
	packet.bytes[packet.payload] = 0x44; /* 16 bytes of header */
	CHECK_EQ_INT(parse(), PACKET_MALFORMED);
}

CASE(options_and_extensions_before_the_quoted_segment)
{
	craft_icmp(&packet, &(struct recipe) { .ip_options = 40, .seq = 6 }, 3, 3, 68);
	CHECK_EQ_INT(parse(), PACKET_OK);
	CHECK_EQ_INT(info.quoted.seq, 6);
	craft_icmp(&packet, &(struct recipe) { .v6 = 1, .extensions = 2, .extension = { 0, 60 }, .seq = 7 }, 1, 4, 200);
	CHECK_EQ_INT(parse(), PACKET_OK);
	CHECK_EQ_INT(info.quoted.seq, 7);
}
