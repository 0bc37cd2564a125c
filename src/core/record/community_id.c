// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/community_id.h"

#include <netinet/in.h>
#include <sha1.h>
#include <string.h>

#include "core/conn.h"

#define DIGEST SHA1_DIGEST_LENGTH

/* With one '=' at the end: 20 bytes are 6 times 3, and 2. */
static void put_base64(char *to, const uint8_t digest[DIGEST])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t padded[DIGEST + 1] = { 0 };

	memcpy(padded, digest, DIGEST);
	for (size_t i = 0; i < sizeof(padded); i += 3) {
		uint32_t n = (uint32_t)padded[i] << 16 | (uint32_t)padded[i + 1] << 8 | padded[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			*to++ = digits[n >> shift & 63];
	}
	to[-1] = '=';
	*to = '\0';
}

const char *community_id(const struct flow *flow, char buf[COMMUNITY_ID_SIZE])
{
	bool ipv4 = endpoint_is_ipv4(&flow->end[SERVER]);
	size_t skipped = ipv4 ? 12 : 0, len = 16 - skipped; /* an IPv4 address is mapped */
	const struct endpoint *a = &flow->end[CLIENT], *b = &flow->end[SERVER];
	int order = memcmp(a->addr, b->addr, sizeof(a->addr));
	uint8_t tuple[2 + 16 + 16 + 2 + 2 + 2] = { 0 }, *to = tuple + 2, digest[DIGEST];
	SHA1_CTX sha1;

	if (order > 0 || (!order && a->port > b->port)) {
		a = &flow->end[SERVER];
		b = &flow->end[CLIENT];
	}
	to = mempcpy(to, a->addr + skipped, len);
	to = mempcpy(to, b->addr + skipped, len);
	*to++ = IPPROTO_TCP;
	*to++ = 0;
	*to++ = (uint8_t)(a->port >> 8);
	*to++ = (uint8_t)a->port;
	*to++ = (uint8_t)(b->port >> 8);
	*to++ = (uint8_t)b->port;
	SHA1Init(&sha1);
	SHA1Update(&sha1, tuple, (size_t)(to - tuple));
	SHA1Final(digest, &sha1);
	memcpy(buf, "1:", 2);
	put_base64(buf + 2, digest);
	return buf;
}
