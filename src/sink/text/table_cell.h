/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The cells of the table and of its CSV: one function for each column, called with one connection. */
#ifndef TCPLIFE_TABLE_CELL_H
#define TCPLIFE_TABLE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/strbuf.h"

struct row {
	const struct conn *c;
	enum side_name local;	      /* whose view L and R take */
	uint64_t closed_ns, began_ns; /* when the connection closed; when the tracer began */
	unsigned int style;
};

/* Adds the cell's text. width: what there is room for, 0 = no limit; a cell may choose a shorter form, and is cut if it
 * is longer. */
typedef void (*cell_fn)(const struct row *r, size_t width, struct strbuf *out);

enum column_kind {
	LEFT,	 /* text begins at the left */
	RIGHT,	 /* figures end at the right */
	ADDRESS, /* LEFT, and -w gives it the room that IPv6 takes */
};

struct column {
	const char *head;
	uint8_t width;	  /* at least */
	uint8_t most;	  /* grows up to this where there is room */
	uint8_t priority; /* 1 is the last to go where there is no room */
	enum column_kind kind;
	cell_fn cell;
};

enum optional_column { COLUMN_TIME, COLUMN_SECONDS, OPTIONAL_COLUMNS };

extern const struct column TABLE_OPTIONAL[OPTIONAL_COLUMNS];
/* With -w, before ENDING: container, pod or unit. */
extern const struct column TABLE_WHERE;
/* tcplife's columns first, then ours; ENDING is the last. */
extern const struct column TABLE_COLUMNS[];
extern const size_t TABLE_COLUMN_COUNT;

/* Plain numbers and one fact a column: an empty cell is not known. */
struct csv_column {
	const char *head;
	cell_fn cell;
};

extern const struct csv_column CSV_OPTIONAL[OPTIONAL_COLUMNS];
extern const struct csv_column CSV_COLUMNS[];
extern const size_t CSV_COLUMN_COUNT;

#endif
