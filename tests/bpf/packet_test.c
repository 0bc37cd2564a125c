// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The packet programs under BPF_PROG_TEST_RUN, with crafted packets and no network. Needs root. */
#include <errno.h>
#include <stdio.h>

#include "bench.h"

#define SYN TCP_FLAG_SYN_BIT
#define FIN TCP_FLAG_FIN_BIT
#define RST TCP_FLAG_RST_BIT
#define PSH TCP_FLAG_PSH_BIT
#define ACK TCP_FLAG_ACK_BIT
#define URG TCP_FLAG_URG_BIT

/* ---- what is always seen, and what never is */

static void always_seen(void)
{
	static const uint8_t flags[] = { SYN,	    SYN | ACK,	     FIN | ACK, FIN | PSH | ACK, RST, RST | ACK,
					 RST | FIN, FIN | PSH | URG, FIN,	SYN | FIN,	 PSH, SYN | 0xc0 };

	for (size_t i = 0; i < sizeof(flags); i++) {
		for (int v6 = 0; v6 < 2; v6++) {
			bench_forget();
			SEEN(0, .v6 = v6, .flags = flags[i], .seq = 0xfffffff0, .ack = 0x80000001);
			bench_forget();
			SEEN(0, .v6 = v6, .flags = flags[i], .payload = 100, .reply = 1);
		}
	}
	SEEN(0, .no_flags = 1);
}

static void data_unseen(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		UNSEEN(.v6 = v6, .flags = ACK | PSH, .payload = 1000);
		UNSEEN(.v6 = v6, .flags = ACK, .seq = 1, .ack = 1);
		UNSEEN(.v6 = v6, .flags = ACK, .reply = 1);
		UNSEEN(.v6 = v6, .flags = ACK | URG | 0xc0, .payload = 1);
	}
	BENCH_CHECK(bench_nothing_expected());
}

/* ---- ACKs that matter */

static void handshake(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		SEEN(0, .v6 = v6, .seq = 100);
		UNSEEN(.v6 = v6, .flags = ACK, .seq = 101, .ack = 701);
		SEEN(0, .v6 = v6, .flags = SYN | ACK, .reply = 1, .seq = 700, .ack = 101);
		UNSEEN(.v6 = v6, .flags = ACK, .reply = 1, .seq = 701, .ack = 701); /* not its direction */
		UNSEEN(.v6 = v6, .flags = ACK, .seq = 101, .ack = 700);		    /* not all of it */
		SEEN(SEGMENT_EXPECTED, .v6 = v6, .flags = ACK, .seq = 101, .ack = 701);
		UNSEEN(.v6 = v6, .flags = ACK, .seq = 101, .ack = 701);
		BENCH_CHECK(bench_nothing_expected());
	}
}

static void handshake_over_the_wrap(void)
{
	SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 0xffffffff);
	UNSEEN(.flags = ACK, .ack = 0xffffffff);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .ack = 0);
}

static void handshake_by_data(void)
{
	SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 700, .ack = 101);
	UNSEEN(.flags = ACK | PSH, .ack = 705, .payload = 300);
	SEEN(SEGMENT_EXPECTED, .flags = ACK | PSH, .ack = 701, .payload = 300);
}

static void handshake_sent_again(void)
{
	for (int i = 0; i < 7; i++)
		SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 700, .ack = 101);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .ack = 701);
	BENCH_CHECK(bench_nothing_expected()); /* all of them in one slot */
	SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 700, .ack = 101);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .ack = 701); /* answered again */
}

static void handshake_of_another_connection(void)
{
	SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 700);
	UNSEEN(.flags = ACK, .ack = 701, .port = { 40001, 80 });
	UNSEEN(.flags = ACK, .ack = 701, .port = { 40000, 81 });
	UNSEEN(.flags = ACK, .ack = 701, .v6 = 1);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .ack = 701);
}

