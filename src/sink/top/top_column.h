/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The columns of each tab: what stands in a cell, by what it is sorted, and which go first on a narrow screen. Pure. */
#ifndef TCPLIFE_TOP_COLUMN_H
#define TCPLIFE_TOP_COLUMN_H

#include "lib/strbuf.h"
#include "sink/top/top_item.h"

/* Sorts as two numbers, or as the first 16 bytes of a text. */
struct top_key {
	uint64_t high, low;
};

struct top_column {
	const char *head;
	uint8_t width;	  /* at least */
	uint8_t most;	  /* grows up to this where there is room; 0 = it does not */
	uint8_t priority; /* 1 is the last to go where there is no room */
	bool right;	  /* figures end at the right */
	bool descending;  /* the largest first, unless the order is reversed */
	/* Adds the text of the cell, safe to show. */
	void (*cell)(const struct top_item *item, const struct top_now *now, struct strbuf *out);
	struct top_key (*key)(const struct top_item *item, const struct top_now *now);
};

struct top_columns {
	const struct top_column *list;
	size_t count;
	size_t sorted; /* index of the column that it is sorted by at first */
};

/* Of connections, or of groups of them. Listeners and ports have no groups. */
const struct top_columns *top_columns_of(enum top_tab tab, enum top_grouping grouping);

#define TOP_COLUMNS_MAX 16

/* Which columns of a screen that wide are shown, and their widths; returns how many. One blank stands between two. */
size_t top_columns_fit(const struct top_columns *columns, size_t width, uint8_t index[TOP_COLUMNS_MAX],
		       uint16_t widths[TOP_COLUMNS_MAX]);

#endif
