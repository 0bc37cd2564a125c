// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* An expression -> steps and tests. By recursive descent, bounded in depth. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cidr.h"
#include "core/query/query_build.h"
#include "core/query/query_lexer.h"
#include "core/query/query_words.h"
#include "lib/human.h"
#include "lib/strbuf.h"

struct parser {
	struct query *w;
	const char *text, *at; /* at: behind .token */
	struct token token;
	unsigned int depth;
	bool failed;
	struct query_error *error;
};

static bool parse_expression(struct parser *p, bool must);

/* ---- what is wrong ---- */

static bool fail(struct parser *p, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The first error is the one. Columns are counted as a terminal shows them. */
static bool fail(struct parser *p, const char *at, const char *format, ...)
{
	struct strbuf safe = { 0 };
	char text[sizeof(p->error->text)];
	va_list args;

	if (p->failed)
		return false;
	p->failed = true;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	human_text(&safe, text, strlen(text), HUMAN_UTF8);
	snprintf(p->error->text, sizeof(p->error->text), "%s", strbuf_text(&safe));
	p->error->column = 1;
	for (const char *c = p->text; c < at; c++)
		p->error->column += (*c & 0xc0) != 0x80;
	strbuf_free(&safe);
	return false;
}

static bool no_memory(struct parser *p)
{
	return fail(p, p->text, "out of memory");
}

/* A token as it is shown: not too much of it. */
#define SHOWN(t) (int)((t)->len < 60 ? (t)->len : 60), (t)->at

static bool unexpected(struct parser *p, const char *wanted)
{
	const struct token *t = &p->token;

	if (t->kind == TOKEN_UNCLOSED)
		return fail(p, t->at, "the quote is not closed");
	if (t->kind == TOKEN_END)
		return fail(p, t->at, "%s is missing at the end", wanted);
	return fail(p, t->at, "'%.*s' stands where %s is expected", SHOWN(t), wanted);
}

static void advance(struct parser *p)
{
	p->token = token_next(&p->at);
}

/* ---- values ---- */

static bool text_value(struct parser *p, const struct query_operand *o, const char *word, struct query_value *out)
{
	const char *known = query_word_at(o->field, 0), *nearest;

	for (size_t i = 0; known && strcmp(known, word); i++)
		known = query_word_at(o->field, i);
	if (query_word_at(o->field, 0) && !known) {
		nearest = query_nearest_word(o->field, word);
		return fail(p, p->token.at, "%s is never '%.60s'%s%s%s", o->field->path, word,
			    nearest ? ": did you mean " : "", nearest ?: "", nearest ? "?" : "");
	}
	out->text = query_keep_text(p->w, word);
	return out->text || no_memory(p);
}

static bool address_value(struct parser *p, const char *word, struct query_value *out)
{
	return !cidr_parse(word, &out->net) ||
	       fail(p, p->token.at, "'%.60s' is neither an address nor a prefix, as in 10.0.0.5 or 10.0.0.0/8", word);
}

static bool time_value(struct parser *p, const char *word, struct query_value *out)
{
	char text[40];
	const char *why = query_parse_time(word, text);

	if (why)
		return fail(p, p->token.at, "'%.60s': %s", word, why);
	out->text = query_keep_text(p->w, text);
	return out->text || no_memory(p);
}

static bool bool_value(struct parser *p, const char *word, struct query_value *out)
{
	out->low = out->high = !strcmp(word, "true");
	return out->low || !strcmp(word, "false") || fail(p, p->token.at, "'%.60s' is neither true nor false", word);
}

static bool number_value(struct parser *p, const struct query_operand *o, const char *name, const char *word,
			 struct query_value *out)
{
	size_t len = strlen(name);
	bool plain_ok = len > 3 && !strcmp(name + len - 3, "_ns");
	const char *why = query_parse_number(word, o->unit, plain_ok, out);

	return !why || fail(p, p->token.at, "'%.60s': %s", word, why);
}

static bool pattern_value(struct parser *p, const char *word, struct query_value *out)
{
	struct pattern *pattern;
	const char *why;
	size_t at;
	int err;

	if (p->w->patterns == QUERY_PATTERNS_MAX)
		return fail(p, p->token.at, "at most %d regular expressions", QUERY_PATTERNS_MAX);
	err = pattern_compile(word, &pattern, &why, &at);
	if (err)
		return fail(p, p->token.at + (p->token.kind == TOKEN_QUOTED) + at, "%s", why);
	out->pattern = p->w->pattern[p->w->patterns++] = pattern;
	return true;
}

/* The token as a value of this test, added to those of the program. */
static bool take_value(struct parser *p, struct query_test *t, const char *name)
{
	const struct query_operand *o = &p->w->operand[t->operand];
	struct query_value v = { 0 };
	char word[QUERY_WORD_MAX];
	bool good;

	/* "and" and its like are words here: "process == in". */
	if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_QUOTED &&
	    !(p->token.kind >= TOKEN_AND && p->token.kind <= TOKEN_IN && p->token.at[0] > '@' && p->token.at[0] < '{'))
		return unexpected(p, "a value");
	if (!token_text(&p->token, word, sizeof(word)))
		return fail(p, p->token.at, "the value is too long");
	if (t->compare == COMPARE_PATTERN)
		good = pattern_value(p, word, &v);
	else if (o->type == QUERY_NUMBER)
		good = number_value(p, o, name, word, &v);
	else if (o->type == QUERY_BOOL)
		good = bool_value(p, word, &v);
	else if (o->type == QUERY_ADDRESS)
		good = address_value(p, word, &v);
	else if (o->type == QUERY_TIME)
		good = time_value(p, word, &v);
	else
		good = text_value(p, o, word, &v);
	if (!good)
		return false;
	if (!query_add_value(p->w, &v))
		return no_memory(p);
	t->value_count++;
	advance(p);
	return true;
}

