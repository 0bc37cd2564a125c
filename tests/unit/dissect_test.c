// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The walk through captured packets: each link layer and tunnel, checksums, and 300,000 packets of chance that end
 * where an unreadable page begins. */
#include "core/capture/dissect.h"

#include "../bpf/craft.h"
#include "core/capture/fragments.h"
#include "lib/checksum.h"
#include "test.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct dissect_options strict = { 0 }, judge = { DISSECT_CHECKSUMS_JUDGE },
				    lax = { DISSECT_CHECKSUMS_IGNORE };
static uint8_t *page_end; /* behind it nothing can be read */

static void make_guard(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *p;

	if (page_end)
		return;
	p = mmap(NULL, 6 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || mprotect(p + 5 * page, page, PROT_NONE))
		abort();
	page_end = p + 5 * page;
}

static enum dissect_result walk_cut(int dlt, const struct crafted *c, uint32_t cap, const struct dissect_options *o,
				    struct dissect_packet *out)
{
	make_guard();
	memcpy(page_end - cap, c->bytes, cap);
	return dissect_packet_headers(dlt, page_end - cap, cap, c->len, o, out);
}

static enum dissect_result walk(int dlt, const struct crafted *c, struct dissect_packet *out)
{
	return walk_cut(dlt, c, c->len, &strict, out);
}

/* Fills in IPv4's and TCP's checksums. */
static void sign(struct crafted *c, int v6)
{
	uint8_t *ip = c->bytes + c->ip, *tcp = c->bytes + c->tcp, pseudo[8] = { [1] = 6 };
	uint32_t len = v6 ? packet_u16(ip + 4) + c->ip + 40 - c->tcp : packet_u16(ip + 2) + c->ip - c->tcp;
	uint16_t sum;

	if (!v6) {
		sum = ~checksum_fold(checksum_add(0, ip, c->tcp - c->ip));
		memcpy(ip + 10, &sum, 2);
	}
	craft_put32(pseudo + 4, len);
	sum = ~checksum_fold(
		checksum_add(checksum_add(checksum_add(0, pseudo, 8), ip + (v6 ? 8 : 12), v6 ? 32 : 8), tcp, len));
	memcpy(tcp + 16, &sum, 2);
}

static void make(struct crafted *c, const struct recipe *r)
{
	craft(c, r);
	sign(c, r->v6);
}

/* Puts bytes before what is there. */
static void wrap(struct crafted *c, const void *header, uint32_t len)
{
	memmove(c->bytes + len, c->bytes, c->len);
	memcpy(c->bytes, header, len);
	c->len += len;
}

/* An IPv4 header for what is there, or with UDP to a port. */
static void wrap_ip(struct crafted *c, uint8_t protocol, uint16_t port)
{
	uint8_t h[28] = { 0x45, [8] = 64, [9] = port ? 17 : protocol, [12] = 192, [16] = 192 };
	uint32_t size = port ? 28 : 20;
	uint16_t sum;

	craft_put16(h + 2, c->len + size);
	craft_put16(h + 20, 5000);
	craft_put16(h + 22, port);
	craft_put16(h + 24, c->len + 8);
	sum = ~checksum_fold(checksum_add(0, h, 20));
	memcpy(h + 10, &sum, 2);
	wrap(c, h, size);
}

#define CHECK_TCP(dlt, c, n_tunnels)                                                                                   \
	do {                                                                                                           \
		struct dissect_packet p_;                                                                              \
		CHECK_EQ_INT(walk(dlt, c, &p_), DISSECT_TCP);                                                          \
		CHECK_EQ_INT(p_.flags, 0);                                                                             \
		CHECK_EQ_INT(p_.tuple.port[0], 40000);                                                                 \
		CHECK_EQ_INT(p_.payload_len, 20);                                                                      \
		CHECK_EQ_INT(p_.tunnels, n_tunnels);                                                                   \
	} while (0)

