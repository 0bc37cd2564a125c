/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* UTF-8 as bytes from elsewhere may have it, broken included. */
#ifndef TCPLIFE_UTF8_H
#define TCPLIFE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffd

/*
 * One character: its length in bytes (1..4; 0 only if len is 0), its code point in *code, always set. What is no UTF-8
 * (stray, short or overlong, a surrogate, beyond 10FFFF) gives U+FFFD for each maximal part, as Unicode 3.9 recommends.
 */
static inline size_t utf8_decode(const char *text, size_t len, uint32_t *code)
{
	const uint8_t *p = (const uint8_t *)text;
	uint8_t low = 0x80, high = 0xbf; /* of the second byte */
	size_t need;
	uint32_t c;

	*code = UTF8_REPLACEMENT;
	if (len == 0)
		return 0;
	c = p[0];
	if (c < 0x80) {
		*code = c;
		return 1;
	}
	if (c < 0xc2 || c > 0xf4)
		return 1;
	need = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	c &= 0x7f >> need;
	for (size_t i = 1; i < need; i++, low = 0x80, high = 0xbf) {
		if (i == len || p[i] < low || p[i] > high)
			return i;
		c = c << 6 | (p[i] & 0x3f);
	}
	*code = c;
	return need;
}

/* The bytes of a code point up to 10FFFF: how many, 1..4. */
static inline size_t utf8_encode(uint32_t code, char out[4])
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = len - 1; i; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	/* as many ones as there are bytes, and a zero */
	out[0] = (char)(len == 1 ? code : (0xf00U >> len & 0xff) | code);
	return len;
}

/* C0, DEL, C1, and the line and paragraph separators: what must never reach a terminal, a page or a file raw. */
static inline int utf8_is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029;
}

#endif
