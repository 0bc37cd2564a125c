// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The peer's half of all lives: segments made by hand, and what the kernel sends.
 * A write() to the device returns when the kernel has processed the packet, and what it answered is in the device then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "random.h"

static int64_t drained_ns; /* when the device was empty the last time */

/* 10.97.H.L and fd97::N. */
void wire_address(unsigned int number, int family, union address *out)
{
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET6)
		snprintf(text, sizeof(text), "fd97::%x", number);
	else
		snprintf(text, sizeof(text), "10.97.%u.%u", number >> 8, number & 255);
	if (!address_parse(text, out))
		die("no address: %s", text);
}

static int destination(const uint8_t *packet, size_t length)
{
	if (length >= 20 && packet[0] >> 4 == 4)
		return packet[18] << 8 | packet[19];
	return length >= 40 && packet[24] != 0xff ? packet[38] << 8 | packet[39] : -1;
}

static uint32_t space_of(const struct segment *s)
{
	return (uint32_t)s->payload_len + !!(s->flags & FLAG_SYN) + !!(s->flags & FLAG_FIN);
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Returns whether the peer is to be deaf to it. */
static bool follow(struct actor *l, const struct segment *s)
{
	struct block *b = &l->block;

	if (s->timestamp)
		l->peer_timestamp = s->timestamp;
	if (s->flags & FLAG_RST)
		return false;
	if (s->flags & FLAG_ACK && before(b->una, s->ack) && !before(b->snd_nxt, s->ack))
		b->una = s->ack;
	if (s->flags & FLAG_SYN && !b->irs_known) {
		b->irs = b->rcv_nxt = s->seq;
		b->irs_known = true;
	}
	if (!b->irs_known || s->seq != b->rcv_nxt || !space_of(s))
		return false;
	if (l->deaf && !(s->flags & FLAG_SYN)) {
		l->deaf--;
		return true;
	}
	b->rcv_nxt += space_of(s);
	return false;
}

static void take_in(const uint8_t *packet, size_t length)
{
	int number = destination(packet, length);
	struct actor *l = number > 0 ? life_of_number((unsigned int)number) : NULL;
	struct segment s;

	if (!l || !packet_parse(packet, length, &s))
		return;
	log_segment(l, false, drained_ns, &s, follow(l, &s));
}

void wire_drain(void)
{
	static uint8_t packet[PACKET_MAX];
	ssize_t length;
	int64_t empty;

	for (;;) {
		empty = clock_ns();
		length = read(tun, packet, sizeof(packet));
		if (length <= 0)
			break;
		take_in(packet, (size_t)length);
	}
	if (errno != EAGAIN)
		die("read: %s", strerror(errno));
	drained_ns = empty;
}

static void apply_mod(struct actor *l, struct segment *s, const char *mod)
{
	uint32_t n = (uint32_t)strtoul(mod[0] && mod[1] ? mod + 2 : "", NULL, 10);

	if (!strcmp(mod, "bad"))
		s->bad_checksum = true;
	else if (mod[0] == 'l')
		s->payload_len = strtoul(mod + 1, NULL, 10);
	else if (mod[0] == 'w')
		s->window = (uint16_t)strtoul(mod + 1, NULL, 10);
	else if (mod[0] == 's')
		s->seq += mod[1] == '-' ? -n : n;
	else if (mod[0] == 'a')
		s->ack += mod[1] == '-' ? -n : n;
	else if (mod[0] == 't' && s->timestamp)
		s->timestamp -= 1000000;
	else if (mod[0] == 'i')
		s->seq = l->block.isn;
}

static uint8_t flags_of(const char **spec)
{
	static const char LETTERS[] = "FSRPAUEW";
	uint8_t flags = 0;

	for (; **spec && **spec != ','; (*spec)++) {
		const char *letter = strchr(LETTERS, **spec);

		if (letter)
			flags |= (uint8_t)(1 << (letter - LETTERS));
	}
	return flags;
}

static void write_packet(struct actor *l, const uint8_t *packet, size_t length)
{
	if (write(tun, packet, length) != (ssize_t)length)
		die("write: %s", strerror(errno));
}

void wire_send(struct actor *l, const char *spec)
{
	static uint8_t packet[PACKET_MAX];
	struct block *b = &l->block;
	struct segment s = { .seq = b->snd_nxt,
			     .ack = b->rcv_nxt,
			     .window = 60000,
			     .sport = ntohs(*address_port(&l->peer)),
			     .dport = ntohs(*address_port(&l->local)),
			     .timestamp = l->timestamps ? (uint32_t)(clock_ns() / MS) | 1 : 0 };
	char mods[64], *rest = mods;
	bool as_it_should_be;
	uint32_t ack = s.ack;
	int64_t t0;

	s.flags = flags_of(&spec);
	snprintf(mods, sizeof(mods), "%s", *spec ? spec + 1 : "");
	for (char *mod; (mod = strsep(&rest, ","));)
		apply_mod(l, &s, mod);
	as_it_should_be = s.seq == b->snd_nxt && !s.bad_checksum && !(s.flags & FLAG_RST) && !before(ack, s.ack) &&
			  !strstr(mods, "t-");
	me.peer_timestamp = l->peer_timestamp;
	wire_drain();
	t0 = l->sent_ns = clock_ns();
	write_packet(l, packet, packet_build(packet, &l->peer, &l->local, &s));
	if (as_it_should_be && space_of(&s)) {
		b->snd_nxt += space_of(&s);
		b->fin_sent |= !!(s.flags & FLAG_FIN);
	}
	log_segment(l, true, t0, &s, false);
	wire_drain();
}

/* Destination unreachable about the kernel's SYN: host, port, or by an administrator. */
void wire_icmp(struct actor *l)
{
	static const int CODES4[] = { 1, 3, 13 }, CODES6[] = { 3, 4, 1 };
	static uint8_t packet[PACKET_MAX];
	bool v4 = l->peer.sa.sa_family == AF_INET;
	unsigned int which = chance_of(l, 3);
	int code = v4 ? CODES4[which] : CODES6[which];
	struct segment about = { .seq = l->block.irs,
				 .flags = FLAG_SYN,
				 .sport = ntohs(*address_port(&l->local)),
				 .dport = ntohs(*address_port(&l->peer)) };
	int64_t t0;

	wire_drain();
	t0 = clock_ns();
	write_packet(l, packet, packet_build_unreachable(packet, &l->peer, &l->local, &about, code));
	log_icmp(l, t0, v4 ? 3 : 1, code);
	wire_drain();
}