/* bytes: the header between the outer IP packet, or its UDP datagram, and what is inside. */
#define CHECK_INSIDE(recipe, bytes, protocol, port)                                                                    \
	do {                                                                                                           \
		struct crafted c_;                                                                                     \
		make(&c_, recipe);                                                                                     \
		wrap(&c_, bytes, sizeof(bytes) - 1);                                                                   \
		wrap_ip(&c_, protocol, port);                                                                          \
		CHECK_TCP(12, &c_, 1);                                                                                 \
	} while (0)

static const struct recipe raw = { .raw_ip = 1, .payload = 20 }, raw6 = { .raw_ip = 1, .v6 = 1, .payload = 20 },
			   framed = { .payload = 20 };

CASE(link_layers)
{
	static const struct {
		int dlt;
		uint32_t len;
		const char *header;
	} links[] = {
		{ 12, 0, "" },
		{ 101, 0, "" },
		{ 228, 0, "" },
		{ 0, 4, "\2\0\0\0" },
		{ 0, 4, "\0\0\0\2" },
		{ 108, 4, "\0\0\0\2" },
		{ 113, 16, "\0\4\0\1\0\6\1\2\3\4\5\6\0\0\x08\0" },
		{ 276, 20, "\x08\0\0\0\0\0\0\2\0\1\4\6\1\2\3\4\5\6\0\0" },
		{ 9, 4, "\xff\x03\0\x21" },
		{ 9, 1, "\x21" },
		{ 50, 4, "\xff\x03\0\x21" },
		{ 104, 4, "\x0f\0\x08\0" },
		{ 51, 8, "\x11\0\0\1\0\x3e\0\x21" },
		{ 11, 8, "\xaa\xaa\x03\0\0\0\x08\0" },
		{ 10, 21,
		  "\x50"
		  "abcdefABCDEF"
		  "\xaa\xaa\x03\0\0\0\x08\0" },
		{ 6, 22,
		  "\x10\x40"
		  "abcdefABCDEF"
		  "\xaa\xaa\x03\0\0\0\x08\0" },
		{ 105, 32,
		  "\x08\0\0\0"
		  "abcdefABCDEFabcdef"
		  "\0\0"
		  "\xaa\xaa\x03\0\0\0\x08\0" },
		{ 105, 34,
		  "\x88\1\0\0"
		  "abcdefABCDEFabcdef"
		  "\0\0"
		  "\0\0"
		  "\xaa\xaa\x03\0\0\0\x08\0" },
		{ 127, 40,
		  "\0\0\x08\0\0\0\0\0"
		  "\x08\0\0\0"
		  "abcdefABCDEFabcdef"
		  "\0\0"
		  "\xaa\xaa\x03\0\0\0\x08\0" },
		{ 192, 8, "\0\0\x08\0\x65\0\0\0" },
		{ 258, 16, "\x10\0\0\0\1\0\0\0\x65\0\0\0\0\0\0\0" },
		{ 8, 16, "\0E123456789abcde" },
		{ 284, 18, "abcdefABCDEF\x40\0\0\0\x08\0" },
		{ 285, 22, "abcdefABCDEF\xda\xda\0\0\xc0\0\0\0\x08\0" },
		{ 281, 18, "abcdefABCDEF\0\0\0\1\x08\0" },
		{ 282, 18, "\0\0\0\1abcdefABCDEF\x08\0" },
		{ 239, 16, "\2\0\0\0\6\0\1\0ab\0\0\x40\0\x09\0" },
		{ 1, 14, "abcdefABCDEF\x08\0" },
		{ 1, 18, "abcdefABCDEF\x81\0\0\5\x08\0" },
		{ 1, 26, "abcdefABCDEF\x88\xa8\0\5\x91\0\0\6\x81\0\0\7\x08\0" },
		{ 1, 22, "abcdefABCDEF\x88\x47\0\1\0\x40\0\2\x01\x40" },
		{ 1, 22, "abcdefABCDEF\x88\x64\x11\0\0\1\0\x3e\0\x21" },
		{ 1, 22, "abcdefABCDEF\0\x44\xaa\xaa\x03\0\0\0\x08\0" },
		{ 1, 32,
		  "abcdefABCDEF\x88\xe7\0\0\0\1"
		  "abcdefABCDEF\x08\0" },
		{ 1, 20, "abcdefABCDEF\x89\x26\0\0\0\0\x08\0" },
	};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct crafted c;

		make(&c, &raw);
		wrap(&c, links[i].header, links[i].len);
		CHECK_TCP(links[i].dlt, &c, 0);
		CHECK(dissect_link_known(links[i].dlt));
	}
	CHECK(!dissect_link_known(230));
}

