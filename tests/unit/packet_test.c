// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* packet.h in user space: fields, refusals, and that it never reads behind the end. */
#include "../bpf/craft.h"
#include "test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct crafted packet;
static struct packet_info info;

static int parse_at_hand(uint32_t at_hand, uint32_t whole, enum packet_link link)
{
	memset(&info, 0, sizeof(info));
	return packet_parse(packet.bytes, packet.bytes + at_hand, whole, link, &info);
}

static int parse(void)
{
	return parse_at_hand(packet.len, packet.len, PACKET_ETHERNET);
}

#define MAKE(...) craft(&packet, &(struct recipe) { __VA_ARGS__ })
#define PARSES(...)                                                                                                    \
	do {                                                                                                           \
		MAKE(__VA_ARGS__);                                                                                     \
		CHECK_EQ_INT(parse(), PACKET_OK);                                                                      \
	} while (0)
#define REFUSED(why, ...)                                                                                              \
	do {                                                                                                           \
		MAKE(__VA_ARGS__);                                                                                     \
		CHECK_EQ_INT(parse(), why);                                                                            \
	} while (0)

static void check_ports_and_numbers(void)
{
	CHECK_EQ_INT(info.tuple.port[0], 40000);
	CHECK_EQ_INT(info.tuple.port[1], 80);
	CHECK_EQ_INT(info.seq, 0x81828384u);
	CHECK_EQ_INT(info.ack, 0x91929394u);
	CHECK_EQ_INT(info.window, 29200);
}

CASE(ipv4_fields)
{
	PARSES(.seq = 0x81828384, .ack = 0x91929394, .payload = 100, .flags = TCP_FLAG_ACK_BIT | TCP_FLAG_PSH_BIT);
	check_ports_and_numbers();
	CHECK(!memcmp(info.tuple.addr[0], "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03", 16));
	CHECK(!memcmp(info.tuple.addr[1], "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x04", 16));
	CHECK_EQ_INT(info.tcp_flags, TCP_FLAG_ACK_BIT | TCP_FLAG_PSH_BIT);
	CHECK_EQ_INT(info.payload_len, 100);
	CHECK_EQ_INT(info.ttl, 64);
	CHECK_EQ_INT(info.vlan[0], 0);
	CHECK_EQ_INT(info.flags, 0);
}

