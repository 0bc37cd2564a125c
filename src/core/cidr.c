// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/cidr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

static void clear_behind(struct cidr *c)
{
	for (unsigned int bit = c->prefix_len; bit < 128; bit++)
		c->addr[bit / 8] &= ~(0x80 >> bit % 8);
}

/* Decimal digits only: at most 3 of them. */
static int parse_length(const char *text, unsigned int max, unsigned int *out)
{
	unsigned int n = 0;
	size_t len = strspn(text, "0123456789");

	if (!len || len > 3 || text[len])
		return -EINVAL;
	for (; *text; text++)
		n = n * 10 + (unsigned int)(*text - '0');
	*out = n;
	return n <= max ? 0 : -EINVAL;
}

int cidr_parse(const char *text, struct cidr *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	struct cidr c = { .addr = { [10] = 0xff, [11] = 0xff } };
	unsigned int prefix, bits = 32;

	if (len >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, c.addr + 12) != 1) {
		bits = 128;
		if (inet_pton(AF_INET6, address, c.addr) != 1)
			return -EINVAL;
	}
	prefix = bits;
	if (slash && parse_length(slash + 1, bits, &prefix))
		return -EINVAL;
	c.prefix_len = 128 - bits + prefix;
	clear_behind(&c);
	*out = c;
	return 0;
}

bool cidr_holds(const struct cidr *n, const unsigned char *addr)
{
	uint32_t bytes = n->prefix_len / 8, bits = n->prefix_len % 8;

	if (memcmp(n->addr, addr, bytes) != 0)
		return false;
	return !bits || ((n->addr[bytes] ^ addr[bytes]) & (0xff00 >> bits) & 0xff) == 0;
}