static void teardown(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		SEEN(0, .v6 = v6, .flags = FIN | ACK, .seq = 1000, .ack = 5000, .payload = 10);
		UNSEEN(.v6 = v6, .flags = ACK, .reply = 1, .ack = 1010); /* the data, but not the FIN */
		SEEN(SEGMENT_EXPECTED, .v6 = v6, .flags = ACK, .reply = 1, .ack = 1011);
		UNSEEN(.v6 = v6, .flags = ACK | PSH, .reply = 1, .ack = 1011, .seq = 5000, .payload = 50);
		SEEN(0, .v6 = v6, .flags = FIN | ACK, .reply = 1, .seq = 5050, .ack = 1011);
		SEEN(SEGMENT_EXPECTED, .v6 = v6, .flags = ACK, .seq = 1011, .ack = 5051);
		BENCH_CHECK(bench_nothing_expected());
	}
}

/* Lost and old segments, and what answers them. */
static void after_both_fins(void)
{
	SEEN(0, .flags = FIN | ACK, .seq = 1000, .ack = 5000);
	UNSEEN(.flags = ACK, .seq = 1001, .ack = 5000);
	UNSEEN(.flags = ACK, .reply = 1, .seq = 4000, .ack = 1000, .payload = 50);
	SEEN(SEGMENT_EXPECTED, .flags = FIN | ACK, .reply = 1, .seq = 5000, .ack = 1001);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .seq = 1001, .ack = 5001);
	SEEN(0, .flags = ACK, .reply = 1, .seq = 4000, .ack = 1001, .payload = 50);
	SEEN(0, .flags = ACK, .seq = 1001, .ack = 5001);
	SEEN(0, .flags = SYN, .seq = 9000); /* a minisocket that does not take it answers, and is watched again */
	UNSEEN(.flags = ACK, .seq = 1001, .ack = 5001);
	SEEN(0, .flags = FIN | ACK, .seq = 1000, .ack = 5001);
	SEEN(0, .flags = ACK, .seq = 1001, .ack = 5001);
	SEEN(0, .flags = SYN, .seq = 9000);
	SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 7000, .ack = 9001);
	UNSEEN(.flags = ACK, .seq = 9001, .ack = 5001);
	UNSEEN(.flags = ACK, .reply = 1, .seq = 5001, .ack = 9001);
}

/* As a request's are when it has answered: its SYN+ACK may still pass another interface. */
static void both_directions_are_watched(void)
{
	SEEN(0, .flags = FIN | ACK, .seq = 1000, .ack = 5000);
	SEEN(0, .flags = FIN | ACK, .reply = 1, .seq = 5000, .ack = 1000);
	SEEN(0, .flags = ACK, .seq = 1001, .ack = 7001);
	SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 7000, .ack = 1001);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .seq = 1001, .ack = 7001);
	SEEN(0, .flags = ACK, .seq = 1001, .ack = 7001);
}

static void teardown_in_three(void)
{
	SEEN(0, .flags = FIN | ACK, .seq = 1000, .ack = 5000);
	SEEN(SEGMENT_EXPECTED, .flags = FIN | ACK, .reply = 1, .seq = 5000, .ack = 1001);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .seq = 1001, .ack = 5001);
	BENCH_CHECK(bench_nothing_expected());
}

static void teardown_at_once(void)
{
	SEEN(0, .flags = FIN | ACK, .seq = 1000, .ack = 5000);
	SEEN(0, .flags = FIN | ACK, .reply = 1, .seq = 5000, .ack = 1000);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .seq = 1001, .ack = 5001);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .reply = 1, .seq = 5001, .ack = 1001);
	BENCH_CHECK(bench_nothing_expected());
}

static void reset_is_not_answered(void)
{
	SEEN(0, .flags = RST | ACK, .seq = 1);
	SEEN(0, .flags = RST | FIN | ACK, .seq = 1);
	SEEN(0, .flags = RST | SYN | ACK, .seq = 1);
	BENCH_CHECK(bench_nothing_expected());
}

/* Ports alone tell them apart. A set that is full loses a slot: with 2000 in 65536 that should be rare. */
static void many_handshakes(void)
{
	int answered = 0;

	for (int i = 0; i < 2000; i++)
		SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 700, .port = { (uint16_t)(20000 + i), 80 });
	for (int i = 0; i < 2000; i++) {
		bench_make(&(struct recipe) { .flags = ACK, .ack = 701, .port = { (uint16_t)(20000 + i), 80 } });
		answered += bench_count();
	}
	BENCH_CHECK(answered >= 1998);
	BENCH_CHECK(answered != 2000 || bench_nothing_expected());
}

