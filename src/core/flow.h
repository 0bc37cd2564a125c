/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The 4-tuple of a connection: compare, reverse, hash, and addresses as text. */
#ifndef TCPLIFE_FLOW_H
#define TCPLIFE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "event.h"

/* One end. IPv4 as ::ffff:a.b.c.d, so that a v4-mapped socket and the IPv4 wire are the same end. */
struct endpoint {
	uint8_t addr[16];
	uint16_t port;
};

/* end[CLIENT] sent the first SYN, as far as is known. */
struct flow {
	struct endpoint end[2];
};

/* One end of an event's tuple. */
static inline struct endpoint event_tuple_end(const struct event_tuple *tuple, int which)
{
	struct endpoint e = { .port = tuple->port[which] };

	memcpy(e.addr, tuple->addr[which], sizeof(e.addr));
	return e;
}
/* As the other end sees it. */
struct event_tuple event_tuple_swapped(const struct event_tuple *tuple);

#define ENDPOINT_TEXT_SIZE 48 /* "[ffff:...]:65535" and its NUL */

static inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && !memcmp(a->addr, b->addr, sizeof(a->addr));
}
bool endpoint_is_ipv4(const struct endpoint *e);
bool endpoint_is_loopback(const struct endpoint *e);
/* "10.0.0.1" or "2001:db8::1"; v4-mapped is printed as IPv4. Returns buf. */
const char *endpoint_address(const struct endpoint *e, char buf[ENDPOINT_TEXT_SIZE]);
/* "10.0.0.1:80" or "[2001:db8::1]:80". Returns buf. */
const char *endpoint_text(const struct endpoint *e, char buf[ENDPOINT_TEXT_SIZE]);
/* Parses "10.0.0.1:80" or "[::1]:80". Returns 0 or -EINVAL. */
int endpoint_parse(const char *text, struct endpoint *out);

/* Same for both directions of one flow. Not keyed by a secret: the table is bounded. */
uint64_t flow_hash(const struct endpoint *a, const struct endpoint *b);

#endif