/* { a, b } */
static bool take_set(struct parser *p, struct query_test *t, const char *name)
{
	if (p->token.kind != TOKEN_SET_OPEN)
		return unexpected(p, "{ and a list of values");
	do {
		advance(p);
		if (!take_value(p, t, name))
			return false;
	} while (p->token.kind == TOKEN_COMMA);
	if (p->token.kind != TOKEN_SET_SHUT)
		return unexpected(p, "a comma or }");
	advance(p);
	return true;
}

/* ---- comparisons ---- */

static const char *kind_of(const struct query_operand *o)
{
	static const char *const kinds[] = {
		[QUERY_BOOL] = "true or false", [QUERY_NUMBER] = "a number", [QUERY_TEXT] = "text",
		[QUERY_ADDRESS] = "an address", [QUERY_TIME] = "a time",
	};

	return o->unit == UNIT_NS ? "a duration" : o->unit == UNIT_BYTES ? "a number of bytes" : kinds[o->type];
}

static bool not_for(struct parser *p, const struct query_operand *o, const struct token *op, const char *name)
{
	const char *instead = o->type == QUERY_ADDRESS ? "; == takes prefixes" : "";

	return fail(p, op->at, "%.60s is %s, and '%.*s' is not for that%s", name, kind_of(o), SHOWN(op), instead);
}

/* x > [5]: all above; < and so on likewise. False: nothing can fit. */
static bool number_order(enum token_kind op, struct query_value *v)
{
	uint64_t low = v->low, high = v->high;

	*v = (struct query_value) { .low = 0, .high = UINT64_MAX };
	switch (op) {
	case TOKEN_LT:
		v->high = low - 1;
		return low > 0;
	case TOKEN_LE:
		v->high = high;
		return true;
	case TOKEN_GT:
		v->low = high + 1;
		return high < UINT64_MAX;
	default:
		v->low = low;
		return true;
	}
}

