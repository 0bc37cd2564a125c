// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A foreign web page can point its own name at our address and then read our answers as its own (DNS rebinding). The
 * browser then sends that name as Host.
 */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "lib/http_private.h"

static bool is_literal(const char *host)
{
	unsigned char addr[16];

	return inet_pton(AF_INET, host, addr) == 1 || inet_pton(AF_INET6, host, addr) == 1;
}

static bool is_name(const char *host, const char *name)
{
	return name[0] && !strcasecmp(host, name);
}

bool http_host_is_ours(const char *host, const char *bound, const char *machine)
{
	struct hostport a = { .host = "" };

	if (!host || hostport_parse(host, &a) || !a.host[0])
		return false;
	return is_literal(a.host) || is_name(a.host, "localhost") || is_name(a.host, bound) || is_name(a.host, machine);
}
