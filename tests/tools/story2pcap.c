// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * story2pcap STORY CAPTURE: makes a capture of a story, a segment a line:
 *     SECONDS FROM TO FLAGS SEQ ACK LEN [win=N] [vlan=N] [snap=N] [options=BYTES] [ttl=N] [id=N]
 * [icmp=TYPE,CODE,WHO:0] (an ICMP error that quotes the segment stands there instead of it)
 * [bad|badip|offload|tso|noip] (the last: which checksums are wrong; as a sender leaves them to its network card:
 * TCP's, with the IP length, or IP's) with ends as 10.0.0.1:80 or [2001:db8::1]:80 and flags of SAFRP or 0. "#" begins
 * a comment, "format NAME" sets pcap, nano, swapped, pcapng, or pcapng-two (segments turn by turn on an Ethernet
 * interface with microseconds and a raw one with nanoseconds); "base N" the first second. Lines that begin with "=" or
 * "z" are for who checks.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow.h"
#include "lib/checksum.h"

enum format { PCAP, NANO, SWAPPED, PCAPNG, PCAPNG_TWO };

static enum format format;
static unsigned long long base = 1000000000;
static FILE *out;
static unsigned int packets;

static uint32_t swap(uint32_t v)
{
	return format == SWAPPED ? __builtin_bswap32(v) : v;
}

static void put(uint32_t v)
{
	v = swap(v);
	fwrite(&v, 4, 1, out);
}

static void put16x2(uint16_t a, uint16_t b)
{
	uint16_t v[2] = { format == SWAPPED ? __builtin_bswap16(a) : a, format == SWAPPED ? __builtin_bswap16(b) : b };

	fwrite(v, 4, 1, out);
}

static void begin_interface(uint16_t link, bool nano)
{
	put(1);
	put(nano ? 32 : 20);
	put16x2(link, 0);
	put(nano ? 65535 : 262144);
	if (nano) {
		put16x2(9, 1); /* if_tsresol */
		put(9);
		put(0);
	}
	put(nano ? 32 : 20);
}

static void begin_file(void)
{
	if (format >= PCAPNG) {
		put(0x0a0d0d0a);
		put(28);
		put(0x1a2b3c4d);
		put16x2(1, 0);
		put(~0U);
		put(~0U);
		put(28);
		begin_interface(1, false);
		if (format == PCAPNG_TWO)
			begin_interface(101, true);
		return;
	}
	put(format == NANO ? 0xa1b23c4d : 0xa1b2c3d4);
	put16x2(2, 4);
	put(0);
	put(0);
	put(262144);
	put(1);
}

static void write_packet(unsigned long long ns, const uint8_t *bytes, uint32_t cap, uint32_t len)
{
	static const uint8_t padding[4];
	unsigned int interface = format == PCAPNG_TWO ? packets % 2 : 0;
	uint32_t skip = interface ? 14 : 0, padded;
	unsigned long long ticks = interface ? ns : ns / 1000;

	packets++;
	bytes += skip;
	len -= skip;
	cap = cap > skip ? cap - skip : 0;
	padded = (cap + 3) & ~3U;
	if (format >= PCAPNG) {
		put(6);
		put(32 + padded);
		put(interface);
		put((uint32_t)(ticks >> 32));
		put((uint32_t)ticks);
	} else {
		put((uint32_t)(ns / 1000000000));
		put((uint32_t)(ns % 1000000000 / (format == NANO ? 1 : 1000)));
	}
	put(cap);
	put(len);
	fwrite(bytes, 1, cap, out);
	if (format >= PCAPNG) {
		fwrite(padding, 1, padded - cap, out);
		put(32 + padded);
	}
}

/* ---- a segment ---- */

enum sums { GOOD, BAD, BAD_IP, OFFLOAD, TSO, NO_IP_SUM };

struct segment {
	struct endpoint from, to;
	uint8_t flags;
	uint32_t seq, ack, len;
	unsigned int window, vlan, snap, options, ttl, id;
	unsigned int icmp_type, icmp_code; /* type 0 = the segment itself */
	struct endpoint icmp_from;
	enum sums sums;
};

static uint8_t *put_be(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*p++ = (uint8_t)(v >> 8 * i);
	return p;
}

/* protocol: TCP, or what ICMP has for this version. */
static uint8_t *put_ip(uint8_t *p, const struct segment *s, uint32_t tcp_len, uint32_t protocol)
{
	bool v4 = endpoint_is_ipv4(&s->from);
	uint8_t *ip = p;
	uint16_t sum;

	if (!v4) {
		p = put_be(p, 0x60000000ULL << 32 | tcp_len << 16 | protocol << 8 | s->ttl, 8);
		memcpy(p, s->from.addr, 16);
		memcpy(p + 16, s->to.addr, 16);
		return p + 32;
	}
	p = put_be(p, 0x45000000 | (tcp_len + 20), 4);
	p = put_be(p, (uint64_t)s->id << 48 | 0x400000000000ULL | s->ttl << 24 | protocol << 16, 8);
	memcpy(p, s->from.addr + 12, 4);
	memcpy(p + 4, s->to.addr + 12, 4);
	sum = ~checksum_fold(checksum_add(0, ip, 20));
	if (s->sums == BAD_IP)
		sum ^= 0x55;
	if (s->sums == TSO)
		memset(ip + 2, 0, 2);
	if (s->sums == TSO || s->sums == NO_IP_SUM)
		sum = 0;
	memcpy(ip + 10, &sum, 2);
	return p + 8;
}

