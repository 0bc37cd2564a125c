// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A compiled expression, asked of a connection. */
#include "core/query/query.h"

#include <stdlib.h>
#include <string.h>

#include "core/cidr.h"
#include "core/query/query_private.h"
#include "core/record/ending.h"

#define CONTAINER_ID_LEAST 12

static bool fits_address(const struct query *w, const struct query_test *t, const unsigned char *addr)
{
	for (uint32_t i = 0; i < t->value_count; i++)
		if (cidr_holds(&w->value[t->value + i].net, addr))
			return true;
	return false;
}

static bool fits_address_text(const struct query *w, const struct query_test *t, const char *text)
{
	struct cidr address;

	return !cidr_parse(text, &address) && fits_address(w, t, address.addr);
}

static bool fits_number(const struct query *w, const struct query_test *t, uint64_t n)
{
	for (uint32_t i = 0; i < t->value_count; i++) {
		const struct query_value *v = &w->value[t->value + i];

		if (n >= v->low && n <= v->high)
			return true;
	}
	return false;
}

static bool same_text(const struct query_operand *o, const char *text, const char *wanted)
{
	size_t len;

	if (!strcmp(text, wanted))
		return true;
	if (!o->container)
		return false;
	len = strlen(wanted);
	return len >= CONTAINER_ID_LEAST && !strncmp(text, wanted, len);
}

static bool fits_text(const struct query *w, const struct query_test *t, const struct query_operand *o,
		      const char *text)
{
	for (uint32_t i = 0; i < t->value_count; i++)
		if (same_text(o, text, w->value[t->value + i].text))
			return true;
	return false;
}

static bool fits_order(const struct query *w, const struct query_test *t, const char *text)
{
	int order = strcmp(text, w->value[t->value].text);

	switch (t->compare) {
	case COMPARE_BEFORE:
		return order < 0;
	case COMPARE_NOT_AFTER:
		return order <= 0;
	case COMPARE_AFTER:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool fits_set(const struct query *w, const struct query_test *t, const struct query_operand *o,
		     const struct value *v)
{
	switch (o->type) {
	case QUERY_BOOL:
		return fits_number(w, t, v->boolean);
	case QUERY_NUMBER:
		return fits_number(w, t, o->digits ? strtoull(v->text, NULL, 10) : v->uinteger);
	case QUERY_ADDRESS:
		return fits_address_text(w, t, v->text);
	default:
		return fits_text(w, t, o, v->text);
	}
}

static bool fits(const struct query *w, const struct query_test *t, const struct query_operand *o,
		 const struct value *v)
{
	switch (t->compare) {
	case COMPARE_PRESENT:
		return o->type != QUERY_BOOL || v->boolean;
	case COMPARE_SET:
		return fits_set(w, t, o, v);
	case COMPARE_PATTERN:
		return pattern_matches(w->value[t->value].pattern, v->text);
	default:
		return fits_order(w, t, v->text);
	}
}

static bool passes(const struct query *w, const struct query_test *t, const struct conn *c)
{
	bool there = false;

	for (uint32_t i = 0; i < t->operand_count; i++) {
		const struct query_operand *o = &w->operand[t->operand + i];
		struct value v;
		bool good;

		if (o->side >= 0) { /* as it stands: as text it would have to be written first */
			good = t->compare == COMPARE_PRESENT || fits_address(w, t, c->flow.end[o->side].addr);
		} else {
			if (!field_get(o->field, c, &v))
				continue;
			good = fits(w, t, o, &v);
		}
		if (good)
			return !t->negated;
		there = true;
	}
	return there && t->negated;
}

bool query_matches(const struct query *w, const struct conn *c)
{
	bool result = true;

	for (size_t i = 0; i < w->steps; i++) {
		const struct query_step *s = &w->step[i];

		switch ((enum query_op)s->op) {
		case OP_TEST:
			result = passes(w, &w->test[s->to], c);
			break;
		case OP_NOT:
			result = !result;
			break;
		case OP_AND:
		case OP_OR:
			if (result == (s->op == OP_OR))
				i = s->to - 1;
			break;
		}
	}
	return result;
}

bool query_matches_now(const struct query *w, const struct conn *c)
{
	struct conn now;

	if (c->close_ns)
		return query_matches(w, c);
	now = *c;
	now.verdict = ending_decide(&now);
	return query_matches(w, &now);
}

bool query_needs_whole(const struct query *w)
{
	return w->needs_whole;
}

void query_free(struct query **wp)
{
	struct query *w = *wp;

	if (!w)
		return;
	for (size_t i = 0; i < w->texts; i++)
		free(w->text[i]);
	for (size_t i = 0; i < w->patterns; i++)
		pattern_free(&w->pattern[i]);
	free(w->text);
	free(w->step);
	free(w->test);
	free(w->operand);
	free(w->value);
	free(w->must);
	free(w);
	*wp = NULL;
}
