/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The catalogue of all facts about a connection: name, unit, type, getter. All sinks take names and units from here. */
#ifndef TCPLIFE_FIELD_H
#define TCPLIFE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"

#define WORD_MAX 63

enum value_type { VALUE_BOOL, VALUE_INT, VALUE_UINT, VALUE_TEXT };

struct value {
	enum value_type type;
	bool word;   /* a text that needs no escape, at most WORD_MAX bytes of it */
	uint8_t len; /* of a word in .buf; 0 = not counted */
	union {
		bool boolean;
		int64_t integer;
		uint64_t uinteger;
		const char *text; /* static, or in .buf; raw bytes: writers must escape */
	};
	char buf[64];
};

/* of: which of several alike the getter is asked for (side, phase, ...), as its row says; 0 where there is but one. */
typedef bool (*field_get_fn)(const struct conn *c, unsigned int of, struct value *out);

/* Is there what several fields are about? group: which of several alike, as in field_get_fn. */
typedef bool (*field_there_fn)(const struct conn *c, unsigned int group);

struct field {
	const char *path; /* dotted place in the JSON record: "handshake.duration_ns" */
	field_get_fn get; /* see field_get() */
	unsigned int of;
	field_there_fn there; /* without it the field is not known; NULL = it says so itself */
	unsigned int group;
	enum value_type type;
	const char *unit; /* "ns", "bytes", "segments", "" */
	const char *help;
};

static inline bool field_is_there(const struct field *f, const struct conn *c)
{
	return !f->there || f->there(c, f->group);
}

/* false = not known or not applicable: the key is left out (never null or 0). */
static inline bool field_get(const struct field *f, const struct conn *c, struct value *out)
{
	return field_is_there(f, c) && f->get(c, f->of, out);
}

/* In the record's order: fields of one object stand together. NULL past the end. */
const struct field *field_at(size_t i);
size_t field_count(void);
/* NULL if there is none of that path. */
const struct field *field_find(const char *path);

#endif