CASE(vlans_are_told)
{
	struct crafted c;
	struct dissect_packet p;

	make(&c, &(struct recipe) { .vlans = 2, .vlan = { 5, 6 }, .payload = 20 });
	CHECK_EQ_INT(walk(1, &c, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.vlan[0], 6);
	CHECK_EQ_INT(p.vlan[1], 7);
}

CASE(ip_in_ip)
{
	struct crafted c;

	make(&c, &raw);
	wrap_ip(&c, 4, 0);
	CHECK_TCP(12, &c, 1);
	make(&c, &raw6);
	wrap_ip(&c, 41, 0);
	wrap_ip(&c, 4, 0);
	CHECK_TCP(12, &c, 2);
}

CASE(gre)
{
	CHECK_INSIDE(&raw, "\0\0\x08\0", 47, 0);
	CHECK_INSIDE(&raw6,
		     "\xb0\0\x86\xdd"
		     "ccccKKKKssss",
		     47, 0);
	CHECK_INSIDE(&framed, "\0\0\x65\x58", 47, 0);
	CHECK_INSIDE(&framed,
		     "\x10\0\x88\xbe"
		     "ssss"
		     "erspanII",
		     47, 0);
	CHECK_INSIDE(&raw,
		     "\x30\x81\x88\x0b"
		     "\0\x40\0\1"
		     "ssssaaaa"
		     "\xff\x03\0\x21",
		     47, 0); /* PPTP */
}

CASE(tunnels_in_udp)
{
	struct crafted c;

	CHECK_INSIDE(&framed, "\x08\0\0\0\0\0\1\0", 0, 4789);
	CHECK_INSIDE(&framed,
		     "\1\0\x65\x58\0\0\1\0"
		     "oooo",
		     0, 6081);
	CHECK_INSIDE(&raw, "\x30\xff\0\x3c\0\0\0\1", 0, 2152);
	CHECK_INSIDE(&raw,
		     "\x34\xff\0\x44\0\0\0\1"
		     "\0\0\0\x85"
		     "\1\x10\1\0",
		     0, 2152);
	craft(&c, &raw6);
	memcpy(c.bytes + 8, "\x20\1\0\0", 4); /* Teredo's prefix */
	sign(&c, 1);
	wrap(&c, "\0\0\1\2\3\4\5\6", 8);
	wrap_ip(&c, 0, 9);
	CHECK_TCP(12, &c, 1);
}

CASE(more_tunnels_than_are_followed)
{
	struct crafted c;
	struct dissect_packet p;

	make(&c, &raw);
	for (int i = 0; i < DISSECT_MAX_TUNNELS; i++)
		wrap_ip(&c, 4, 0);
	CHECK_TCP(12, &c, DISSECT_MAX_TUNNELS);
	wrap_ip(&c, 4, 0);
	CHECK_EQ_INT(walk(12, &c, &p), DISSECT_TOO_DEEP);
}

CASE(checksums)
{
	struct crafted c;
	struct dissect_packet p;

	make(&c, &framed);
	c.bytes[c.payload] ^= 1;
	CHECK_EQ_INT(walk(1, &c, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.flags, SEGMENT_BAD_CHECKSUM);
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &lax, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.flags, 0);
	make(&c, &framed);
	c.bytes[c.ip + 8] ^= 1;
	CHECK_EQ_INT(walk(1, &c, &p), DISSECT_BAD_IP_CHECKSUM);
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &lax, &p), DISSECT_TCP);
}

