// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Writes JSON into a strbuf. The hot path copies runs that need no escape, found eight bytes at a time. */
#include "lib/json.h"

#include <string.h>

#include "lib/utf8.h"

/* The comma that is due and the key; room for `more` bytes is left behind them. NULL after a failure. */
static char *begin_keyed(struct json *j, const char *key, size_t more)
{
	size_t key_len = key ? strlen(key) : 0;
	char *start = strbuf_room(j->out, key_len + 4 + more), *p = start;

	if (!p)
		return NULL;
	if (j->comma)
		*p++ = ',';
	j->comma = true;
	if (key) {
		*p++ = '"';
		memcpy(p, key, key_len);
		p += key_len;
		*p++ = '"';
		*p++ = ':';
	}
	strbuf_used(j->out, p - start);
	return p;
}

static inline char *begin_value(struct json *j, const char *key, size_t more)
{
	if (key || j->comma)
		return begin_keyed(j, key, more);
	j->comma = true;
	return strbuf_room(j->out, more);
}

static void open_bracket(struct json *j, const char *key, char bracket)
{
	char *p = begin_value(j, key, 1);

	j->comma = false;
	if (!p)
		return;
	*p = bracket;
	strbuf_used(j->out, 1);
}

static void close_bracket(struct json *j, char bracket)
{
	strbuf_putc(j->out, bracket);
	j->comma = true;
}

void json_object_begin(struct json *j, const char *key)
{
	open_bracket(j, key, '{');
}

void json_object_end(struct json *j)
{
	close_bracket(j, '}');
}

void json_array_begin(struct json *j, const char *key)
{
	open_bracket(j, key, '[');
}

void json_array_end(struct json *j)
{
	close_bracket(j, ']');
}

static inline bool is_plain(uint8_t c)
{
	static const bool plain[256] = {
		[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true, /* between them: '"' and '\\' */
	};

	return plain[c];
}

#define EVERY_BYTE(x) (0x0101010101010101ULL * (uint8_t)(x))

/* Are all eight bytes plain? A byte below its neighbour's borrow may be called special though it is not; never the
 * reverse. */
static bool eight_plain(const char *text)
{
	uint64_t w, quote, backslash, del;

	memcpy(&w, text, sizeof(w));
	quote = w ^ EVERY_BYTE('"');
	backslash = w ^ EVERY_BYTE('\\');
	del = w ^ EVERY_BYTE(0x7f);
	return !((w | (w - EVERY_BYTE(0x20)) | (quote - EVERY_BYTE(1)) | (backslash - EVERY_BYTE(1)) |
		  (del - EVERY_BYTE(1))) &
		 EVERY_BYTE(0x80));
}

/* Copies what needs no escape; returns how much that was. */
static inline size_t copy_plain(char *to, const char *text, size_t len)
{
	size_t i = 0;

	for (; len - i >= 8 && eight_plain(text + i); i += 8)
		memcpy(to + i, text + i, 8);
	if (i && i < len && len - i < 8 && eight_plain(text + len - 8)) {
		memcpy(to + len - 8, text + len - 8, 8);
		return len;
	}
	for (; i < len && is_plain(text[i]); i++)
		to[i] = text[i];
	return i;
}

static char *escape_code(char *p, uint32_t code)
{
	static const char hex[] = "0123456789abcdef";

	*p++ = '\\';
	*p++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*p++ = hex[code >> shift & 0xf];
	return p;
}

/* One character, escaped as it needs to be: at most 6 bytes. Takes *used bytes of text. */
static char *escape_one(char *p, const char *text, size_t len, size_t *used)
{
	static const char short_form[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };
	uint32_t code;

	*used = utf8_decode(text, len, &code);
	if (code == '"' || code == '\\') {
		*p++ = '\\';
		*p++ = code;
		return p;
	}
	if (code < sizeof(short_form) && short_form[code]) {
		*p++ = '\\';
		*p++ = short_form[code];
		return p;
	}
	if (utf8_is_control(code))
		return escape_code(p, code);
	if (code == UTF8_REPLACEMENT)
		return (char *)memcpy(p, "\xef\xbf\xbd", 3) + 3;
	return (char *)memcpy(p, text, *used) + *used;
}

char *json_put_text(char *to, const char *text, size_t len)
{
	size_t n;

	*to++ = '"';
	while ((n = copy_plain(to, text, len)) < len) {
		to += n;
		text += n;
		len -= n;
		to = escape_one(to, text, len, &n);
		text += n;
		len -= n;
	}
	to += n;
	*to++ = '"';
	return to;
}

static void text_of(struct json *j, const char *key, const char *text, size_t len)
{
	char *start = begin_value(j, key, JSON_TEXT_ROOM(len));

	if (start)
		strbuf_used(j->out, json_put_text(start, text, len) - start);
}

void json_text(struct json *j, const char *key, const char *text)
{
	text_of(j, key, text, strlen(text));
}

void json_text_n(struct json *j, const char *key, const char *text, size_t len)
{
	text_of(j, key, text, strnlen(text, len));
}

void json_uint(struct json *j, const char *key, uint64_t n)
{
	char *start = begin_value(j, key, UINT_DIGITS);

	if (start)
		strbuf_used(j->out, uint_digits(start, n) - start);
}

void json_int(struct json *j, const char *key, int64_t n)
{
	char *start = begin_value(j, key, UINT_DIGITS);

	if (start)
		strbuf_used(j->out, int_digits(start, n) - start);
}

void json_bool(struct json *j, const char *key, bool b)
{
	if (begin_value(j, key, 5))
		strbuf_puts(j->out, b ? "true" : "false");
}
