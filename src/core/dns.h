/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Takes a DNS message apart (RFC 1035, RFC 3596): which addresses an answer gives a name. Pure; bytes are foreign. */
#ifndef TCPLIFE_DNS_H
#define TCPLIFE_DNS_H

#include <stddef.h>
#include <stdint.h>

#define DNS_NAME_SIZE 256 /* with the NUL; as text without escapes a name has at most 253 */

struct dns_answer {
	const char *name; /* the one that was asked for, in small letters, whatever aliases lead from it */
	uint8_t addr[16]; /* IPv4 as ::ffff:a.b.c.d */
	uint32_t ttl_s;
};

/*
 * Calls fn for each A and AAAA record among the answers; one cut short gives those that are whole. Returns how many,
 * or -EINVAL: no answer without error to one question, or a name that is not made of letters, digits, '-', '_' and '.'.
 */
int dns_answers(const void *message, size_t len, void (*fn)(void *ctx, const struct dns_answer *a), void *ctx);

#endif