static bool take_order(struct parser *p, struct query_test *t, const char *name, const struct token *op)
{
	const struct query_operand *o = &p->w->operand[t->operand];
	const char *value_at = p->token.at;
	struct query_value *v;

	if (o->type == QUERY_TIME)
		t->compare = op->kind == TOKEN_LT   ? COMPARE_BEFORE
			     : op->kind == TOKEN_LE ? COMPARE_NOT_AFTER
			     : op->kind == TOKEN_GT ? COMPARE_AFTER
						    : COMPARE_NOT_BEFORE;
	else if (o->type != QUERY_NUMBER)
		return not_for(p, o, op, name);
	if (!take_value(p, t, name))
		return false;
	v = &p->w->value[t->value];
	if (o->type == QUERY_NUMBER && v->low != v->high)
		return fail(p, value_at, "a range is for ==, != and in");
	if (o->type == QUERY_NUMBER && !number_order(op->kind, v))
		t->value_count = 0;
	return true;
}

/* Behind the name and the operator. */
static bool take_comparison(struct parser *p, struct query_test *t, const char *name, const struct token *op)
{
	const struct query_operand *o = &p->w->operand[t->operand];

	t->compare = COMPARE_SET;
	switch (op->kind) {
	case TOKEN_NE:
		t->negated = true;
		return take_value(p, t, name);
	case TOKEN_EQ:
		return take_value(p, t, name);
	case TOKEN_IN:
		return take_set(p, t, name);
	case TOKEN_NO_MATCH:
	case TOKEN_MATCH:
		t->negated = op->kind == TOKEN_NO_MATCH;
		t->compare = COMPARE_PATTERN;
		return o->type == QUERY_TEXT ? take_value(p, t, name) : not_for(p, o, op, name);
	default:
		return take_order(p, t, name, op);
	}
}

static bool unknown_name(struct parser *p, const struct token *t, const char *name)
{
	char near[192];

	query_nearest(name, near, sizeof(near));
	return fail(p, t->at, "there is no field '%.*s'%s%s%s", SHOWN(t), near[0] ? "; near to it: " : "", near,
		    near[0] ? "" : "; --where=help lists them");
}

/* What is known only at the very end: how long TIME_WAIT and FIN_WAIT2 lasted, and how they ended. */
static bool is_of_the_end(const char *path)
{
	return !strncmp(path, "time_wait", 9) || !strncmp(path, "fin_wait2", 9);
}

static bool add_operands(struct parser *p, struct query_test *t, const struct token *name_token, const char *name,
			 bool present)
{
	struct query_operand found[QUERY_OPERANDS_MAX];
	size_t n = query_resolve(name, found, present);

	if (!n)
		return unknown_name(p, name_token, name);
	t->operand = (uint32_t)p->w->operands;
	t->operand_count = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		p->w->needs_whole |= !present && is_of_the_end(found[i].field->path);
		if (!query_add_operand(p->w, &found[i]))
			return no_memory(p);
	}
	return true;
}

static bool is_comparison(const struct token *t)
{
	return t->kind == TOKEN_IN || (t->kind >= TOKEN_EQ && t->kind <= TOKEN_NO_MATCH);
}

/* NAME, NAME == VALUE, NAME not in { ... } */
static bool parse_test(struct parser *p, bool must)
{
	struct token name_token = p->token, op;
	struct query_test t = { .value = (uint32_t)p->w->values };
	char name[QUERY_WORD_MAX];
	const char *before;

	if (!token_text(&name_token, name, sizeof(name)))
		return fail(p, name_token.at, "the name is too long");
	advance(p);
	op = p->token;
	before = p->at;
	if (op.kind == TOKEN_NOT) { /* "not in": "not" alone does not follow a name */
		advance(p);
		t.negated = p->token.kind == TOKEN_IN;
		if (t.negated)
			op = p->token;
		else
			p->token = op, p->at = before;
	}
	if (!add_operands(p, &t, &name_token, name, !is_comparison(&op)))
		return false;
	if (is_comparison(&op)) {
		advance(p);
		if (!take_comparison(p, &t, name, &op))
			return false;
	}
	if (must && !query_add_must(p->w, (uint32_t)p->w->tests))
		return no_memory(p);
	return (query_add_test(p->w, &t) && query_add_step(p->w, OP_TEST, (uint32_t)p->w->tests - 1)) || no_memory(p);
}

