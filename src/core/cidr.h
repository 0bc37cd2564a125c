/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Prefixes of addresses, in IPv4-mapped form. */
#ifndef TCPLIFE_CIDR_H
#define TCPLIFE_CIDR_H

#include <stdbool.h>

#include "config.h"

/* "10.0.0.0/8", "2001:db8::/32", or an address alone. Bits behind the prefix are cleared. 0 or -EINVAL. */
int cidr_parse(const char *text, struct cidr *out);
/* Is this address, 16 bytes of it, in the prefix? */
bool cidr_holds(const struct cidr *n, const unsigned char *addr);

#endif