CASE(lengths_that_contradict)
{
	struct crafted c;
	struct dissect_packet p;

	make(&c, &framed);
	c.bytes[c.tcp + 12] = 0x40;
	CHECK_EQ_INT(walk(1, &c, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.flags, SEGMENT_BAD_HEADER);
	make(&c, &framed);
	craft_put16(c.bytes + c.ip + 2, 1000);
	CHECK_EQ_INT(walk(1, &c, &p), DISSECT_MALFORMED);
	make(&c, &framed);
	c.bytes[c.ip] = 0x44;
	CHECK_EQ_INT(walk(1, &c, &p), DISSECT_MALFORMED);
	make(&c, &(struct recipe) { .v6 = 1, .payload = 20 });
	craft_put16(c.bytes + c.ip + 4, 1000);
	CHECK_EQ_INT(walk(1, &c, &p), DISSECT_MALFORMED);
}

CASE(a_snap_length_cuts)
{
	struct crafted c;
	struct dissect_packet p;

	make(&c, &framed);
	CHECK_EQ_INT(walk_cut(1, &c, c.len - 1, &strict, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.flags, SEGMENT_TRUNCATED);
	CHECK_EQ_INT(p.payload_len, 20);
	CHECK_EQ_INT(walk_cut(1, &c, c.tcp + 19, &strict, &p), DISSECT_TRUNCATED);
	CHECK_EQ_INT(walk_cut(1, &c, 13, &strict, &p), DISSECT_TRUNCATED);
	CHECK_EQ_INT(walk_cut(1, &c, 0, &strict, &p), DISSECT_TRUNCATED);
	c.len = 0;
	CHECK_EQ_INT(walk_cut(1, &c, 0, &strict, &p), DISSECT_MALFORMED);
}

/* ---- ICMP ---- */

CASE(an_icmp_error_and_what_it_quotes)
{
	struct crafted c;
	struct dissect_packet p;

	for (int v6 = 0; v6 < 2; v6++) {
		uint32_t least;

		craft_icmp(&c, &(struct recipe) { .v6 = v6, .seq = 77, .payload = 9 }, v6 ? 1 : 3, 4, 200);
		CHECK_EQ_INT(walk_cut(1, &c, c.len, &lax, &p), DISSECT_ICMP);
		CHECK_EQ_INT(p.icmp_version, v6 ? 6 : 4);
		CHECK_EQ_INT(p.icmp_type, v6 ? 1 : 3);
		CHECK_EQ_INT(p.icmp_code, 4);
		CHECK_EQ_INT(p.icmp_mtu, v6 ? 0 : 1400);
		CHECK_EQ_INT(p.icmp_from[15], 9);
		CHECK_EQ_INT(p.seq, 77);
		CHECK_EQ_INT(p.tuple.port[0], 40000);
		CHECK_EQ_INT(p.tuple.addr[0][15], v6 ? 1 : 3);
		/* ICMP's header, the quoted IP header, and 8 bytes of TCP. */
		least = c.tcp + 8 + (v6 ? 40 : 20) + 8;
		CHECK_EQ_INT(walk_cut(1, &c, least, &lax, &p), DISSECT_ICMP);
		for (uint32_t cap = c.tcp; cap < least; cap++)
			CHECK_EQ_INT(walk_cut(1, &c, cap, &lax, &p), DISSECT_TRUNCATED);
	}
	wrap(&c, "\0\0\x86\xdd", 4); /* GRE, and the frame's own link layer before it */
	memmove(c.bytes + 4, c.bytes + 18, c.len - 18);
	c.len -= 14;
	wrap_ip(&c, 47, 0);
	CHECK_EQ_INT(walk(12, &c, &p), DISSECT_ICMP);
	CHECK_EQ_INT(p.tunnels, 1);
	CHECK_EQ_INT(p.seq, 77);
}

CASE(icmp_that_says_nothing_of_a_segment)
{
	struct crafted c;
	struct dissect_packet p;

	craft_icmp(&c, &(struct recipe) { 0 }, 8, 0, 200); /* echo */
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &lax, &p), DISSECT_NOT_TCP);
	craft_icmp(&c, &(struct recipe) { .v6 = 1 }, 135, 0, 200); /* neighbour solicitation */
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &lax, &p), DISSECT_NOT_TCP);
	craft_icmp(&c, &(struct recipe) { .protocol = 17 }, 3, 3, 200);
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &lax, &p), DISSECT_NOT_TCP);
	craft_icmp(&c, &(struct recipe) { 0 }, 3, 3, 27); /* one byte short of the sequence number */
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &lax, &p), DISSECT_MALFORMED);
}

