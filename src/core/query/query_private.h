/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A compiled expression, and what its parts share while it is made. */
#ifndef TCPLIFE_QUERY_PRIVATE_H
#define TCPLIFE_QUERY_PRIVATE_H

#include <stdint.h>

#include "core/record/field.h"
#include "core/query/query.h"
#include "lib/pattern.h"

#define QUERY_DEPTH_MAX	   64
#define QUERY_OPERANDS_MAX 32 /* of one name */
#define QUERY_PATTERNS_MAX 16
#define QUERY_WORD_MAX	   1100

/* How a field's value is compared. */
enum query_type {
	QUERY_BOOL,
	QUERY_NUMBER,
	QUERY_TEXT,
	QUERY_ADDRESS,
	QUERY_TIME,
};

enum query_unit { UNIT_NONE, UNIT_NS, UNIT_BYTES };

struct query_operand {
	const struct field *field;
	enum query_type type;
	enum query_unit unit;
	bool digits;	/* a number that JSON has as text */
	int side;	/* of the address of a side: which; else -1 */
	bool container; /* an id of which a beginning of 12 digits or more is enough */
};

/* A value, or the range [low, high] of numbers. */
struct query_value {
	union {
		struct {
			uint64_t low, high;
		};
		struct cidr net;
		const char *text;
		const struct pattern *pattern;
	};
};

enum query_compare {
	COMPARE_PRESENT, /* and true, if it is a boolean */
	COMPARE_SET,	 /* is one of the values */
	COMPARE_PATTERN,
	COMPARE_BEFORE, /* of times: <, and so on */
	COMPARE_NOT_AFTER,
	COMPARE_AFTER,
	COMPARE_NOT_BEFORE,
};

struct query_test {
	enum query_compare compare;
	bool negated;			 /* !=, !~, not in */
	uint32_t operand, operand_count; /* in query.operand[] */
	uint32_t value, value_count;	 /* in query.value[] */
};

/* The result of the last one is kept; AND and OR skip what cannot change it any more. */
enum query_op { OP_TEST, OP_NOT, OP_AND, OP_OR };

struct query_step {
	uint32_t op : 2, to : 30; /* TEST: which; AND, OR: the step to go on with */
};

struct query {
	struct query_step *step;
	struct query_test *test;
	struct query_operand *operand;
	struct query_value *value;
	uint32_t *must; /* tests that every connection asked for passes */
	char **text;	/* of values */
	struct pattern *pattern[QUERY_PATTERNS_MAX];
	size_t steps, tests, operands, values, musts, texts, patterns;
	bool needs_whole;
};

/* query_names.c: what a name stands for. 0 = there is no such name. present: it stands alone, and may be an object. */
size_t query_resolve(const char *name, struct query_operand out[QUERY_OPERANDS_MAX], bool present);
/* The names that look most like it: "a, b, c". Returns buf, "" if none does. */
const char *query_nearest(const char *name, char *buf, size_t size);
/* Of the words of a field (query_words.h), the nearest; NULL if none is near. */
const char *query_nearest_word(const struct field *f, const char *word);

/* query_value.c: text -> value. NULL, or what is wrong. */
const char *query_parse_number(const char *text, enum query_unit unit, bool plain_ok, struct query_value *out);
/* "2026-11-27", "2026-11-27T03:00", "2026-11-27T03:00:07.5Z" -> as the record has it; out has 31 bytes. */
const char *query_parse_time(const char *text, char *out);

#endif
