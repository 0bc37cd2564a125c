// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * bigpcap CAPTURE CONNECTIONS [REQUESTS]: a capture for benchmarks, always the same for the same numbers. 1000
 * connections at a time, each with handshake, REQUESTS (2) of 200 bytes with an answer of 800, and teardown in four
 * steps: 7 + 3 * REQUESTS packets. Checksums are right.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/checksum.h"

#define AT_ONCE	 1000
#define REQUEST	 200
#define RESPONSE 800
#define GAP_US	 5 /* between two packets of the file */

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

static FILE *out;
static uint64_t now_us = 1700000000000000ULL;

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Connection i; from: 0 = client. */
static void segment(uint32_t i, int from, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
	static uint8_t packet[16 + 54 + RESPONSE];
	uint8_t *frame = packet + 16, *ip = frame + 14, *tcp = ip + 20, pseudo[4] = { 0, 6 };
	uint32_t header[4] = { (uint32_t)(now_us / 1000000), (uint32_t)(now_us % 1000000), 54 + len, 54 + len };
	uint16_t sum;

	now_us += GAP_US;
	memcpy(packet, header, sizeof(header));
	memset(frame, 2, 12);
	put16(frame + 12, 0x0800);
	memset(ip, 0, 40);
	put32(ip, 0x45000000 | (40 + len));
	put32(ip + 8, 0x40060000);
	put32(ip + (from ? 16 : 12), 0x0a000000 | i / 50000);
	put32(ip + (from ? 12 : 16), 0x0b000000 | i % 7);
	sum = ~checksum_fold(checksum_add(0, ip, 20));
	memcpy(ip + 10, &sum, 2);
	put16(tcp + (from ? 2 : 0), 10000 + i % 50000);
	put16(tcp + (from ? 0 : 2), 443);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	put32(tcp + 12, 0x50000000U | (uint32_t)flags << 16 | 0xffff);
	memset(tcp + 20, 'x', len);
	put16(pseudo + 2, 20 + len);
	sum = ~checksum_fold(checksum_add(checksum_add(checksum_add(0, pseudo, 4), ip + 12, 8), tcp, 20 + len));
	memcpy(tcp + 16, &sum, 2);
	fwrite(packet, 1, 16 + 54 + len, out);
}

/* Step n of connection i. Returns false behind the last. */
static bool step(uint32_t i, uint32_t n, uint32_t requests)
{
	uint32_t client = i * 7919 + 1, server = i * 104729 + 1, r = n < 3 ? 0 : (n - 3) / 3;
	uint32_t sent = client + r * REQUEST, got = server + r * RESPONSE;

	if (n == 0)
		segment(i, 0, SYN, client - 1, 0, 0);
	else if (n == 1)
		segment(i, 1, SYN | ACK, server - 1, client, 0);
	else if (n == 2)
		segment(i, 0, ACK, client, server, 0);
	else if (r < requests && n % 3 == 0)
		segment(i, 0, PSH | ACK, sent, got, REQUEST);
	else if (r < requests && n % 3 == 1)
		segment(i, 1, PSH | ACK, got, sent + REQUEST, RESPONSE);
	else if (r < requests)
		segment(i, 0, ACK, sent + REQUEST, got + RESPONSE, 0);
	else if (n == 3 + 3 * requests)
		segment(i, 0, FIN | ACK, sent, got, 0);
	else if (n == 4 + 3 * requests)
		segment(i, 1, ACK, server + requests * RESPONSE, client + requests * REQUEST + 1, 0);
	else if (n == 5 + 3 * requests)
		segment(i, 1, FIN | ACK, server + requests * RESPONSE, client + requests * REQUEST + 1, 0);
	else
		segment(i, 0, ACK, client + requests * REQUEST + 1, server + requests * RESPONSE + 1, 0);
	return n < 6 + 3 * requests;
}

int main(int argc, char **argv)
{
	static const uint32_t header[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1 };
	uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	uint32_t requests = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 2;

	out = count ? fopen(argv[1], "wb") : NULL;
	if (!out) {
		fprintf(stderr, "usage: %s CAPTURE CONNECTIONS [REQUESTS]\n", argv[0]);
		return 2;
	}
	fwrite(header, sizeof(header), 1, out);
	for (uint32_t first = 0; first < count; first += AT_ONCE) {
		bool more = true;

		for (uint32_t n = 0; more; n++)
			for (uint32_t i = first; i < first + AT_ONCE && i < count; i++)
				more = step(i, n, requests);
	}
	return fclose(out) ? 1 : 0;
}
