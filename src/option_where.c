// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "option_where.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/record/field.h"
#include "lib/human.h"
#include "lib/log.h"

#define SHOWN 72 /* characters of an expression that are shown around an error */

static void print_names(void)
{
	const struct query_name *n;
	const struct field *f;

	puts("Short names:");
	for (size_t i = 0; (n = query_name_at(i)); i++)
		printf("  %-36s %s\n", n->name, n->help);
	puts("\nFields of the JSON record:");
	for (size_t i = 0; (f = field_at(i)); i++)
		printf("  %-36s %s%s%s%s\n", f->path, f->help, *f->unit ? " (" : "", f->unit, *f->unit ? ")" : "");
	puts("\nComparisons: == != < <= > >= ~ !~ in {a, b, 400-499}; and or not ( ); units: ns us ms s min h d, B kB "
	     "MB GB "
	     "KiB MiB GiB.");
}

/* The bytes of the first n characters. */
static size_t bytes_of(const char *text, size_t n)
{
	size_t at = 0;

	for (; text[at]; at++) {
		if ((text[at] & 0xc0) == 0x80)
			continue;
		if (!n--)
			break;
	}
	return at;
}

/* The expression, or the part of it around the column, and a mark below. */
static void show_place(const char *text, size_t column)
{
	size_t from = column > SHOWN / 2 ? column - SHOWN / 2 : 0, begin = bytes_of(text, from);
	size_t len = bytes_of(text + begin, SHOWN), before = bytes_of(text + begin, column - 1 - from);
	struct strbuf line = { 0 }, mark = { 0 };

	human_text(&mark, text + begin, before, HUMAN_UTF8);
	human_text(&line, text + begin, len, HUMAN_UTF8);
	fprintf(stderr, "  %s\n  %*s^\n", strbuf_text(&line), (int)human_width(strbuf_text(&mark)), "");
	strbuf_free(&line);
	strbuf_free(&mark);
}

/* 0, or a negative errno, not -EINVAL, after a message. */
static int compile(const char *option, const char *expression, struct query **out)
{
	struct query_error e;
	int err = query_compile(expression, out, &e);

	if (!err)
		return 0;
	log_error("%s: %s", option, e.text);
	show_place(expression, e.column);
	return err == -EINVAL ? -EBADMSG : err;
}

int option_where(struct options *o, const char *expression)
{
	int err;

	if (!strcmp(expression, "help"))
		return print_names(), 1;
	if (o->where_count == OPTIONS_MAX_WHERE) {
		log_error("--where: at most %d of them", OPTIONS_MAX_WHERE);
		return -E2BIG;
	}
	err = compile("--where", expression, &o->where[o->where_count]);
	if (!err)
		o->where_count++;
	return err;
}

int option_slo(struct options *o, const char *expression)
{
	if (o->slo) {
		log_error("--slo: give it once, with 'and' between its parts");
		return -EEXIST;
	}
	o->slo_text = expression;
	return compile("--slo", expression, &o->slo);
}
