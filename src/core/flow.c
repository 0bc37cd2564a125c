// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Compares and hashes tuples, and converts addresses to text and back. */
#include "core/flow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_mix.h"

static const uint8_t V4_MAPPED[12] = { [10] = 0xff, [11] = 0xff };

struct event_tuple event_tuple_swapped(const struct event_tuple *tuple)
{
	struct event_tuple t = { .port = { tuple->port[1], tuple->port[0] } };

	memcpy(t.addr[0], tuple->addr[1], sizeof(t.addr[0]));
	memcpy(t.addr[1], tuple->addr[0], sizeof(t.addr[1]));
	return t;
}

bool endpoint_is_ipv4(const struct endpoint *e)
{
	return !memcmp(e->addr, V4_MAPPED, sizeof(V4_MAPPED));
}

bool endpoint_is_loopback(const struct endpoint *e)
{
	static const uint8_t v6_loopback[16] = { [15] = 1 };

	if (endpoint_is_ipv4(e))
		return e->addr[12] == 127;
	return !memcmp(e->addr, v6_loopback, sizeof(v6_loopback));
}

/* 0 to 255 without printf: a record has two addresses. */
static char *add_octet(char *p, unsigned int n)
{
	if (n >= 100)
		*p++ = '0' + n / 100;
	if (n >= 10)
		*p++ = '0' + n / 10 % 10;
	*p++ = '0' + n % 10;
	return p;
}

static char *add_ipv4(char *p, const uint8_t octet[4])
{
	for (int i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = add_octet(p, octet[i]);
	}
	*p = '\0';
	return p;
}

const char *endpoint_address(const struct endpoint *e, char buf[ENDPOINT_TEXT_SIZE])
{
	if (endpoint_is_ipv4(e))
		add_ipv4(buf, e->addr + 12);
	else
		inet_ntop(AF_INET6, e->addr, buf, ENDPOINT_TEXT_SIZE);
	return buf;
}

const char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_TEXT_SIZE])
{
	char address[ENDPOINT_TEXT_SIZE];

	snprintf(buf, ENDPOINT_TEXT_SIZE, endpoint_is_ipv4(e) ? "%.39s:%u" : "[%.39s]:%u", endpoint_address(e, address),
		 e->port);
	return buf;
}

static int parse_port(const char *text, uint16_t *out)
{
	unsigned int port = 0;

	if (!*text || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	for (; *text; text++)
		port = port * 10 + (*text - '0');
	if (port > UINT16_MAX)
		return -EINVAL;
	*out = port;
	return 0;
}

/* text[0..len) is an address of that family. */
static int parse_address(const char *text, size_t len, int family, uint8_t out[16])
{
	char address[ENDPOINT_TEXT_SIZE];

	if (len >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, len);
	address[len] = '\0';
	if (family == AF_INET)
		memcpy(out, V4_MAPPED, sizeof(V4_MAPPED));
	return inet_pton(family, address, family == AF_INET ? out + 12 : out) == 1 ? 0 : -EINVAL;
}

int endpoint_parse(const char *text, struct endpoint *out)
{
	bool bracketed = text[0] == '[';
	const char *colon = strrchr(text, ':');
	struct endpoint e = { 0 };
	size_t len;
	int err;

	if (!colon)
		return -EINVAL;
	len = colon - text;
	if (bracketed && (len < 3 || text[len - 1] != ']'))
		return -EINVAL;
	err = bracketed ? parse_address(text + 1, len - 2, AF_INET6, e.addr)
			: parse_address(text, len, AF_INET, e.addr);
	if (!err)
		err = parse_port(colon + 1, &e.port);
	if (!err)
		*out = e;
	return err;
}

static uint64_t endpoint_hash(const struct endpoint *e)
{
	uint64_t half[2];

	memcpy(half, e->addr, sizeof(half));
	return hash_mix(half[0] ^ hash_mix(half[1] + 0x9e3779b97f4a7c15ULL * (e->port + 1U)));
}

uint64_t flow_hash(const struct endpoint *a, const struct endpoint *b)
{
	return hash_mix(endpoint_hash(a) + endpoint_hash(b));
}
