/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which connections the screen shows: behind "/" stands an expression as --where takes it, or one word that is no name
 * there: it is looked for in what the columns show. Pure.
 */
#ifndef TCPLIFE_TOP_FILTER_H
#define TCPLIFE_TOP_FILTER_H

#include "core/query/query.h"
#include "lib/strbuf.h"
#include "sink/top/top_row.h"

struct top_filter {
	struct query *query; /* NULL = none */
	char *word;	     /* NULL = none */
};

/* text "" = all are wanted. 0, or a negative errno and why in *why; the filter is then as it was. */
int top_filter_set(struct top_filter *f, const char *text, struct strbuf *why);
void top_filter_free(struct top_filter *f);
/* r is c's row. c NULL: nothing is known but that. */
bool top_filter_wants(const struct top_filter *f, const struct conn *c, const struct top_row *r, unsigned int style);

#endif
