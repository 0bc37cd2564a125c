// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/human.h"

void top_filter_free(struct top_filter *f)
{
	query_free(&f->query);
	free(f->word);
	*f = (struct top_filter) { 0 };
}

/* One that has nothing of an expression in it. */
static bool is_word(const char *text)
{
	return !text[strcspn(text, " =<>~!&|(){}\"'")];
}

int top_filter_set(struct top_filter *f, const char *text, struct strbuf *why)
{
	struct top_filter to = { 0 };
	struct query_error error = { 0 };
	int err = *text ? query_compile(text, &to.query, &error) : 0;

	if (err == -EINVAL && is_word(text)) {
		to.word = strdup(text);
		err = to.word ? 0 : -ENOMEM;
	}
	if (err) {
		if (error.column)
			strbuf_printf(why, "column %zu: ", error.column);
		strbuf_puts(why, error.text[0] ? error.text : "out of memory");
		return err;
	}
	top_filter_free(f);
	*f = to;
	return 0;
}

/* The words that stand for a connection in the columns. */
static void put_words(struct strbuf *out, const struct top_row *r, unsigned int style)
{
	char text[ENDPOINT_TEXT_SIZE];

	human_text(out, r->process, strlen(r->process), style);
	strbuf_printf(out, " %s", endpoint_text(&r->local, text));
	strbuf_printf(out, " %s", endpoint_text(&r->remote, text));
	strbuf_printf(out, " %s %s %s %s", tcp_state_name(r->state), ending_name(r->ending), top_row_fault(r) ?: "",
		      r->place);
}

bool top_filter_wants(const struct top_filter *f, const struct conn *c, const struct top_row *r, unsigned int style)
{
	struct strbuf words = { 0 };
	bool wanted;

	if (f->query)
		return c && query_matches_now(f->query, c);
	if (!f->word)
		return true;
	put_words(&words, r, style);
	wanted = strcasestr(strbuf_text(&words), f->word) != NULL;
	strbuf_free(&words);
	return wanted;
}