/* ---- shapes of packets */

static void tags(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		SEEN(0, .v6 = v6, .vlans = 1, .vlan = { 0 });
		SEEN(0, .v6 = v6, .vlans = 1, .vlan = { 4094 });
		SEEN(0, .v6 = v6, .vlans = 1, .vlan = { 7 }, .vlan_type = { 0x88a8 });
		SEEN(0, .v6 = v6, .vlans = 2, .vlan = { 100, 200 }, .vlan_type = { 0x88a8, 0x8100 }, .payload = 5);
		SEEN(0, .v6 = v6, .vlans = 2, .vlan = { 100, 200 }, .vlan_type = { 0x8100, 0x8100 });
		UNSEEN(.v6 = v6, .vlans = 3, .vlan = { 1, 2, 3 });
	}
	SEEN(0, .flags = SYN | ACK, .reply = 1, .seq = 700, .vlans = 1, .vlan = { 5 });
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .ack = 701, .vlans = 1, .vlan = { 5 });
}

static void options(void)
{
	for (unsigned int ip = 0; ip <= 40; ip += 4) {
		for (unsigned int tcp = 0; tcp <= 40; tcp += 4)
			SEEN(0, .ip_options = ip, .tcp_options = tcp, .payload = 33);
	}
	SEEN(0, .v6 = 1, .tcp_options = 40, .payload = 33);
}

static void padding(void)
{
	SEEN(0, .padding = 6);
	SEEN(0, .v6 = 1, .payload = 1, .padding = 30);
	SEEN(0, .flags = FIN | ACK, .seq = 9, .padding = 6);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .reply = 1, .ack = 10, .padding = 6);
}

static void fragments(void)
{
	uint64_t before = bench_errors(PACKET_LATER_FRAGMENT);

	SEEN(SEGMENT_FRAGMENT, .more_fragments = 1, .payload = 8);
	SEEN(SEGMENT_FRAGMENT, .v6 = 1, .extensions = 1, .extension = { 44 }, .more_fragments = 1, .payload = 8);
	SEEN(0, .v6 = 1, .extensions = 1, .extension = { 44 });
	UNSEEN(.fragment = 1, .more_fragments = 1);
	UNSEEN(.fragment = 0x1fff);
	UNSEEN(.v6 = 1, .extensions = 2, .extension = { 60, 44 }, .fragment = 185);
	BENCH_CHECK(bench_errors(PACKET_LATER_FRAGMENT) == before + 3);
}

static void extension_headers(void)
{
	static const uint8_t kinds[] = { 0, 43, 44, 51, 60 };

	for (size_t i = 0; i < sizeof(kinds); i++)
		SEEN(0, .v6 = 1, .extensions = 1, .extension = { kinds[i] }, .payload = 4);
	SEEN(0, .v6 = 1, .extensions = 6, .extension = { 0, 60, 43, 44, 51, 60 }, .tcp_options = 40, .payload = 4);
	SEEN(0, .v6 = 1, .extensions = 8, .extension = { 60, 60, 60, 60, 60, 60, 60, 60 }, .payload = 4);
	UNSEEN(.v6 = 1, .extensions = 9, .extension = { 60, 60, 60, 60, 60, 60, 60, 60, 60 });
	UNSEEN(.v6 = 1, .extensions = 1, .extension = { 50 });
}

/* The headers lie far inside: 8 extension headers of 256 bytes. */
static void long_extension_headers(void)
{
	bench_make(&(struct recipe) {
		.v6 = 1, .extensions = 8, .extension = { 60, 60, 60, 60, 60, 60, 60, 60 }, .payload = 8 * 248 });
	memmove(bench_packet.bytes + bench_packet.len - 20, bench_packet.bytes + bench_packet.tcp, 20);
	for (uint32_t i = 0, at = bench_packet.extension; i < 8; i++, at += 256) {
		bench_packet.bytes[at] = i < 7 ? 60 : 6;
		bench_packet.bytes[at + 1] = 31;
	}
	BENCH_CHECK(bench_count() == 1);
}