/* ---- fragments ---- */

/* The n bytes of payload from at on, as a fragment of an IPv4 packet. */
static enum dissect_result part(const struct crafted *whole, uint32_t at, uint32_t n, bool more,
				struct dissect_packet *out)
{
	static struct crafted f;
	uint16_t sum;

	f = *whole;
	memmove(f.bytes + f.tcp, whole->bytes + whole->tcp + at, n);
	f.len = f.tcp + n;
	craft_put16(f.bytes + f.ip + 2, f.len - f.ip);
	craft_put16(f.bytes + f.ip + 6, at / 8 | (more ? 0x2000 : 0));
	memset(f.bytes + f.ip + 10, 0, 2);
	sum = ~checksum_fold(checksum_add(0, f.bytes + f.ip, 20));
	memcpy(f.bytes + f.ip + 10, &sum, 2);
	return walk(1, &f, out);
}

CASE(fragments_in_any_order)
{
	struct fragments f;
	struct crafted c;
	struct dissect_packet p;
	const uint8_t *whole;
	uint32_t len;

	fragments_init(&f);
	make(&c, &(struct recipe) { .payload = 100 });
	CHECK_EQ_INT(part(&c, 64, 56, false, &p), DISSECT_FRAGMENT);
	CHECK(!fragments_add(&f, &p, 1, &len));
	CHECK_EQ_INT(part(&c, 0, 16, true, &p), DISSECT_FRAGMENT);
	CHECK(!fragments_add(&f, &p, 1, &len));
	CHECK(!fragments_add(&f, &p, 1, &len));
	CHECK_EQ_INT(part(&c, 8, 56, true, &p), DISSECT_FRAGMENT); /* overlaps the first */
	whole = fragments_add(&f, &p, 1, &len);
	CHECK(whole != NULL);
	CHECK_EQ_INT(len, 120);
	CHECK_EQ_INT(dissect_whole(whole, len, &strict, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.flags, 0);
	CHECK_EQ_INT(p.payload_len, 100);
	fragments_finish(&f);
	CHECK_EQ_INT(f.given_up, 0);
	fragments_free(&f);
}

CASE(fragments_are_bounded)
{
	struct fragments f;
	struct crafted c;
	struct dissect_packet p;
	uint32_t len;

	fragments_init(&f);
	make(&c, &(struct recipe) { .payload = 100 });
	part(&c, 0, 16, true, &p);
	for (uint32_t id = 0; id < FRAGMENTS_MAX + 10; id++) {
		p.fragment_id = id;
		CHECK(!fragments_add(&f, &p, 1, &len));
	}
	CHECK_EQ_INT(f.count, FRAGMENTS_MAX);
	CHECK_EQ_INT(f.given_up, 10);
	p.fragment_id = 5000;
	fragments_add(&f, &p, 2 + FRAGMENTS_TIMEOUT_NS, &len);
	CHECK_EQ_INT(f.count, 1);
	p.fragment_offset = 65528;
	CHECK(!fragments_add(&f, &p, 1, &len)); /* ends behind 64 KiB */
	fragments_free(&f);
}

CASE(a_fragment_from_behind_the_end_completes_nothing)
{
	struct fragments f;
	struct crafted c;
	struct dissect_packet p;
	uint32_t len;

	fragments_init(&f);
	make(&c, &(struct recipe) { .payload = 100 });
	part(&c, 0, 16, true, &p);
	p.fragment_offset = 4096;
	fragments_add(&f, &p, 1, &len);
	p.fragment_offset = 16;
	p.more_fragments = false;
	CHECK(!fragments_add(&f, &p, 1, &len));
	fragments_free(&f);
}

/* ---- several in one, and less than one ---- */

CASE(an_a_msdu_gives_all_its_parts)
{
	static const char head[] = "\x88\1\0\0abcdefABCDEFabcdef\0\0\x80\0",
			  part[] = "abcdefABCDEF\0\x44\xaa\xaa\x03\0\0\0\x08";
	struct crafted one, c;
	struct dissect_packet p;
	int n = 0;

	make(&one, &raw); /* 60 bytes, and 8 of LLC: 68, and 14 make 82, padded 84 */
	wrap(&one, part, 22);
	memset(one.bytes + one.len, 0, 2);
	one.len += 2;
	c = one;
	for (int i = 0; i < 2; i++) {
		memcpy(c.bytes + c.len, one.bytes, one.len);
		c.len += one.len;
	}
	wrap(&c, head, 26);
	CHECK_EQ_INT(walk(105, &c, &p), DISSECT_TCP);
	for (n = 1; p.more; n++) {
		CHECK_EQ_INT(dissect_more(&strict, &p), DISSECT_TCP);
		CHECK_EQ_INT(p.flags, 0);
		CHECK_EQ_INT(p.payload_len, 20);
	}
	CHECK_EQ_INT(n, 3);
}

CASE(what_is_encrypted_on_the_air_is_named)
{
	struct crafted c;
	struct dissect_packet p;

	make(&c, &raw);
	wrap(&c, "\x08\x41\0\0abcdefABCDEFabcdef\0\0\xaa\xaa\x03\0\0\0\x08\0", 32);
	CHECK_EQ_INT(walk(105, &c, &p), DISSECT_ENCRYPTED);
}

CASE(what_a_mirror_cut_short_is_truncated)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct crafted c;
		struct dissect_packet p;

		make(&c, v6 ? &raw6 : &raw);
		c.len -= 10;
		wrap(&c, v6 ? "\0\0\x86\xdd" : "\0\0\x08\0", 4);
		wrap_ip(&c, 47, 0);
		CHECK_EQ_INT(walk_cut(12, &c, c.len, &judge, &p), DISSECT_TCP);
		CHECK_EQ_INT(p.flags, SEGMENT_TRUNCATED);
		CHECK_EQ_INT(p.payload_len, 20);
		CHECK_EQ_INT(walk(12, &c, &p), DISSECT_MALFORMED);
	}
}

