// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_CAPACITY 64

/* Makes room for len more bytes and the NUL. */
bool strbuf_grow(struct strbuf *s, size_t len)
{
	size_t need, capacity = s->capacity ? s->capacity : SMALLEST_CAPACITY;
	char *text;

	if (s->failed || __builtin_add_overflow(s->len, len, &need) || __builtin_add_overflow(need, 1, &need) ||
	    need > SIZE_MAX / 2) {
		s->failed = true;
		return false;
	}
	while (capacity < need)
		capacity *= 2;
	text = realloc(s->text, capacity);
	if (!text) {
		s->failed = true;
		return false;
	}
	s->text = text;
	s->capacity = capacity;
	return true;
}

void strbuf_add(struct strbuf *s, const char *bytes, size_t len)
{
	char *to = strbuf_room(s, len);

	if (!to)
		return;
	memcpy(to, bytes, len);
	strbuf_used(s, len);
}

void strbuf_puts(struct strbuf *s, const char *text)
{
	strbuf_add(s, text, strlen(text));
}

void strbuf_putc(struct strbuf *s, char c)
{
	strbuf_add(s, &c, 1);
}

static const char DIGIT_PAIRS[] = "00010203040506070809101112131415161718192021222324"
				  "25262728293031323334353637383940414243444546474849"
				  "50515253545556575859606162636465666768697071727374"
				  "75767778798081828384858687888990919293949596979899";

static char *put_pair(char *to, uint64_t n)
{
	memcpy(to, &DIGIT_PAIRS[n * 2], 2);
	return to + 2;
}

/* n < 100, without a leading 0. */
static char *put_first(char *to, uint64_t n)
{
	if (n >= 10)
		return put_pair(to, n);
	*to = '0' + n;
	return to + 1;
}

/*
 * n / divisor with 32 bits behind the point: its whole part is the first digits, and each multiplication by 100 brings
 * the next two. Rounded up, and by less than what a digit is worth.
 */
#define FRACTION(n, bits, divisor) (((uint64_t)(n) * ((1ULL << (bits)) / (divisor) + 1) >> ((bits)-32)) + 1)

static inline char *put_pairs(char *to, uint64_t fraction, unsigned int pairs)
{
#pragma GCC unroll 4
	for (unsigned int i = 0; i < pairs; i++) {
		fraction = (uint32_t)fraction * 100ULL;
		to = put_pair(to, fraction >> 32);
	}
	return to;
}

static inline char *put_fraction(char *to, uint64_t fraction, unsigned int pairs)
{
	return put_pairs(put_first(to, fraction >> 32), fraction, pairs);
}

static char *put_u32(char *to, uint32_t n)
{
	if (n < 100)
		return put_first(to, n);
	if (n < 10000)
		return put_fraction(to, FRACTION(n, 32, 100), 1);
	if (n < 1000000)
		return put_fraction(to, FRACTION(n, 32, 10000), 2);
	if (n < 100000000)
		return put_fraction(to, FRACTION(n, 48, 1000000), 3);
	return put_fraction(to, FRACTION(n, 57, 100000000), 4);
}

char *eight_digits(char *to, uint32_t n)
{
	uint64_t fraction = FRACTION(n, 48, 1000000);

	return put_pairs(put_pair(to, fraction >> 32), fraction, 3);
}

char *two_digits(char *to, unsigned int n)
{
	return put_pair(to, n);
}

char *uint_digits_more(char *to, uint64_t n)
{
	if (n <= UINT32_MAX)
		return put_u32(to, n);
	return eight_digits(uint_digits(to, n / 100000000), n % 100000000);
}

char *int_digits(char *to, int64_t n)
{
	if (n < 0)
		*to++ = '-';
	return uint_digits(to, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

void strbuf_uint(struct strbuf *s, uint64_t n)
{
	char *to = strbuf_room(s, UINT_DIGITS);

	if (to)
		strbuf_used(s, uint_digits(to, n) - to);
}

#define PRINTF_USUALLY 100

void strbuf_printf(struct strbuf *s, const char *format, ...)
{
	char *to = strbuf_room(s, PRINTF_USUALLY);
	va_list args;
	int len;

	if (!to)
		return;
	va_start(args, format);
	len = vsnprintf(to, PRINTF_USUALLY + 1, format, args);
	va_end(args);
	if (len > PRINTF_USUALLY) {
		to = strbuf_room(s, (size_t)len);
		if (!to)
			return;
		va_start(args, format);
		vsnprintf(to, (size_t)len + 1, format, args);
		va_end(args);
	}
	if (len < 0)
		s->failed = true;
	else
		s->len += (size_t)len;
}

static size_t characters(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

void strbuf_pad(struct strbuf *s, size_t from, size_t width)
{
	size_t used = from < s->len ? characters(s->text + from, s->len - from) : 0;
	char *to;

	if (used >= width)
		return;
	to = strbuf_room(s, width - used);
	if (!to)
		return;
	memset(to, ' ', width - used);
	strbuf_used(s, width - used);
}

void strbuf_reset(struct strbuf *s)
{
	s->len = 0;
	s->failed = false;
	if (s->text)
		s->text[0] = '\0';
}

void strbuf_free(struct strbuf *s)
{
	free(s->text);
	*s = (struct strbuf) { 0 };
}

const char *strbuf_text(const struct strbuf *s)
{
	return s->text ? s->text : "";
}
