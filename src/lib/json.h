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

/*
 * A key that was quoted before, with a comma in front: `,"name":` (the comma is left out where none is due). The value
 * follows, with key NULL. For the same keys in record after record.
 */
void json_quoted_key(struct json *j, const char *quoted, size_t len);
/* key NULL inside arrays, for the root and after json_quoted_key(). */
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

#endif