/* ---- checksums that are to be judged ---- */

static enum dissect_checksum looks(const struct crafted *c)
{
	struct dissect_packet p;

	CHECK_EQ_INT(walk_cut(1, c, c->len, &judge, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.flags & SEGMENT_BAD_CHECKSUM, 0);
	return p.checksum;
}

/* Leaves TCP's checksum as a stack does for its card: of the pseudo header with this length. */
static void offload(struct crafted *c, uint32_t len)
{
	uint8_t pseudo[8] = { [1] = 6 };
	uint16_t sum;

	craft_put32(pseudo + 4, len);
	sum = checksum_fold(checksum_add(checksum_add(0, pseudo, 8), c->bytes + c->ip + 12, 8));
	memcpy(c->bytes + c->tcp + 16, &sum, 2);
}

CASE(checksums_are_named_by_what_they_look_like)
{
	struct crafted c;
	struct dissect_packet p;

	make(&c, &framed);
	CHECK_EQ_INT(looks(&c), CHECKSUM_RIGHT);
	c.bytes[c.tcp + 17] ^= 1;
	CHECK_EQ_INT(looks(&c), CHECKSUM_WRONG);
	offload(&c, 40);
	CHECK_EQ_INT(looks(&c), CHECKSUM_OFFLOAD);
	offload(&c, 0);
	CHECK_EQ_INT(looks(&c), CHECKSUM_OFFLOAD);
	make(&c, &framed);
	craft_put16(c.bytes + c.ip + 10, 0);
	CHECK_EQ_INT(looks(&c), CHECKSUM_OFFLOAD);
	craft_put16(c.bytes + c.ip + 2, 0);
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &judge, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.payload_len, 20);
	CHECK_EQ_INT(walk_cut(1, &c, c.len, &strict, &p), DISSECT_MALFORMED);
	make(&c, &framed);
	c.bytes[c.ip + 11] ^= 1;
	CHECK_EQ_INT(looks(&c), CHECKSUM_WRONG_IP);
	make(&c, &framed);
	CHECK_EQ_INT(walk_cut(1, &c, c.len - 5, &judge, &p), DISSECT_TCP);
	CHECK_EQ_INT(p.checksum, CHECKSUM_UNCHECKED);
}

