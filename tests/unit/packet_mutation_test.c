// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* packet.h against chance: 200,000 packets with a few bytes changed, each ending where an unreadable page begins. */
#include "../bpf/craft.h"
#include "test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS	    200000
#define MAX_CHANGES 6
#define MAX_PAGED   100 /* bytes of the packet that are not available */

static const struct recipe shapes[] = {
	{ .payload = 20 },
	{ .v6 = 1, .payload = 20 },
	{ .raw_ip = 1, .payload = 20 },
	{ .raw_ip = 1, .v6 = 1, .payload = 20 },
	{ .vlans = 2, .vlan = { 5, 6 }, .vlan_type = { 0x88a8 }, .payload = 20 },
	{ .ip_options = 40, .tcp_options = 40, .payload = 20 },
	{ .v6 = 1, .extensions = 6, .extension = { 0, 60, 43, 44, 51, 60 }, .tcp_options = 12, .payload = 20 },
	{ .more_fragments = 1, .payload = 24 },
	{ .protocol = 1, .payload = 24 },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* What came of one pass: the two passes over the same seed must agree. */
struct tally {
	uint64_t digest;
	uint32_t count[PACKET_ERRORS];
	uint32_t outside; /* results that enum packet_error does not have */
	uint32_t plain;	  /* that the short way took, too */
	uint32_t not_the_same;
	uint32_t too_long; /* payloads longer than what was left of the packet */
};

static uint8_t *guard;
static size_t page;

/* xorshift64*: the same everywhere, which rand() is not. */
static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dULL) >> 32) % limit;
}

static void make_guard(void)
{
	if (guard)
		return;
	page = (size_t)sysconf(_SC_PAGESIZE);
	guard = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guard == MAP_FAILED || mprotect(guard + page, page, PROT_NONE))
		abort();
}

static void mix(struct tally *t, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i++)
		t->digest = (t->digest ^ b[i]) * 0x100000001b3ULL;
}

/* What the short way takes, the long one took, and found the same. */
static void check_plain(struct tally *t, uint32_t at_hand, uint32_t whole, enum packet_link link,
			const struct packet_info *parsed)
{
	struct packet_info plain = { 0 };
	const void *found = &plain, *expected = parsed;
	static const char untouched[sizeof(plain)];

	if (packet_plain(guard + page - at_hand, guard + page, whole, link, &plain))
		t->plain++;
	else
		expected = untouched;
	t->not_the_same += !expected || memcmp(found, expected, sizeof(plain)) != 0;
}

/* All of out may be written, whatever is returned: it is no argument of the digest unless the packet was taken. */
static void parse_one(struct tally *t, uint32_t at_hand, uint32_t whole, enum packet_link link)
{
	struct packet_info info;
	int err;

	memset(&info, 0, sizeof(info));
	err = packet_parse(guard + page - at_hand, guard + page, whole, link, &info);
	mix(t, &err, sizeof(err));
	if (err < 0 || err >= PACKET_ERRORS) {
		t->outside++;
		return;
	}
	t->count[err]++;
	check_plain(t, at_hand, whole, link, err == PACKET_OK ? &info : NULL);
	if (err != PACKET_OK)
		return;
	mix(t, &info, sizeof(info));
	if (info.payload_len > whole - 40)
		t->too_long++;
}

static void mutate_and_parse(struct tally *t, const struct crafted *from, enum packet_link link)
{
	uint32_t at_hand = random_below(4) ? from->len : random_below(from->len + 1);
	uint32_t whole = at_hand + (random_below(2) ? random_below(MAX_PAGED) : 0);
	uint8_t *at = guard + page - at_hand;

	memcpy(at, from->bytes, at_hand);
	for (uint32_t i = random_below(MAX_CHANGES) + 1; at_hand && i > 0; i--)
		at[random_below(at_hand)] = (uint8_t)random_below(256);
	parse_one(t, at_hand, whole, link);
}

static struct tally pass(uint64_t seed)
{
	static struct crafted packet[SHAPES];
	struct tally t = { .digest = 0xcbf29ce484222325ULL };

	make_guard();
	for (size_t i = 0; i < SHAPES; i++)
		craft(&packet[i], &shapes[i]);
	random_state = seed;
	for (uint32_t round = 0; round < ROUNDS; round++) {
		size_t i = round % SHAPES;

		mutate_and_parse(&t, &packet[i], shapes[i].raw_ip ? PACKET_RAW_IP : PACKET_ETHERNET);
	}
	return t;
}

CASE(mutations_never_read_behind_the_end)
{
	struct tally t = pass(20);

	CHECK_EQ_INT(t.outside, 0);
	CHECK_EQ_INT(t.too_long, 0);
	CHECK_EQ_INT(t.not_the_same, 0);
	CHECK(t.plain > ROUNDS / 1000);
	for (int err = 0; err < PACKET_ERRORS; err++)
		CHECK(t.count[err] > ROUNDS / 1000); /* else the rounds went one way only, and prove little */
}

CASE(mutations_are_the_same_each_time)
{
	struct tally first = pass(7), again = pass(7), other = pass(8);

	CHECK(first.digest == again.digest);
	CHECK(first.digest != other.digest);
}

/* RFC 2675: payload length 0, and the true one in a hop-by-hop option. The packet's own length is what counts here. */
CASE(jumbogram)
{
	static struct crafted packet;
	struct packet_info info = {};
	uint32_t paged = 100000;

	craft(&packet, &(struct recipe) { .v6 = 1, .extensions = 1, .extension = { PACKET_PROTO_HOPOPTS } });
	craft_put16(packet.bytes + packet.ip + 4, 0);
	memcpy(packet.bytes + packet.extension + 2, "\xc2\x04", 2);
	craft_put32(packet.bytes + packet.extension + 4, packet.len - packet.ip - 40 + paged);
	CHECK_EQ_INT(packet_parse(packet.bytes, packet.bytes + packet.len, packet.len + paged, PACKET_ETHERNET, &info),
		     PACKET_OK);
	CHECK_EQ_INT(info.payload_len, paged);
	CHECK_EQ_INT(info.tuple.port[1], 80);
}
