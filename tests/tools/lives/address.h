/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* IPv4 and IPv6 socket addresses, and the one seen as the other. */
#ifndef LIVES_ADDRESS_H
#define LIVES_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* In network byte order. */
uint16_t *address_port(union address *a);
socklen_t address_size(const union address *a);
bool address_parse(const char *text, union address *out);
/* The same place for a socket of another family: 10.0.0.1 and ::ffff:10.0.0.1. */
union address address_in_family(const union address *a, int family);
/* v4-mapped as IPv4. Returns buf. */
const char *address_text(const union address *a, char buf[INET6_ADDRSTRLEN]);

#endif
