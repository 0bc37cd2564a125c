/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The catalogue of what is known of a connection: name, unit, type, getter. All sinks take names and units from here.
 */
#ifndef TCPLIFE_FIELD_H
#define TCPLIFE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"

enum value_type { VALUE_BOOL, VALUE_INT, VALUE_UINT, VALUE_TEXT };

struct value {
	enum value_type type;
	union {
		bool boolean;
		int64_t integer;
		uint64_t uinteger;
		const char *text; /* static, or in .buf; raw bytes: writers must escape */
	};
	char buf[64];
};

struct field {
	const char *path; /* dotted place in the JSON record: "handshake.duration_ns" */
	enum value_type type;
	const char *unit; /* "ns", "bytes", "segments", "" */
	const char *help;
	/* false = not known or not applicable: the key is left out (never null or 0) */
	bool (*get)(const struct conn *c, struct value *out);
};

/* In the record's order: fields of one object stand together. */
extern const struct field FIELDS[];
extern const size_t FIELD_COUNT;
/* NULL if there is none of that path. */
const struct field *field_find(const char *path);

#endif
