// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The peer's half: segments made by hand and waited for.
 *
 * "<FLAGS[,MOD]..." makes one, of tcpdump's letters, 0 for none of them. Sequence and ACK number are those of an
 * orderly TCP; a segment in its place moves the sequence on. MODs: lN payload of N bytes; s+N s-N a+N a-N numbers
 * beside the right ones; sz sequence number 0; bad checksum; wN window.
 * ">FLAGS[,lN]" waits for one of exactly these flags (PSH, ECE and CWR apart), and of that payload; what comes before
 * it is counted and left aside.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

#define INBOX 512

static struct segment inbox[INBOX];
static unsigned int inbox_head, inbox_count;

static uint8_t flags_of(const char **spec)
{
	static const char LETTERS[] = "FSRPAUEW";
	uint8_t flags = 0;

	for (; **spec && **spec != ','; (*spec)++) {
		const char *letter = strchr(LETTERS, **spec);

		if (letter)
			flags |= (uint8_t)(1 << (letter - LETTERS));
		else if (**spec != '0')
			die("no such flag");
	}
	return flags;
}

static uint32_t space_of(const struct segment *s)
{
	return (uint32_t)s->payload_len + !!(s->flags & FLAG_SYN) + !!(s->flags & FLAG_FIN);
}

/* ---- what the kernel sends ---- */

#define SYN_DATA_MAX 1024 /* of TCP Fast Open */

/* Not a SYN+ACK that answers another SYN: a request sends it again until it is gone. */
static bool is_of(const struct flow *f, const struct segment *s)
{
	return (s->flags & (FLAG_SYN | FLAG_ACK)) != (FLAG_SYN | FLAG_ACK) || s->ack - (f->isn + 1) <= SYN_DATA_MAX;
}

/* Whose is it? The last connection of that port: a tuple's next life comes after the one before. */
static struct flow *flow_of(const struct segment *s)
{
	for (unsigned int i = me.at + 1; i > 0; i--) {
		struct flow *f = &me.flow[i - 1];

		if (!f->port)
			f->port = s->sport; /* chosen by connect() */
		if (f->port == s->sport && f->peer_port == s->dport && is_of(f, s))
			return f;
	}
	return NULL;
}

static void follow(struct flow *f, const struct segment *s)
{
	f->packets[RECEIVED]++;
	if (s->timestamp)
		me.peer_timestamp = s->timestamp;
	if (s->flags & FLAG_RST)
		return;
	if (s->flags & FLAG_SYN && !f->irs_known) {
		f->irs = f->rcv_nxt = s->seq;
		f->irs_known = true;
	}
	if (!f->irs_known || s->seq != f->rcv_nxt)
		return;
	f->rcv_nxt += space_of(s);
	f->bytes[RECEIVED] += s->payload_len;
}

static void take_in(const uint8_t *packet, size_t length)
{
	struct segment s;
	struct flow *f;

	if (!packet_parse(packet, length, &s))
		return;
	f = flow_of(&s);
	if (!f)
		return;
	follow(f, &s);
	if (inbox_count == INBOX)
		inbox_head = (inbox_head + 1) % INBOX, inbox_count--;
	inbox[(inbox_head + inbox_count++) % INBOX] = s;
}

bool segments_take_in(int wait_ms)
{
	static uint8_t packet[PACKET_MAX];
	struct pollfd p = { .fd = me.channel, .events = POLLIN };
	bool any = false;

	while (must(poll(&p, 1, any ? 0 : wait_ms)) > 0) {
		ssize_t length = recv(me.channel, packet, sizeof(packet), MSG_DONTWAIT);

		if (length <= 0)
			die("the device is gone");
		take_in(packet, (size_t)length);
		any = true;
	}
	return any;
}

static bool next_segment(struct segment *out)
{
	int64_t give_up = now_ns() + GIVE_UP_NS;

	while (!inbox_count) {
		if (!segments_take_in(100) && now_ns() > give_up)
			return false;
	}
	*out = inbox[inbox_head];
	inbox_head = (inbox_head + 1) % INBOX;
	inbox_count--;
	return true;
}

#define PLAIN (FLAG_FIN | FLAG_SYN | FLAG_RST | FLAG_ACK | FLAG_URG)

