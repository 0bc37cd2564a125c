/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which connections the screen shows: the words written behind "/". Pure. */
#ifndef TCPLIFE_TOP_FILTER_H
#define TCPLIFE_TOP_FILTER_H

#include "lib/strbuf.h"
#include "sink/top/top_row.h"

struct top_filter {
	char *text; /* NULL = all are wanted */
};

/* text "" = all are wanted. 0, or a negative errno and why in *why; the filter is then as it was. */
int top_filter_set(struct top_filter *f, const char *text, struct strbuf *why);
void top_filter_free(struct top_filter *f);
/* c may be NULL only if no filter was ever set. r is c's row. */
bool top_filter_wants(const struct top_filter *f, const struct conn *c, const struct top_row *r, unsigned int style);

#endif