static void not_tcp(void)
{
	static const uint8_t others[] = { 1, 4, 17, 41, 47, 50, 58, 59, 132 };
	uint64_t before = bench_errors(PACKET_TRUNCATED) + bench_errors(PACKET_MALFORMED);

	for (size_t i = 0; i < sizeof(others); i++) {
		UNSEEN(.protocol = others[i]);
		UNSEEN(.protocol = others[i], .v6 = 1);
	}
	BENCH_CHECK(bench_errors(PACKET_TRUNCATED) + bench_errors(PACKET_MALFORMED) == before);
}

/* ---- ICMP */

#define ICMP_SEEN(type, code, quoted, ...)                                                                             \
	(bench_make_icmp(&(struct recipe) { __VA_ARGS__ }, type, code, quoted), bench_seen_icmp(__LINE__))
#define ICMP_UNSEEN(type, code, quoted, ...)                                                                           \
	(bench_make_icmp(&(struct recipe) { __VA_ARGS__ }, type, code, quoted), bench_unseen(__LINE__))

static void icmp(void)
{
	ICMP_SEEN(3, 3, 200, .seq = 77);
	ICMP_SEEN(3, 13, 28, .seq = 77, .reply = 1);
	ICMP_SEEN(11, 0, 68, .seq = 77, .ip_options = 40);
	ICMP_SEEN(1, 4, 200, .v6 = 1, .seq = 77);
	ICMP_SEEN(2, 0, 200, .v6 = 1, .extensions = 3, .extension = { 0, 60, 43 }, .seq = 77, .payload = 1000);
	ICMP_UNSEEN(3, 3, 27, .seq = 77);
	ICMP_UNSEEN(8, 0, 200, .seq = 77);
	ICMP_UNSEEN(3, 3, 200, .protocol = 17);
	ICMP_UNSEEN(128, 0, 200, .v6 = 1);
	BENCH_CHECK(bench_nothing_expected());
}

/* ---- packets that lie */

static void truncated_everywhere(void)
{
	static const struct recipe shapes[] = {
		{ .ip_options = 8, .tcp_options = 12 },
		{ .v6 = 1, .tcp_options = 12 },
		{ .vlans = 2, .v6 = 1 },
		{ .v6 = 1, .extensions = 5, .extension = { 0, 60, 43, 44, 51 } },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		uint32_t len;

		bench_make(&shapes[i]);
		len = bench_packet.len;
		bench_seen(0, __LINE__);
		for (bench_packet.len = bench_shortest(); bench_packet.len < len; bench_packet.len++) {
			uint64_t before = bench_errors(PACKET_TRUNCATED) + bench_errors(PACKET_MALFORMED);

			bench_unseen(__LINE__);
			BENCH_CHECK(bench_errors(PACKET_TRUNCATED) + bench_errors(PACKET_MALFORMED) == before + 1);
		}
	}
}

/* Writes value over the byte at, and nothing is seen, but counted. */
static void malformed(uint32_t at, uint8_t value)
{
	uint8_t was = bench_packet.bytes[at];
	uint64_t before = bench_errors(PACKET_MALFORMED);

	bench_packet.bytes[at] = value;
	bench_unseen(__LINE__);
	BENCH_CHECK(bench_errors(PACKET_MALFORMED) == before + 1);
	bench_packet.bytes[at] = was;
}

static void lying_lengths(void)
{
	bench_make(&(struct recipe) { .payload = 20 });
	for (uint8_t ihl = 0; ihl < 5; ihl++)
		malformed(bench_packet.ip, 0x40 | ihl);
	for (uint8_t total = 1; total < 40; total++)
		malformed(bench_packet.ip + 3, total);
	malformed(bench_packet.ip + 3, 20 + 20 + 20 + 1);
	malformed(bench_packet.ip + 2, 0xff);
	for (uint8_t words = 0; words < 5; words++)
		malformed(bench_packet.tcp + 12, (uint8_t)(words << 4));
	malformed(bench_packet.tcp + 12, 0xf0);
	bench_seen(0, __LINE__);
	bench_make(&(struct recipe) { .v6 = 1, .extensions = 1, .extension = { 60 }, .payload = 20 });
	malformed(bench_packet.ip + 5, 8 + 20 + 20 + 1);
	malformed(bench_packet.ip + 5, 8 + 19);
	malformed(bench_packet.extension + 1, 255);
	malformed(bench_packet.tcp + 12, 0x40);
	bench_seen(0, __LINE__);
}