/* A bare ACK, of less than all that the peer sent, or the SYN+ACK of a request before. */
static bool is_belated(const struct segment *s)
{
	return !is_of(flow(), s) || ((s->flags & PLAIN) == FLAG_ACK && !s->payload_len && s->ack != flow()->snd_nxt);
}

void segment_expect(const char *spec)
{
	uint8_t flags = flags_of(&spec);
	long length = spec[0] == ',' && spec[1] == 'l' ? strtol(spec + 2, NULL, 10) : -1;
	char seen[256] = "";
	struct segment s;

	while (next_segment(&s)) {
		if ((s.flags & PLAIN) == (flags & PLAIN) && (length < 0 || s.payload_len == (size_t)length) &&
		    !is_belated(&s))
			return;
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), " %02x/%zu", s.flags, s.payload_len);
	}
	die("it does not come; these did:%s", seen);
}

/* ---- what the peer sends ---- */

static void send_packet(const uint8_t *packet, size_t length)
{
	if (write(me.tun, packet, length) != (ssize_t)length)
		die("write: %s", strerror(errno));
}

static bool apply_mod(struct segment *s, const char *mod)
{
	uint32_t n = (uint32_t)strtoul(mod[0] && mod[1] ? mod + 2 : "", NULL, 10);

	if (!strcmp(mod, "bad"))
		s->bad_checksum = true;
	else if (!strcmp(mod, "sz"))
		s->seq = 0;
	else if (mod[0] == 'l')
		s->payload_len = strtoul(mod + 1, NULL, 10);
	else if (mod[0] == 'w')
		s->window = (uint16_t)strtoul(mod + 1, NULL, 10);
	else if (mod[0] == 's')
		s->seq += mod[1] == '-' ? -n : n;
	else if (mod[0] == 'a')
		s->ack += mod[1] == '-' ? -n : n;
	else
		return false;
	return true;
}

static struct segment next_of(struct flow *f)
{
	return (struct segment) { .seq = f->snd_nxt,
				  .ack = f->rcv_nxt,
				  .window = 60000,
				  .sport = ntohs(*address_port(&me.peer)),
				  .dport = f->port,
				  .timestamp = me.timestamps ? (uint32_t)(now_ns() / 1000000) | 1 : 0 };
}

void segment_send(const char *spec)
{
	static uint8_t packet[PACKET_MAX];
	struct flow *f = flow();
	struct segment s = next_of(f);
	char mods[64], *rest = mods;

	s.flags = flags_of(&spec);
	snprintf(mods, sizeof(mods), "%s", *spec ? spec + 1 : "");
	for (char *mod; (mod = strsep(&rest, ","));) {
		if (*mod && !apply_mod(&s, mod))
			die("no such modification: %s", mod);
	}
	if (!f->port)
		die("the kernel's port is not known");
	f->packets[SENT]++;
	if (s.seq == f->snd_nxt && !s.bad_checksum && !(s.flags & FLAG_RST)) {
		f->snd_nxt += space_of(&s);
		f->bytes[SENT] += s.payload_len;
	}
	me.closing_ns = now_ns();
	send_packet(packet, packet_build(packet, &me.peer, &me.kernel, &s));
}

/* ICMP destination unreachable, about the kernel's first segment. */
void do_icmp(const char *arg)
{
	static uint8_t packet[PACKET_MAX];
	struct segment about = {
		.seq = flow()->irs, .flags = FLAG_SYN, .sport = flow()->port, .dport = ntohs(*address_port(&me.peer))
	};

	send_packet(packet, packet_build_unreachable(packet, &me.peer, &me.kernel, &about, atoi(arg)));
}

/* Until that many bytes came in all, each segment acknowledged. */
void do_take(const char *arg)
{
	uint64_t wanted = strtoull(arg, NULL, 10);
	struct segment s;

	while (flow()->bytes[RECEIVED] < wanted || inbox_count) {
		if (!next_segment(&s))
			die("%llu bytes are missing", (unsigned long long)(wanted - flow()->bytes[RECEIVED]));
		if (s.payload_len)
			segment_send("A");
	}
}