CASE(ipv6_fields)
{
	PARSES(.v6 = 1, .seq = 0x81828384, .ack = 0x91929394, .payload = 7);
	check_ports_and_numbers();
	CHECK(!memcmp(info.tuple.addr[0], "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16));
	CHECK(!memcmp(info.tuple.addr[1], "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16));
	CHECK_EQ_INT(info.payload_len, 7);
	CHECK_EQ_INT(info.ttl, 63);
}

CASE(raw_ip)
{
	for (int v6 = 0; v6 < 2; v6++) {
		MAKE(.raw_ip = 1, .v6 = v6, .payload = 3);
		CHECK_EQ_INT(parse_at_hand(packet.len, packet.len, PACKET_RAW_IP), PACKET_OK);
		CHECK_EQ_INT(info.tuple.port[1], 80);
		CHECK_EQ_INT(info.payload_len, 3);
	}
	packet.bytes[0] = 0x50;
	CHECK_EQ_INT(parse_at_hand(packet.len, packet.len, PACKET_RAW_IP), PACKET_NOT_IP);
	CHECK_EQ_INT(parse_at_hand(0, 0, PACKET_RAW_IP), PACKET_TRUNCATED);
}

CASE(vlan_tags)
{
	PARSES(.vlans = 1, .vlan = { 0 }); /* id 0 is a priority tag, and not "untagged" */
	CHECK_EQ_INT(info.vlan[0], 1);
	CHECK_EQ_INT(info.vlan[1], 0);
	PARSES(.vlans = 2, .vlan = { 4094, 7 }, .vlan_type = { 0x88a8, 0x8100 });
	CHECK_EQ_INT(info.vlan[0], 4095);
	CHECK_EQ_INT(info.vlan[1], 8);
	PARSES(.vlans = 2, .vlan = { 100, 200 }, .vlan_type = { 0x9100, 0x8100 }, .v6 = 1);
	CHECK_EQ_INT(info.vlan[0], 101);
	CHECK_EQ_INT(info.vlan[1], 201);
	REFUSED(PACKET_NOT_IP, .vlans = 3);
}

CASE(vlan_tag_that_hardware_took_off)
{
	MAKE(.vlans = 1, .vlan = { 7 });
	memset(&info, 0, sizeof(info));
	info.vlan[0] = packet_vlan(0xe000 | 100);
	CHECK_EQ_INT(packet_parse(packet.bytes, packet.bytes + packet.len, packet.len, PACKET_ETHERNET, &info),
		     PACKET_OK);
	CHECK_EQ_INT(info.vlan[0], 101);
	CHECK_EQ_INT(info.vlan[1], 8);
}

CASE(options_are_no_payload)
{
	for (unsigned int ip = 0; ip <= 40; ip += 4) {
		for (unsigned int tcp = 0; tcp <= 40; tcp += 4) {
			PARSES(.ip_options = ip, .tcp_options = tcp, .payload = 9, .seq = 5);
			CHECK_EQ_INT(info.payload_len, 9);
			CHECK_EQ_INT(info.seq, 5);
		}
	}
}

CASE(padding_is_no_payload)
{
	PARSES(.padding = 6);
	CHECK_EQ_INT(info.payload_len, 0);
	PARSES(.padding = 6, .v6 = 1, .payload = 1);
	CHECK_EQ_INT(info.payload_len, 1);
}

/* BIG TCP: longer than an IP length field can say. */
CASE(length_0_means_all_there_is)
{
	MAKE(.payload = 10);
	craft_put16(packet.bytes + packet.ip + 2, 0);
	CHECK_EQ_INT(parse_at_hand(packet.len, 14 + 40 + 180000, PACKET_ETHERNET), PACKET_OK);
	CHECK_EQ_INT(info.payload_len, 180000);
	MAKE(.v6 = 1, .payload = 10);
	craft_put16(packet.bytes + packet.ip + 4, 0);
	CHECK_EQ_INT(parse_at_hand(packet.len, 14 + 60 + 180000, PACKET_ETHERNET), PACKET_OK);
	CHECK_EQ_INT(info.payload_len, 180000);
}

CASE(payload_behind_the_end_counts)
{
	for (int v6 = 0; v6 < 2; v6++) {
		MAKE(.payload = 5000, .v6 = v6);
		CHECK_EQ_INT(parse_at_hand(packet.payload, packet.len, PACKET_ETHERNET), PACKET_OK);
		CHECK_EQ_INT(info.payload_len, 5000);
	}
}

CASE(fragments)
{
	PARSES(.more_fragments = 1, .payload = 8);
	CHECK_EQ_INT(info.flags, SEGMENT_FRAGMENT);
	CHECK_EQ_INT(info.payload_len, 8);
	REFUSED(PACKET_LATER_FRAGMENT, .fragment = 1, .more_fragments = 1);
	REFUSED(PACKET_LATER_FRAGMENT, .fragment = 0x1fff);
	REFUSED(PACKET_LATER_FRAGMENT, .fragment = 0x1000);
	PARSES(.v6 = 1, .extensions = 1, .extension = { 44 }, .more_fragments = 1);
	CHECK_EQ_INT(info.flags, SEGMENT_FRAGMENT);
	REFUSED(PACKET_LATER_FRAGMENT, .v6 = 1, .extensions = 1, .extension = { 44 }, .fragment = 1);
	PARSES(.v6 = 1, .extensions = 1, .extension = { 44 }); /* an atomic fragment, RFC 6946: all of it */
	CHECK_EQ_INT(info.flags, 0);
}

CASE(extension_headers)
{
	static const uint8_t kinds[] = { 0, 43, 44, 51, 60 };

	for (size_t i = 0; i < sizeof(kinds); i++) {
		PARSES(.v6 = 1, .extensions = 1, .extension = { kinds[i] }, .payload = 4);
		CHECK_EQ_INT(info.payload_len, 4);
		CHECK_EQ_INT(info.tuple.port[0], 40000);
	}
	PARSES(.v6 = 1, .extensions = 6, .extension = { 0, 60, 43, 44, 51, 60 }, .payload = 4, .seq = 3);
	CHECK_EQ_INT(info.payload_len, 4);
	CHECK_EQ_INT(info.seq, 3);
	PARSES(.v6 = 1, .extensions = 8, .extension = { 60, 60, 60, 60, 60, 60, 60, 60 });
	REFUSED(PACKET_MALFORMED, .v6 = 1, .extensions = 9, .extension = { 60, 60, 60, 60, 60, 60, 60, 60, 60 });
}

CASE(a_long_extension_header)
{
	MAKE(.v6 = 1, .extensions = 1, .extension = { 60 }, .payload = 100);
	packet.bytes[packet.extension + 1] = 2; /* goes on over the TCP header and into the payload */
	packet.bytes[packet.extension + 24 + 12] = 0x50;
	CHECK_EQ_INT(parse(), PACKET_OK);
	CHECK_EQ_INT(info.payload_len, 84);
	packet.bytes[packet.extension + 1] = 255;
	CHECK_EQ_INT(parse(), PACKET_MALFORMED);
}

CASE(what_is_not_tcp)
{
	static const uint8_t others[] = { 4, 17, 41, 50, 59, 132 };

	for (size_t i = 0; i < sizeof(others); i++) {
		REFUSED(PACKET_NOT_TCP, .v6 = 1, .protocol = others[i]);
		REFUSED(PACKET_NOT_TCP, .protocol = others[i]);
	}
	REFUSED(PACKET_ICMP, .protocol = 1);
	REFUSED(PACKET_NOT_TCP, .protocol = 58);
	REFUSED(PACKET_ICMP, .v6 = 1, .protocol = 58);
	REFUSED(PACKET_NOT_TCP, .v6 = 1, .protocol = 1);
	MAKE(.payload = 0);
	craft_put16(packet.bytes + 12, 0x0806);
	CHECK_EQ_INT(parse(), PACKET_NOT_IP);
	MAKE(.v6 = 1);
	craft_put16(packet.bytes + 12, 0x0800);
	CHECK_EQ_INT(parse(), PACKET_NOT_IP);
	MAKE(.payload = 30);
	craft_put16(packet.bytes + 12, 0x86dd);
	CHECK_EQ_INT(parse(), PACKET_NOT_IP);
}

CASE(lying_ipv4_lengths)
{
	for (unsigned int ihl = 0; ihl < 5; ihl++) {
		MAKE(.payload = 60);
		packet.bytes[packet.ip] = (uint8_t)(0x40 | ihl);
		CHECK_EQ_INT(parse(), PACKET_MALFORMED);
	}
	MAKE(.payload = 0);
	packet.bytes[packet.ip] = 0x4f; /* 60 bytes of header in a packet of 40 */
	CHECK_EQ_INT(parse(), PACKET_MALFORMED);
	for (uint32_t total = 1; total < 20; total++) {
		MAKE(.payload = 60);
		craft_put16(packet.bytes + packet.ip + 2, total);
		CHECK_EQ_INT(parse(), PACKET_MALFORMED);
	}
	craft_put16(packet.bytes + packet.ip + 2, 20 + 19); /* no room for a TCP header */
	CHECK_EQ_INT(parse(), PACKET_MALFORMED);
	craft_put16(packet.bytes + packet.ip + 2, packet.len - packet.ip + 1);
	CHECK_EQ_INT(parse(), PACKET_MALFORMED);
}

CASE(lying_ipv6_lengths)
{
	MAKE(.v6 = 1, .payload = 60);
	craft_put16(packet.bytes + packet.ip + 4, packet.len - packet.ip - 40 + 1);
	CHECK_EQ_INT(parse(), PACKET_MALFORMED);
	for (uint32_t payload = 1; payload < 20; payload++) {
		craft_put16(packet.bytes + packet.ip + 4, payload);
		CHECK_EQ_INT(parse(), PACKET_MALFORMED);
	}
	MAKE(.v6 = 1, .extensions = 1, .extension = { 0 }, .payload = 60);
	craft_put16(packet.bytes + packet.ip + 4, 7); /* shorter than the extension header */
	CHECK_EQ_INT(parse(), PACKET_MALFORMED);
}

CASE(lying_tcp_offset)
{
	for (int v6 = 0; v6 < 2; v6++) {
		for (unsigned int words = 0; words < 5; words++) {
			MAKE(.v6 = v6, .payload = 60);
			packet.bytes[packet.tcp + 12] = (uint8_t)(words << 4);
			CHECK_EQ_INT(parse(), PACKET_MALFORMED);
		}
		MAKE(.v6 = v6, .payload = 39);
		packet.bytes[packet.tcp + 12] = 0xf0;
		CHECK_EQ_INT(parse(), PACKET_MALFORMED);
		MAKE(.v6 = v6, .payload = 40);
		packet.bytes[packet.tcp + 12] = 0xf0;
		CHECK_EQ_INT(parse(), PACKET_OK);
		CHECK_EQ_INT(info.payload_len, 0);
	}
}

CASE(folds_are_the_same_both_ways)
{
	for (int v6 = 0; v6 < 2; v6++) {
		__u32 fold[2];

		PARSES(.v6 = v6);
		memcpy(fold, info.fold, sizeof(fold));
		PARSES(.v6 = v6, .reply = 1);
		CHECK(fold[0] == info.fold[1] && fold[1] == info.fold[0] && fold[0] != fold[1]);
	}
}

/* ---- never behind the end: the packet ends where a page begins that nobody may read */

static uint8_t *guard;
static long page;

static void make_guard(void)
{
	if (guard)
		return;
	page = sysconf(_SC_PAGESIZE);
	guard = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guard == MAP_FAILED || mprotect(guard + page, (size_t)page, PROT_NONE))
		abort();
}

static int parse_guarded(uint32_t at_hand, uint32_t whole, enum packet_link link)
{
	uint8_t *at = guard + page - at_hand;

	memcpy(at, packet.bytes, at_hand);
	memset(&info, 0, sizeof(info));
	return packet_parse(at, at + at_hand, whole, link, &info);
}

static const struct recipe shapes[] = {
	{ .payload = 20 },
	{ .v6 = 1, .payload = 20 },
	{ .raw_ip = 1, .payload = 20 },
	{ .raw_ip = 1, .v6 = 1, .payload = 20 },
	{ .vlans = 1, .vlan = { 5 }, .payload = 20 },
	{ .vlans = 2, .vlan = { 5, 6 }, .vlan_type = { 0x88a8 }, .v6 = 1, .payload = 20 },
	{ .ip_options = 40, .tcp_options = 40, .payload = 20 },
	{ .v6 = 1, .extensions = 6, .extension = { 0, 60, 43, 44, 51, 60 }, .tcp_options = 12, .payload = 20 },
	{ .more_fragments = 1, .payload = 24 },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static enum packet_link link_of(const struct recipe *r)
{
	return r->raw_ip ? PACKET_RAW_IP : PACKET_ETHERNET;
}

static int is_plain(const struct recipe *r)
{
	struct packet_info plain = { 0 };

	craft(&packet, r);
	return packet_plain(packet.bytes, packet.bytes + packet.len, packet.len, link_of(r), &plain);
}

#define IS_PLAIN(...) is_plain(&(struct recipe) { __VA_ARGS__ })

CASE(plain_is_what_is_usual)
{
	for (int raw_ip = 0; raw_ip < 2; raw_ip++) {
		CHECK(IS_PLAIN(.raw_ip = raw_ip));
		CHECK(IS_PLAIN(.raw_ip = raw_ip, .v6 = 1));
		CHECK(IS_PLAIN(.raw_ip = raw_ip, .tcp_options = 40, .payload = 1000));
		CHECK(IS_PLAIN(.raw_ip = raw_ip, .v6 = 1, .tcp_options = 12, .padding = 6));
		CHECK(!IS_PLAIN(.raw_ip = raw_ip, .ip_options = 4));
		CHECK(!IS_PLAIN(.raw_ip = raw_ip, .more_fragments = 1, .payload = 8));
		CHECK(!IS_PLAIN(.raw_ip = raw_ip, .v6 = 1, .extensions = 1, .extension = { PACKET_PROTO_DSTOPTS }));
		CHECK(!IS_PLAIN(.raw_ip = raw_ip, .protocol = 17));
	}
	CHECK(!IS_PLAIN(.vlans = 1, .vlan = { 5 }));
}

/* TCP's options are not read: what is needed ends 20 bytes after its header begins. */
CASE(truncated_at_every_length)
{
	make_guard();
	for (size_t i = 0; i < SHAPES; i++) {
		craft(&packet, &shapes[i]);
		for (uint32_t at_hand = 0; at_hand <= packet.len; at_hand++) {
			CHECK_EQ_INT(parse_guarded(at_hand, packet.len, link_of(&shapes[i])),
				     at_hand < packet.tcp + 20 ? PACKET_TRUNCATED : PACKET_OK);
			if (at_hand < packet.len) /* and so it was sent: the IP length promises too much */
				CHECK(parse_guarded(at_hand, at_hand, link_of(&shapes[i])) != PACKET_OK);
		}
	}
}

static void try_every_value(const struct recipe *r, uint32_t at)
{
	for (unsigned int value = 0; value < 256; value++) {
		packet.bytes[at] = (uint8_t)value;
		if (parse_guarded(packet.len, packet.len, link_of(r)) == PACKET_OK)
			CHECK(info.payload_len <= packet.len - 40);
		parse_guarded(packet.payload, packet.len, link_of(r));
		parse_guarded(packet.tcp + 20, packet.len, link_of(r));
	}
}

CASE(every_value_of_every_header_byte)
{
	make_guard();
	for (size_t i = 0; i < SHAPES; i++) {
		craft(&packet, &shapes[i]);
		for (uint32_t at = 0; at < packet.payload; at++) {
			uint8_t was = packet.bytes[at];

			try_every_value(&shapes[i], at);
			packet.bytes[at] = was;
		}
	}
}

CASE(random_bytes)
{
	unsigned int seed = 1;

	make_guard();
	for (int round = 0; round < 20000; round++) {
		uint32_t len = (uint32_t)rand_r(&seed) % 160;

		craft(&packet, &shapes[(size_t)round % SHAPES]);
		for (int i = 0; i < 6; i++)
			packet.bytes[rand_r(&seed) % 120] = (uint8_t)rand_r(&seed);
		if (parse_guarded(len, len + (uint32_t)rand_r(&seed) % 100, link_of(&shapes[(size_t)round % SHAPES])) ==
		    PACKET_OK)
			CHECK(info.payload_len < len + 100);
	}
}