/* BIG TCP sends 0 when the length does not fit. */
static void length_0(void)
{
	bench_make(&(struct recipe) { .payload = 1500 });
	craft_put16(bench_packet.bytes + bench_packet.ip + 2, 0);
	bench_seen(0, __LINE__);
	bench_make(&(struct recipe) { .payload = 1500, .v6 = 1 });
	craft_put16(bench_packet.bytes + bench_packet.ip + 4, 0);
	bench_seen(0, __LINE__);
}

static void several_buffers(void)
{
	SEEN(0, .flags = FIN | ACK, .payload = 9000, .seq = 1);
	SEEN(SEGMENT_EXPECTED, .flags = ACK, .reply = 1, .ack = 9002);
	UNSEEN(.flags = ACK | PSH, .payload = 9000, .seq = 1);
}

/* ---- filters */

static void only_port_80(void)
{
	for (int reply = 0; reply < 2; reply++) {
		SEEN(0, .reply = reply);
		SEEN(0, .reply = reply, .v6 = 1);
		SEEN(0, .reply = reply, .port = { 80, 81 });
		UNSEEN(.reply = reply, .port = { 40000, 81 });
		UNSEEN(.reply = reply, .flags = RST, .port = { 40000, 8080 });
	}
}

static void filtered_out_arms_nothing(void)
{
	UNSEEN(.flags = SYN | ACK, .reply = 1, .seq = 700, .port = { 40000, 81 });
	UNSEEN(.flags = FIN | ACK, .seq = 700, .port = { 40000, 81 });
	BENCH_CHECK(bench_nothing_expected());
	handshake();
}

static void only_40000_to_80(void)
{
	SEEN(0, .reply = 0);
	SEEN(0, .reply = 1);
	UNSEEN(.port = { 40001, 80 });
	UNSEEN(.port = { 40000, 81 });
}

static void only_v4(void)
{
	SEEN(0, .v6 = 0);
	UNSEEN(.v6 = 1);
}

static void only_v6(void)
{
	UNSEEN(.v6 = 0);
	SEEN(0, .v6 = 1);
}

static void only_the_first_two_networks(void)
{
	for (int reply = 0; reply < 2; reply++) {
		SEEN(0, .reply = reply);
		SEEN(0, .reply = reply, .v6 = 1);
	}
}

static void nothing(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		UNSEEN(.v6 = v6);
		UNSEEN(.v6 = v6, .reply = 1, .flags = RST);
	}
}

/* ---- all of it */

struct test {
	const char *name;
	void (*fn)(void);
	enum { ANY, ETHERNET_ONLY, XDP_FRAGS } needs;
};

struct suite {
	const char *name;
	struct knobs knobs;
	struct test test[32];
};