/* What stands at ip is sent back by who is named; its end. Nobody looks at an ICMP checksum. */
static uint8_t *quote(uint8_t *ip, size_t len, const struct segment *s)
{
	struct segment error = { .from = s->icmp_from, .to = s->from, .ttl = 64 };
	bool v4 = endpoint_is_ipv4(&s->from);
	uint8_t *p = ip + (v4 ? 20 : 40);

	memmove(p + 8, ip, len);
	put_ip(ip, &error, len + 8, v4 ? 1 : 58);
	put_be(p, (uint64_t)s->icmp_type << 56 | (uint64_t)s->icmp_code << 48, 8);
	return p + 8 + len;
}

static void write_segment(unsigned long long ns, const struct segment *s)
{
	static uint8_t frame[70000];
	uint8_t *p = frame, *ip, *tcp, pseudo[8] = { [1] = 6 };
	uint32_t tcp_len = 20 + s->options + s->len;
	uint64_t pseudo_sum;
	uint16_t sum;

	memset(frame, 0, sizeof(frame));
	p = put_be(p + 12, 0, 0);
	if (s->vlan)
		p = put_be(p, 0x81000000U | s->vlan, 4);
	p = put_be(p, endpoint_is_ipv4(&s->from) ? 0x0800 : 0x86dd, 2);
	ip = p;
	tcp = put_ip(p, s, tcp_len, 6);
	p = put_be(tcp, (uint64_t)s->from.port << 16 | s->to.port, 4);
	p = put_be(p, s->seq, 4);
	p = put_be(p, s->ack, 4);
	p = put_be(p, (uint64_t)(20 + s->options) / 4 << 28 | (uint64_t)s->flags << 16 | s->window, 4) + 4;
	memset(p, 1, s->options);
	memset(p + s->options, 'x', s->len);
	put_be(pseudo + 4, tcp_len, 4);
	pseudo_sum = checksum_add(checksum_add(checksum_add(0, pseudo, 8), s->from.addr, 16), s->to.addr, 16);
	sum = ~checksum_fold(checksum_add(pseudo_sum, tcp, tcp_len));
	sum ^= s->sums == BAD ? 0x55 : 0;
	if (s->sums == OFFLOAD || s->sums == TSO)
		sum = checksum_fold(pseudo_sum);
	memcpy(tcp + 16, &sum, 2);
	p = tcp + tcp_len;
	if (s->icmp_type)
		p = quote(ip, p - ip, s);
	write_packet(ns, frame, s->snap && s->snap < p - frame ? s->snap : (uint32_t)(p - frame),
		     (uint32_t)(p - frame));
}

static uint8_t flags_of(const char *letters)
{
	static const char all[] = "FSRPAUEC";
	uint8_t flags = 0;

	for (; *letters; letters++) {
		const char *at = strchr(all, *letters);

		flags |= at ? 1U << (at - all) : 0;
	}
	return flags;
}

static int take_option(struct segment *s, const char *word)
{
	static const char *const sums[] = { "good", "bad", "badip", "offload", "tso", "noip" };

	char who[64];

	if (sscanf(word, "icmp=%u,%u,%63s", &s->icmp_type, &s->icmp_code, who) == 3)
		return endpoint_parse(who, &s->icmp_from);
	if (sscanf(word, "win=%u", &s->window) == 1 || sscanf(word, "vlan=%u", &s->vlan) == 1 ||
	    sscanf(word, "snap=%u", &s->snap) == 1 || sscanf(word, "options=%u", &s->options) == 1 ||
	    sscanf(word, "ttl=%u", &s->ttl) == 1 || sscanf(word, "id=%u", &s->id) == 1)
		return 0;
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		if (strcmp(word, sums[i]))
			continue;
		s->sums = (enum sums)i;
		return 0;
	}
	return -EINVAL;
}

static int take_segment(const char *line)
{
	struct segment s = { .window = 65535, .ttl = 64 };
	char from[64], to[64], letters[16], rest[128] = "";
	double seconds;

	if (sscanf(line, "%lf %63s %63s %15s %u %u %u %127[^\n]", &seconds, from, to, letters, &s.seq, &s.ack, &s.len,
		   rest) < 7 ||
	    endpoint_parse(from, &s.from) || endpoint_parse(to, &s.to) || s.len > 65000)
		return -EINVAL;
	for (char *word = strtok(rest, " "); word; word = strtok(NULL, " "))
		if (take_option(&s, word))
			return -EINVAL;
	s.flags = flags_of(letters);
	write_segment(base * 1000000000 + (unsigned long long)(seconds * 1e6 + 0.5) * 1000, &s);
	return 0;
}

static int take_line(const char *line)
{
	static const char *const names[] = { "pcap", "nano", "swapped", "pcapng", "pcapng-two" };
	char name[16];

	if (line[0] == '#' || line[0] == '=' || line[0] == 'z' || line[0] == '\n')
		return 0;
	if (sscanf(line, "base %llu", &base) == 1)
		return 0;
	if (sscanf(line, "format %15s", name) == 1) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strcmp(names[i], name)) {
				format = i;
				return 0;
			}
		return -EINVAL;
	}
	if (!packets)
		begin_file();
	return take_segment(line);
}

int main(int argc, char **argv)
{
	FILE *in = argc == 3 ? fopen(argv[1], "r") : NULL;
	unsigned int line_number = 0;
	char line[512];

	out = in ? fopen(argv[2], "wb") : NULL;
	if (!out) {
		fprintf(stderr, "usage: %s STORY CAPTURE\n", argv[0]);
		return 2;
	}
	while (fgets(line, sizeof(line), in)) {
		line_number++;
		if (take_line(line)) {
			fprintf(stderr, "%s:%u: cannot be read: %s", argv[1], line_number, line);
			return 1;
		}
	}
	fclose(in);
	return fclose(out) ? 1 : 0;
}
