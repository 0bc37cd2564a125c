/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A streaming JSON writer on a strbuf: commas and quotes are its business. Text is escaped; bytes that are no UTF-8
 * become U+FFFD. */
#ifndef TCPLIFE_JSON_H
#define TCPLIFE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

struct json {
	struct strbuf *out;
	bool comma; /* a value stands before */
};

/* key NULL inside arrays and for the root. */
void json_object_begin(struct json *j, const char *key);
void json_object_end(struct json *j);
void json_array_begin(struct json *j, const char *key);
void json_array_end(struct json *j);
void json_text(struct json *j, const char *key, const char *text);
/* Stops at len or at a NUL, whichever comes first. */
void json_text_n(struct json *j, const char *key, const char *text, size_t len);
void json_uint(struct json *j, const char *key, uint64_t n);
void json_int(struct json *j, const char *key, int64_t n);
void json_bool(struct json *j, const char *key, bool b);

/* A text's value alone, quoted and escaped, where JSON_TEXT_ROOM(len) bytes are free; returns its end. */
char *json_put_text(char *to, const char *text, size_t len);
#define JSON_TEXT_ROOM(len) (6 * (len) + 2) /* each byte as \u and four digits */

#endif
