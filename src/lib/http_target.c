// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/http_target.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define SCHEME "http://"

int http_target_parse(const char *text, struct http_target *out)
{
	const char *authority = text + strlen(SCHEME);
	size_t len;

	*out = (struct http_target) { .path = text };
	if (strncasecmp(text, SCHEME, strlen(SCHEME)))
		return 0;
	len = strcspn(authority, "/");
	if (!len || len >= sizeof(out->authority))
		return -EINVAL;
	memcpy(out->authority, authority, len);
	out->path = authority[len] ? authority + len : "/";
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int http_target_unescape(const char *text, struct strbuf *out)
{
	for (; *text; text++) {
		char byte = *text == '+' ? ' ' : *text;

		if (byte == '%') {
			int high = digit(text[1]), low = high < 0 ? -1 : digit(text[2]);

			if (low < 0 || (!high && !low))
				return -EINVAL;
			byte = (char)(high << 4 | low);
			text += 2;
		}
		strbuf_putc(out, byte);
	}
	return 0;
}
