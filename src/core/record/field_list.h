/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the catalogue is made of: each file has the getters of some objects, and behind them their rows, in the record's
 * order; fields of one object stand together, and objects inside an object after its plain fields.
 */
#ifndef TCPLIFE_FIELD_LIST_H
#define TCPLIFE_FIELD_LIST_H

#include <string.h>

#include "core/record/field.h"

struct field_list {
	const struct field *rows;
	size_t count;
};

/* A row. grep finds a field by the last word of its path. */
#define FIELD(path_, get_, of_, type_, unit_, help_)                                                                   \
	{                                                                                                              \
		.path = (path_), .get = get_, .of = (of_), .type = VALUE_##type_, .unit = (unit_), .help = (help_)     \
	}

/* A row of those that are about one thing, which may not be there: getters need not ask. */
#define FIELD_OF(there_, group_, path_, get_, of_, type_, unit_, help_)                                                \
	{                                                                                                              \
		.path = (path_), .get = get_, .of = (of_), .there = there_, .group = (group_), .type = VALUE_##type_,  \
		.unit = (unit_), .help = (help_)                                                                       \
	}

extern const struct field_list FIELDS_SIDES, FIELDS_TCP, FIELDS_OPENING, FIELDS_TRANSFER, FIELDS_CLOSING, FIELDS_PATH;

/* Getters that are used elsewhere too. field_flag: true while the flag (enum conn_flag) is set, else left out. */
bool field_flag(const struct conn *c, unsigned int flag, struct value *out);
bool field_side_last_state(const struct conn *c, unsigned int side, struct value *out);
bool field_side_retransmits(const struct conn *c, unsigned int side, struct value *out);
bool field_syn_retransmits(const struct conn *c, unsigned int side, struct value *out);
bool field_fin_retransmits(const struct conn *c, unsigned int of, struct value *out);

/* Getters read as one sentence: `return known && put_uint(out, n);` */
static inline bool put_uint(struct value *v, uint64_t n)
{
	v->type = VALUE_UINT;
	v->uinteger = n;
	return true;
}

static inline bool put_int(struct value *v, int64_t n)
{
	v->type = VALUE_INT;
	v->integer = n;
	return true;
}

static inline bool put_bool(struct value *v, bool b)
{
	v->type = VALUE_BOOL;
	v->boolean = b;
	return true;
}

static inline bool put_text(struct value *v, const char *text)
{
	v->type = VALUE_TEXT;
	v->word = false;
	v->text = text;
	return text != NULL;
}

/* One of the program's own words: up to WORD_MAX bytes of ASCII that need no escape. */
static inline bool put_word(struct value *v, const char *text)
{
	v->type = VALUE_TEXT;
	v->word = true;
	v->len = 0;
	v->text = text;
	return text != NULL;
}

/* The same, made in v->buf and not terminated yet; end: behind its last byte. */
static inline bool put_made(struct value *v, char *end)
{
	*end = '\0';
	v->type = VALUE_TEXT;
	v->word = true;
	v->len = (uint8_t)(end - v->buf);
	v->text = v->buf;
	return true;
}

/* b - a if both are known, in that order. */
static inline bool put_between(struct value *v, uint64_t a, uint64_t b)
{
	return a && b >= a && put_uint(v, b - a);
}

/* A 64-bit id: a string, since JSON readers keep 53 bits of a number. */
bool put_id(struct value *v, uint64_t id);

#endif
