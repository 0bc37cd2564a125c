// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "address.h"

#include <arpa/inet.h>
#include <string.h>

uint16_t *address_port(union address *a)
{
	return a->sa.sa_family == AF_INET ? &a->v4.sin_port : &a->v6.sin6_port;
}

socklen_t address_size(const union address *a)
{
	return a->sa.sa_family == AF_INET ? sizeof(a->v4) : sizeof(a->v6);
}

bool address_parse(const char *text, union address *out)
{
	*out = (union address) { .v4.sin_family = AF_INET };
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1)
		return true;
	*out = (union address) { .v6.sin6_family = AF_INET6 };
	return inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1;
}

union address address_in_family(const union address *a, int family)
{
	union address out = *a;

	if (a->sa.sa_family == family)
		return out;
	memset(&out, 0, sizeof(out));
	if (family == AF_INET6) {
		out.v6 = (struct sockaddr_in6) { .sin6_family = AF_INET6, .sin6_port = a->v4.sin_port };
		memset(&out.v6.sin6_addr.s6_addr[10], 0xff, 2);
		memcpy(&out.v6.sin6_addr.s6_addr[12], &a->v4.sin_addr, 4);
	} else {
		out.v4 = (struct sockaddr_in) { .sin_family = AF_INET, .sin_port = a->v6.sin6_port };
		memcpy(&out.v4.sin_addr, &a->v6.sin6_addr.s6_addr[12], 4);
	}
	return out;
}

const char *address_text(const union address *a, char buf[INET6_ADDRSTRLEN])
{
	union address plain = *a;

	if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
		plain = address_in_family(a, AF_INET);
	if (plain.sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &plain.v4.sin_addr, buf, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &plain.v6.sin6_addr, buf, INET6_ADDRSTRLEN);
	return buf;
}
