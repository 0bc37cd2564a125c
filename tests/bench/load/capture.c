// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Connections as a capture: pcap, Ethernet, IPv4, ten packets each with a request and an answer, sums all right. */
#include "load.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "lib/checksum.h"

#define BEGINNING_S 1790000000U
#define US_PER_S    1000000ULL
#define REQUEST	    100
#define ANSWER	    1000
#define SERVER_PORT 8080

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, link;
};

struct packet {
	uint32_t seconds, microseconds, captured, length;
	struct ether_header ethernet;
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t payload[ANSWER];
} __attribute__((packed));

struct pseudo {
	uint32_t from, to;
	uint8_t zero, protocol;
	uint16_t length;
};

enum end { CLIENT, SERVER };

static uint16_t sum_over(uint64_t sum, const void *bytes, size_t len)
{
	return (uint16_t)~checksum_fold(checksum_add(sum, bytes, len));
}

static void fill_sums(struct packet *p, uint16_t tcp_length)
{
	struct pseudo pseudo = { p->ip.saddr, p->ip.daddr, 0, IPPROTO_TCP, htons(tcp_length) };
	uint8_t segment[sizeof(p->tcp) + ANSWER];

	memcpy(segment, &p->tcp, tcp_length);
	p->tcp.check = sum_over(checksum_add(0, &pseudo, sizeof(pseudo)), segment, tcp_length);
	memcpy(segment, &p->ip, sizeof(p->ip));
	p->ip.check = sum_over(0, segment, sizeof(p->ip));
}

static uint32_t address_of(uint64_t nth, enum end side)
{
	return htonl(side == CLIENT ? 0x0a010000U | (uint32_t)(nth / 28000) : 0x0a020001U);
}

static uint16_t port_of(uint64_t nth, enum end side)
{
	return htons(side == CLIENT ? (uint16_t)(32768 + nth % 28000) : SERVER_PORT);
}

static void put_packet(uint64_t us, uint64_t nth, enum end from, uint8_t flags, uint32_t seq, uint32_t ack,
		       uint16_t payload)
{
	const uint16_t tcp_length = (uint16_t)(sizeof(struct tcphdr) + payload);
	const uint32_t isn[] = { (uint32_t)(nth * 0x9e3779b1U), (uint32_t)(nth * 0x85ebca6bU) };
	struct packet p = {
		.seconds = BEGINNING_S + (uint32_t)(us / US_PER_S),
		.microseconds = (uint32_t)(us % US_PER_S),
		.ethernet = { .ether_dhost = { 2, [5] = 1 },
			      .ether_shost = { 2, [5] = 2 },
			      .ether_type = htons(ETHERTYPE_IP) },
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP },
		.tcp = { .doff = 5, .window = htons(64240) },
	};

	p.captured = p.length = (uint32_t)(sizeof(p.ethernet) + sizeof(p.ip) + tcp_length);
	p.ip.tot_len = htons((uint16_t)(sizeof(p.ip) + tcp_length));
	p.ip.saddr = address_of(nth, from);
	p.ip.daddr = address_of(nth, !from);
	p.tcp.source = port_of(nth, from);
	p.tcp.dest = port_of(nth, !from);
	p.tcp.seq = htonl(isn[from] + seq);
	p.tcp.ack_seq = flags & TH_ACK ? htonl(isn[!from] + ack) : 0;
	p.tcp.th_flags = flags;
	fill_sums(&p, tcp_length);
	if (fwrite(&p, 16 + p.captured, 1, stdout) != 1)
		load_die("stdout");
}

static void put_connection(uint64_t us, uint64_t nth)
{
	const uint32_t asked = 1 + REQUEST, told = 1 + ANSWER;

	put_packet(us, nth, CLIENT, TH_SYN, 0, 0, 0);
	put_packet(us + 1, nth, SERVER, TH_SYN | TH_ACK, 0, 1, 0);
	put_packet(us + 2, nth, CLIENT, TH_ACK, 1, 1, 0);
	put_packet(us + 3, nth, CLIENT, TH_PUSH | TH_ACK, 1, 1, REQUEST);
	put_packet(us + 4, nth, SERVER, TH_PUSH | TH_ACK, 1, asked, ANSWER);
	put_packet(us + 5, nth, CLIENT, TH_ACK, asked, told, 0);
	put_packet(us + 6, nth, CLIENT, TH_FIN | TH_ACK, asked, told, 0);
	put_packet(us + 7, nth, SERVER, TH_ACK, told, asked + 1, 0);
	put_packet(us + 8, nth, SERVER, TH_FIN | TH_ACK, told, asked + 1, 0);
	put_packet(us + 9, nth, CLIENT, TH_ACK, asked + 1, told + 1, 0);
}

int load_capture(const struct load_options *o)
{
	struct pcap_header header = { 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1 };

	if (fwrite(&header, sizeof(header), 1, stdout) != 1)
		load_die("stdout");
	for (uint64_t nth = 0; nth < o->count; nth++)
		put_connection(nth * US_PER_S / (o->rate ? o->rate : LOAD_RATE), nth);
	if (fflush(stdout))
		load_die("stdout");
	return 0;
}
