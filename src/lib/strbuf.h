/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A growing string. After an allocation failure it stays as it was and .failed is set: check once, at the end. */
#ifndef TCPLIFE_STRBUF_H
#define TCPLIFE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf {
	char *text; /* NUL-terminated; NULL while nothing was added */
	size_t len, capacity;
	bool failed;
};

bool strbuf_grow(struct strbuf *s, size_t len);
/* Where len more bytes may be written, to be followed by strbuf_used(); NULL after a failure. For hot paths. */
static inline char *strbuf_room(struct strbuf *s, size_t len)
{
	if (__builtin_expect(s->capacity - s->len <= len, 0) && !strbuf_grow(s, len))
		return NULL;
	return s->text + s->len;
}
/* Behind its last byte; of one that has room. */
static inline char *strbuf_end(const struct strbuf *s)
{
	return s->text + s->len;
}
static inline void strbuf_used(struct strbuf *s, size_t len)
{
	s->len += len;
	s->text[s->len] = '\0';
}
void strbuf_add(struct strbuf *s, const char *bytes, size_t len);
void strbuf_puts(struct strbuf *s, const char *text);
void strbuf_putc(struct strbuf *s, char c);
void strbuf_uint(struct strbuf *s, uint64_t n); /* decimal; faster than printf */
#define UINT_DIGITS 20
/* Writes n in decimal, at most UINT_DIGITS bytes and no NUL; returns their end. */
char *uint_digits_more(char *to, uint64_t n);
static inline char *uint_digits(char *to, uint64_t n)
{
	if (n >= 10)
		return uint_digits_more(to, n);
	*to = (char)('0' + n); /* every other number in a record */
	return to + 1;
}
/* Two digits of n < 100 and eight of n < 10^8, leading zeros included; returns their end. */
char *two_digits(char *to, unsigned int n);
char *eight_digits(char *to, uint32_t n);
char *int_digits(char *to, int64_t n); /* UINT_DIGITS, too: the sign stands for the twentieth digit */
void strbuf_printf(struct strbuf *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Pads with spaces up to column `width` counted from `from`, in UTF-8 characters. */
void strbuf_pad(struct strbuf *s, size_t from, size_t width);
void strbuf_reset(struct strbuf *s); /* keeps the memory */
void strbuf_free(struct strbuf *s);
/* "" if nothing was added. */
const char *strbuf_text(const struct strbuf *s);

#endif
