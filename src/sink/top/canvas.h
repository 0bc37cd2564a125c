/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A screen as cells: what is written beyond an edge is cut, and no cell ever holds what a terminal would interpret.
 * Pure: a terminal or a test reads the cells.
 */
#ifndef TCPLIFE_CANVAS_H
#define TCPLIFE_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

#define CANVAS_SIDE_MAX 1000 /* rows and columns that are used of a larger terminal */

/* Bits; the colours exclude each other. */
enum canvas_style {
	STYLE_BOLD = 1 << 0,
	STYLE_DIM = 1 << 1,
	STYLE_REVERSE = 1 << 2,
	STYLE_UNDERLINE = 1 << 3,
	STYLE_RED = 1 << 4,
	STYLE_YELLOW = 2 << 4,
	STYLE_GREEN = 3 << 4,
	STYLE_CYAN = 4 << 4,
	STYLE_COLORS = 7 << 4,
};

struct canvas_cell {
	uint32_t code; /* a Unicode character one column wide */
	uint8_t style; /* enum canvas_style */
};

struct canvas {
	struct canvas_cell *cell;
	size_t rows, columns, capacity;
};

/* Blank, in that size. 0, or -ENOMEM: its size is 0 x 0 then. */
int canvas_resize(struct canvas *c, size_t rows, size_t columns);
void canvas_free(struct canvas *c);
/* Writes UTF-8 from there on, at most width columns of it; width SIZE_MAX = to the edge. Returns the column behind it.
 * What is not UTF-8, has no width of one column, or controls a terminal becomes '?'. */
size_t canvas_put(struct canvas *c, size_t row, size_t column, size_t width, unsigned int style, const char *text);
/* The same, with the TERM_* sequences of lib/term.h as styles: text that a sink for terminals has drawn. */
void canvas_put_painted(struct canvas *c, size_t row, size_t column, size_t width, const char *text, size_t len);
/* Blanks of that style from column up to, not including, end. */
void canvas_fill(struct canvas *c, size_t row, size_t column, size_t end, unsigned int style);
/* A row as UTF-8, without blanks at its end: for tests. */
void canvas_row_text(const struct canvas *c, size_t row, struct strbuf *out);

#endif
