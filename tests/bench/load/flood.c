// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* SYNs from addresses that nobody has, to a listener that keeps its half-open connections or answers with cookies. */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/checksum.h"

#define BATCH	   64
#define SPOOFED_AT 0x0a800000 /* 10.128.0.0/9 */

struct syn {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t options[4];
} __attribute__((packed));

_Static_assert(sizeof(struct syn) == 44, "packed");

struct pseudo {
	uint32_t from, to;
	uint8_t zero, protocol;
	uint16_t length;
};

static uint16_t tcp_checksum(const struct syn *s)
{
	const uint16_t length = sizeof(*s) - sizeof(s->ip);
	struct pseudo pseudo = { s->ip.saddr, s->ip.daddr, 0, IPPROTO_TCP, htons(length) };
	uint8_t segment[sizeof(*s)];

	memcpy(segment, &s->tcp, length);
	return (uint16_t)~checksum_fold(checksum_add(checksum_add(0, &pseudo, sizeof(pseudo)), segment, length));
}

/* A multiplicative walk: no address and port come again for a long time, and each run sends the same ones. */
static void make_syn(struct syn *s, const struct sockaddr_in *to, uint64_t nth)
{
	uint64_t mixed = (nth + 1) * 0x9e3779b97f4a7c15ULL;

	*s = (struct syn) {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP, .daddr = to->sin_addr.s_addr },
		.tcp = { .dest = to->sin_port, .doff = 6, .syn = 1, .window = htons(64240) },
		.options = { 2, 4, 1460 >> 8, 1460 & 0xff },
	};
	s->ip.tot_len = htons(sizeof(*s));
	s->ip.saddr = htonl(SPOOFED_AT | (mixed >> 40 & 0x7fffff));
	s->tcp.source = htons(1024 + (mixed >> 20) % 60000);
	s->tcp.seq = htonl((uint32_t)mixed);
	s->tcp.check = tcp_checksum(s);
}

static void *wait_for_none(struct load_server *s)
{
	while (accept(s->listener, NULL, NULL) >= 0)
		s->count++;
	return NULL;
}

static unsigned int send_batch(int fd, const struct load_options *o, uint64_t first)
{
	static struct syn packet[BATCH];
	struct sockaddr_in to = o->server.v4;
	struct iovec part[BATCH];
	struct mmsghdr message[BATCH];
	int sent;

	for (int i = 0; i < BATCH; i++) {
		make_syn(&packet[i], &o->server.v4, first + (uint64_t)i);
		part[i] = (struct iovec) { &packet[i], sizeof(packet[i]) };
		message[i] = (struct mmsghdr) {
			.msg_hdr = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &part[i], .msg_iovlen = 1 },
		};
	}
	sent = sendmmsg(fd, message, BATCH, 0);
	if (sent < 0)
		load_die("sendmmsg");
	return (unsigned int)sent;
}

int load_flood(const struct load_options *o)
{
	struct load_server server = { .o = o, .serve = wait_for_none };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	uint64_t sent = 0;
	double begin, now;

	if (fd < 0)
		load_die("raw socket");
	load_server_start(&server);
	begin = load_now();
	do {
		sent += send_batch(fd, o, sent);
		now = load_now();
	} while (o->count ? sent < o->count : now - begin < o->seconds);
	load_server_stop(&server);
	load_print("flood", "SYNs", sent, server.count, now - begin);
	close(fd);
	return 0;
}