/* ---- and, or, not ---- */

static bool parse_term(struct parser *p, bool must);

static bool parse_inside(struct parser *p, bool must)
{
	enum token_kind kind = p->token.kind;

	advance(p);
	if (kind == TOKEN_NOT)
		return parse_term(p, false) && (query_add_step(p->w, OP_NOT, 0) || no_memory(p));
	if (!parse_expression(p, must))
		return false;
	if (p->token.kind != TOKEN_SHUT)
		return unexpected(p, "'and', 'or' or )");
	advance(p);
	return true;
}

static bool parse_term(struct parser *p, bool must)
{
	bool good;

	if (p->token.kind == TOKEN_WORD)
		return parse_test(p, must);
	if (p->token.kind == TOKEN_QUOTED)
		return fail(p, p->token.at, "names of fields have no quotes");
	if (p->token.kind != TOKEN_NOT && p->token.kind != TOKEN_OPEN)
		return unexpected(p, "the name of a field");
	if (++p->depth > QUERY_DEPTH_MAX)
		return fail(p, p->token.at, "more than %d parentheses or 'not' in each other", QUERY_DEPTH_MAX);
	good = parse_inside(p, must);
	p->depth--;
	return good;
}

/*
 * `a and b and c`: behind a and behind b a step that goes to the end if nothing can change any more. Each such step
 * jumps to where the next one of its kind stands, which goes on from there.
 */
static bool parse_chain(struct parser *p, enum token_kind sign, enum query_op op, bool must,
			bool (*parse_part)(struct parser *p, bool must), bool *several)
{
	size_t last = SIZE_MAX;

	for (;;) {
		if (!parse_part(p, must))
			return false;
		if (last != SIZE_MAX)
			p->w->step[last].to = (uint32_t)p->w->steps;
		if (p->token.kind != sign)
			return true;
		advance(p);
		*several = true;
		last = p->w->steps;
		if (!query_add_step(p->w, op, 0))
			return no_memory(p);
	}
}

static bool parse_conjunction(struct parser *p, bool must)
{
	bool several = false;

	return parse_chain(p, TOKEN_AND, OP_AND, must, parse_term, &several);
}

/* Of what stands beside an "or", nothing must be. */
static bool parse_expression(struct parser *p, bool must)
{
	size_t musts = p->w->musts;
	bool several = false;
	bool good = parse_chain(p, TOKEN_OR, OP_OR, must, parse_conjunction, &several);

	if (several)
		p->w->musts = musts;
	return good;
}

static int compile(struct parser *p)
{
	if (strnlen(p->text, QUERY_LENGTH_MAX + 1) > QUERY_LENGTH_MAX)
		return fail(p, p->text, "the expression is longer than %d bytes", QUERY_LENGTH_MAX), -EINVAL;
	advance(p);
	if (parse_expression(p, true) && p->token.kind != TOKEN_END)
		unexpected(p, "'and', 'or' or the end");
	return p->failed ? -EINVAL : 0;
}

int query_compile(const char *text, struct query **out, struct query_error *error)
{
	struct query *w = calloc(1, sizeof(*w));
	struct parser p = { .w = w, .text = text, .at = text, .error = error };
	int err;

	*error = (struct query_error) { .column = 1 };
	if (!w)
		return no_memory(&p), -ENOMEM;
	err = compile(&p);
	if (err)
		query_free(&w);
	*out = w;
	return err;
}
