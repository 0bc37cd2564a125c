// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/canvas.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/term.h"
#include "lib/utf8.h"

int canvas_resize(struct canvas *c, size_t rows, size_t columns)
{
	size_t cells;

	rows = rows < CANVAS_SIDE_MAX ? rows : CANVAS_SIDE_MAX;
	columns = columns < CANVAS_SIDE_MAX ? columns : CANVAS_SIDE_MAX;
	cells = rows * columns;
	if (cells > c->capacity) {
		struct canvas_cell *cell = realloc(c->cell, cells * sizeof(*cell));

		if (!cell) {
			c->rows = c->columns = 0;
			return -ENOMEM;
		}
		c->cell = cell;
		c->capacity = cells;
	}
	c->rows = rows;
	c->columns = columns;
	for (size_t row = 0; row < rows; row++)
		canvas_fill(c, row, 0, columns, 0);
	return 0;
}

void canvas_free(struct canvas *c)
{
	free(c->cell);
	*c = (struct canvas) { 0 };
}

/* Is it one column wide on every terminal? Letters of Europe and the Caucasus, punctuation, arrows, boxes and shapes.
 */
static bool is_narrow(uint32_t code)
{
	return (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code < 0x300 && code != 0xad) ||
	       (code >= 0x370 && code < 0x483) || (code >= 0x48a && code < 0x590) ||
	       (code >= 0x1e00 && code < 0x2000) || (code >= 0x2010 && code < 0x2028) ||
	       (code >= 0x2030 && code < 0x205f) || (code >= 0x20a0 && code < 0x20d0) ||
	       (code >= 0x2100 && code < 0x231a) || (code >= 0x2500 && code < 0x25fd);
}

size_t canvas_put(struct canvas *c, size_t row, size_t column, size_t width, unsigned int style, const char *text)
{
	size_t left = strlen(text);

	for (; left && width && row < c->rows && column < c->columns; width--, column++) {
		uint32_t code;
		size_t len = utf8_decode(text, left, &code);

		if (!len || !is_narrow(code)) {
			code = '?';
			len = len ? len : 1;
		}
		c->cell[row * c->columns + column] = (struct canvas_cell) { .code = code, .style = (uint8_t)style };
		text += len;
		left -= len;
	}
	return column;
}

static const struct {
	const char *sequence;
	uint8_t style; /* 0 = none any more */
} sequences[] = {
	{ TERM_RED, STYLE_RED },   { TERM_CYAN, STYLE_CYAN }, { TERM_YELLOW, STYLE_YELLOW },
	{ TERM_BOLD, STYLE_BOLD }, { TERM_DIM, STYLE_DIM },   { TERM_RESET, 0 },
};

/* The length of the sequence that text begins with; 0 = none of ours. */
static size_t take_sequence(const char *text, size_t len, unsigned int *style)
{
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		size_t n = strlen(sequences[i].sequence);

		if (n > len || memcmp(text, sequences[i].sequence, n))
			continue;
		*style = sequences[i].style ? *style | sequences[i].style : 0;
		return n;
	}
	return 0;
}

void canvas_put_painted(struct canvas *c, size_t row, size_t column, size_t width, const char *text, size_t len)
{
	unsigned int style = 0;

	while (len && width) {
		size_t n = take_sequence(text, len, &style);
		char one[5] = "";
		uint32_t code;

		if (!n) {
			n = utf8_decode(text, len, &code);
			n = n ? n : 1;
			memcpy(one, text, n);
			column = canvas_put(c, row, column, 1, style, one);
			width--;
		}
		text += n;
		len -= n;
	}
}

void canvas_fill(struct canvas *c, size_t row, size_t column, size_t end, unsigned int style)
{
	end = end < c->columns ? end : c->columns;
	for (; row < c->rows && column < end; column++)
		c->cell[row * c->columns + column] = (struct canvas_cell) { .code = ' ', .style = (uint8_t)style };
}

void canvas_row_text(const struct canvas *c, size_t row, struct strbuf *out)
{
	size_t end = row < c->rows ? c->columns : 0;

	while (end && c->cell[row * c->columns + end - 1].code == ' ')
		end--;
	for (size_t i = 0; i < end; i++) {
		char bytes[4];

		strbuf_add(out, bytes, utf8_encode(c->cell[row * c->columns + i].code, bytes));
	}
}