#define IN_10_1_2_3_AND_2001_DB8_1                                                                                     \
	{ .addr = "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\x01\x02\x03", .prefix_len = 128 },                                 \
	{                                                                                                              \
		.addr = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", .prefix_len = 127                                  \
	}

static const struct suite suites[] = {
	{ "",
	  {},
	  { { "always seen", always_seen, ANY },
	    { "data unseen", data_unseen, ANY },
	    { "handshake", handshake, ANY },
	    { "handshake over the wrap", handshake_over_the_wrap, ANY },
	    { "handshake answered by data", handshake_by_data, ANY },
	    { "handshake sent again", handshake_sent_again, ANY },
	    { "handshake of another connection", handshake_of_another_connection, ANY },
	    { "teardown", teardown, ANY },
	    { "teardown in three segments", teardown_in_three, ANY },
	    { "after both FINs", after_both_fins, ANY },
	    { "both directions are watched", both_directions_are_watched, ANY },
	    { "teardown from both sides at once", teardown_at_once, ANY },
	    { "a reset is not answered", reset_is_not_answered, ANY },
	    { "many handshakes", many_handshakes, ANY },
	    { "VLAN and QinQ", tags, ETHERNET_ONLY },
	    { "options", options, ANY },
	    { "padding", padding, ANY },
	    { "fragments", fragments, ANY },
	    { "extension headers", extension_headers, ANY },
	    { "long extension headers", long_extension_headers, ANY },
	    { "not TCP", not_tcp, ANY },
	    { "ICMP", icmp, ANY },
	    { "truncated everywhere", truncated_everywhere, ETHERNET_ONLY },
	    { "lying lengths", lying_lengths, ANY },
	    { "length 0", length_0, ANY },
	    { "several buffers", several_buffers, XDP_FRAGS } } },
	{ "without cookies", { .no_cookie = true }, { { "always seen", always_seen, ANY } } },
	{ "--port 80",
	  { .filter = { .port_kinds = PORT_EITHER }, .port_80 = PORT_EITHER },
	  { { "only port 80", only_port_80, ANY }, { "filtered out arms nothing", filtered_out_arms_nothing, ANY } } },
	{ "-L 80",
	  { .filter = { .port_kinds = PORT_LOCAL }, .port_80 = PORT_LOCAL },
	  { { "only port 80", only_port_80, ANY } } },
	{ "-D 80",
	  { .filter = { .port_kinds = PORT_REMOTE }, .port_80 = PORT_REMOTE },
	  { { "only port 80", only_port_80, ANY } } },
	{ "-L 40000 -D 80",
	  { .filter = { .port_kinds = PORT_LOCAL | PORT_REMOTE }, .port_80 = PORT_REMOTE, .port_40000 = PORT_LOCAL },
	  { { "both are met", only_40000_to_80, ANY } } },
	{ "-4", { .filter = { .family = 4 } }, { { "only IPv4", only_v4, ANY } } },
	{ "-6", { .filter = { .family = 6 } }, { { "only IPv6", only_v6, ANY } } },
	{ "--cidr, in it",
	  { .filter = { .cidr_count = 2, .cidr = { IN_10_1_2_3_AND_2001_DB8_1 } } },
	  { { "seen both ways", only_the_first_two_networks, ANY } } },
	{ "--cidr, not in it",
	  { .filter = { .cidr_count = CONFIG_MAX_CIDRS,
			.cidr = { [0 ... CONFIG_MAX_CIDRS - 1] = { .addr = { 0x20, 1, 0x0d, 0xb9 },
								   .prefix_len = 32 } } } },
	  { { "nothing", nothing, ANY } } },
	{ "--netns of another", { .filter = { .netns = 4026530000u } }, { { "nothing", nothing, ANY } } },
	{ "--netns", { .filter = { .netns = BENCH_NETNS } }, { { "always seen", always_seen, ANY } } },
};

static int passed, failed, skipped;

static bool makes_sense(const struct test *t, enum entry e)
{
	if (t->needs == XDP_FRAGS)
		return e == ENTRY_XDP;
	return t->needs == ANY || (e != ENTRY_IN_L3 && e != ENTRY_OUT_L3);
}

static void run_test(const struct suite *s, const struct test *t, enum entry e)
{
	const char *result = "passed";

	bench_begin(e);
	if (t->needs == XDP_FRAGS && !bench_has_frags()) {
		result = "skipped";
		skipped++;
	} else {
		t->fn();
		result = bench_failed() ? "FAILED" : "passed";
		*(bench_failed() ? &failed : &passed) += 1;
	}
	printf("%-7s %-13s %s%s%s\n", result, bench_entry_name(e), t->name, s->name[0] ? ", " : "", s->name);
}

static void run_suite(const struct suite *s)
{
	for (const struct test *t = s->test; t->name; t++) {
		for (enum entry e = 0; e < ENTRIES; e++) {
			if (makes_sense(t, e))
				run_test(s, t, e);
		}
	}
}

int main(void)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		int err = bench_open(&suites[i].knobs);

		if (err == -EPERM) {
			printf("SKIP: root: loading BPF programs needs it\n");
			return 77;
		}
		if (err) {
			printf("FAILED  %s: cannot load: %s\n", suites[i].name, strerror(-err));
			failed++;
			continue;
		}
		run_suite(&suites[i]);
		bench_close();
	}
	printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
	return failed || !passed;
}
