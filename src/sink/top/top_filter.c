// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/human.h"

void top_filter_free(struct top_filter *f)
{
	free(f->text);
	f->text = NULL;
}

int top_filter_set(struct top_filter *f, const char *text, struct strbuf *why)
{
	char *copy = *text ? strdup(text) : NULL;

	if (*text && !copy) {
		strbuf_puts(why, "out of memory");
		return -ENOMEM;
	}
	top_filter_free(f);
	f->text = copy;
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

	if (!f->text)
		return true;
	put_words(&words, r, style);
	wanted = strcasestr(strbuf_text(&words), f->text) != NULL;
	strbuf_free(&words);
	return wanted;
}