/* ---- chance ---- */

static uint64_t random_state = 0x9e3779b97f4a7c15ULL;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 0x2545f4914f6cdd1dULL) >> 32) % limit;
}

CASE(never_reads_behind_the_end)
{
	static const int links[] = {
		0, 1, 6, 9, 10, 11, 12, 50, 51, 104, 105, 108, 113, 127, 239, 276, 192, 258, 8, 284
	};
	static const uint16_t ports[] = { 2152, 4789, 5072, 6081, 4754, 3544 };
	static const uint8_t protocols[] = { 4, 6, 17, 41, 47 };
	uint32_t count[DISSECT_RESULT_COUNT] = { 0 }, outside = 0, too_long = 0;

	for (int i = 0; i < 300000; i++) {
		struct recipe r = { .v6 = (int)random_below(2),
				    .raw_ip = (int)random_below(2),
				    .payload = random_below(60) };
		struct dissect_packet p;
		static struct crafted c;
		uint32_t cap;
		int link = links[random_below(20)];
		enum dissect_result result;

		if (random_below(2))
			link = r.raw_ip ? 12 : 1;
		if (random_below(8) == 0)
			craft_icmp(&c, &r, r.v6 ? 1 : 3, (uint8_t)random_below(16), random_below(100));
		else
			craft(&c, &r);
		if (random_below(3) == 0)
			c.bytes[c.ip + (r.v6 ? 6 : 9)] = protocols[random_below(5)];
		if (random_below(2))
			craft_put16(c.bytes + c.tcp + 2, ports[random_below(6)]);
		for (uint32_t n = random_below(6); n; n--)
			c.bytes[random_below(c.len)] = (uint8_t)random_below(256);
		cap = random_below(4) ? c.len : random_below(c.len + 1);
		result = walk_cut(link, &c, cap, random_below(2) ? &lax : random_below(2) ? &judge : &strict, &p);
		if (result >= DISSECT_RESULT_COUNT) {
			outside++;
			continue;
		}
		count[result]++;
		too_long += result == DISSECT_TCP && p.payload_len > c.len;
		if (result == DISSECT_FRAGMENT)
			too_long += p.fragment < page_end - cap || p.fragment + p.fragment_len > page_end;
	}
	CHECK_EQ_INT(outside, 0);
	CHECK_EQ_INT(too_long, 0);
	for (int i = 0; i < DISSECT_RESULT_COUNT; i++)
		if (i != DISSECT_TOO_DEEP && i != DISSECT_UNKNOWN_LINK)
			CHECK(count[i] > 0);
}
