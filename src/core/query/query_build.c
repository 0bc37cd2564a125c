// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/query/query_build.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more of `size` bytes behind n of them. n doubles, so its own number says when to grow. */
static bool room(void **array, size_t n, size_t size)
{
	void *more;

	if (n & (n - 1) || (n && n < 8))
		return true;
	more = realloc(*array, (n ? n * 2 : 8) * size);
	if (more)
		*array = more;
	return more != NULL;
}

bool query_add_step(struct query *w, enum query_op op, uint32_t to)
{
	if (!room((void **)&w->step, w->steps, sizeof(*w->step)))
		return false;
	w->step[w->steps++] = (struct query_step) { .op = op, .to = to };
	return true;
}

bool query_add_test(struct query *w, const struct query_test *t)
{
	if (!room((void **)&w->test, w->tests, sizeof(*w->test)))
		return false;
	w->test[w->tests++] = *t;
	return true;
}

bool query_add_operand(struct query *w, const struct query_operand *o)
{
	if (!room((void **)&w->operand, w->operands, sizeof(*w->operand)))
		return false;
	w->operand[w->operands++] = *o;
	return true;
}

bool query_add_value(struct query *w, const struct query_value *v)
{
	if (!room((void **)&w->value, w->values, sizeof(*w->value)))
		return false;
	w->value[w->values++] = *v;
	return true;
}

bool query_add_must(struct query *w, uint32_t test)
{
	if (!room((void **)&w->must, w->musts, sizeof(*w->must)))
		return false;
	w->must[w->musts++] = test;
	return true;
}

const char *query_keep_text(struct query *w, const char *text)
{
	char *copy = strdup(text);

	if (!copy || !room((void **)&w->text, w->texts, sizeof(*w->text))) {
		free(copy);
		return NULL;
	}
	return w->text[w->texts++] = copy;
}
