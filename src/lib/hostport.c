// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/hostport.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static int parse_port(const char *text, uint16_t *out)
{
	size_t len = strlen(text);
	unsigned long port = 0;

	if (!len || len > 5 || strspn(text, "0123456789") != len)
		return -EINVAL;
	for (; *text; text++)
		port = port * 10 + (unsigned long)(*text - '0');
	if (port < 1 || port > UINT16_MAX)
		return -EINVAL;
	*out = (uint16_t)port;
	return 0;
}

/* Letters, digits, and what stands in names, addresses and IPv6 zones. */
static bool is_host(const char *text, size_t len)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%";

	for (size_t i = 0; i < len; i++) {
		if (!memchr(allowed, text[i], sizeof(allowed) - 1))
			return false;
	}
	return len > 0 && len < HOSTPORT_HOST_SIZE;
}

static int take(struct hostport *out, const char *host, size_t host_len, const char *port)
{
	struct hostport a = *out;

	if (host && !is_host(host, host_len))
		return -EINVAL;
	if (port && parse_port(port, &a.port))
		return -EINVAL;
	if (host) {
		memcpy(a.host, host, host_len);
		a.host[host_len] = '\0';
	}
	*out = a;
	return 0;
}

int hostport_parse(const char *text, struct hostport *out)
{
	const char *colon = strrchr(text, ':'), *bracket = strchr(text, ']');

	if (text[0] == '[') {
		if (!bracket || (bracket[1] && bracket[1] != ':'))
			return -EINVAL;
		return take(out, text + 1, (size_t)(bracket - text - 1), bracket[1] ? bracket + 2 : NULL);
	}
	if (!colon)
		return strspn(text, "0123456789") == strlen(text) ? take(out, NULL, 0, text)
								  : take(out, text, strlen(text), NULL);
	if (colon == text) /* ":9000" */
		return take(out, NULL, 0, colon + 1);
	if (strchr(text, ':') != colon) /* two colons: an IPv6 address without a port */
		return take(out, text, strlen(text), NULL);
	return take(out, text, (size_t)(colon - text), colon + 1);
}
