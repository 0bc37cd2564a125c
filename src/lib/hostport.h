/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* "host:port" as users write it, taken apart. Pure. */
#ifndef TCPLIFE_HOSTPORT_H
#define TCPLIFE_HOSTPORT_H

#include <stdint.h>

#define HOSTPORT_HOST_SIZE 256

struct hostport {
	char host[HOSTPORT_HOST_SIZE]; /* a name or an address, without brackets */
	uint16_t port;
};

/*
 * "10.0.0.1:9000", "[::1]:9000", "name:9000", "9000", "10.0.0.1", "::1"; what is left out stays as *out has it.
 * 0 or -EINVAL, and then *out is as it was.
 */
int hostport_parse(const char *text, struct hostport *out);

#endif
