// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One line for each connection when it closes, and a short one when its TIME_WAIT is over. MS is the time from the
 * first SYN to the last socket's CLOSE; the MS of bcc's tcplife begins at ESTABLISHED.
 */
#include <string.h>
#include <unistd.h>

#include "core/ending.h"
#include "core/capture/track.h"
#include "core/record/ending_sentence.h"
#include "options.h"
#include "sink/advise.h"
#include "sink/text/text.h"
#include "sink/sink.h"
#include "sink/text/open_list.h"
#include "sink/text/older.h"
#include "sink/text/table_cell.h"
#include "sink/text/timewait_line.h"

#define COLUMNS_MOST 24
#define IPV6_WIDTH   39

struct table {
	struct text_out text_out;
	struct strbuf cell; /* one cell, before it is cut and padded */
	const struct column *column[COLUMNS_MOST];
	size_t width[COLUMNS_MOST];
	size_t count;
	uint64_t began_ns; /* time of the first event; 0 = none yet */
	struct open_list open;
	struct older older;
};

/* ---- which columns, how wide ---- */

static void add_column(struct table *t, const struct column *col, bool wide)
{
	t->column[t->count] = col;
	t->width[t->count] = wide && col->kind == ADDRESS ? IPV6_WIDTH : col->width;
	t->count++;
}

static size_t used_width(const struct table *t)
{
	size_t used = t->count - 1;

	for (size_t i = 0; i < t->count; i++)
		used += t->width[i];
	return used;
}

static void drop_least_important(struct table *t)
{
	size_t worst = 0;

	for (size_t i = 1; i < t->count; i++) {
		if (t->column[i]->priority >= t->column[worst]->priority)
			worst = i;
	}
	t->count--;
	memmove(&t->column[worst], &t->column[worst + 1], (t->count - worst) * sizeof(t->column[0]));
	memmove(&t->width[worst], &t->width[worst + 1], (t->count - worst) * sizeof(t->width[0]));
}

static void grow_columns(struct table *t, size_t room)
{
	for (size_t i = 0; i < t->count; i++) {
		size_t more = t->column[i]->most > t->width[i] ? t->column[i]->most - t->width[i] : 0;

		if (more > room)
			more = room;
		t->width[i] += more;
		room -= more;
	}
}

static void choose_columns(struct table *t)
{
	const struct options *o = t->text_out.out.sink->options;
	size_t columns = t->text_out.term.columns;

	if (o->time_of_day)
		add_column(t, &TABLE_OPTIONAL[COLUMN_TIME], false);
	if (o->timestamp)
		add_column(t, &TABLE_OPTIONAL[COLUMN_SECONDS], false);
	for (size_t i = 0; i < TABLE_COLUMN_COUNT; i++) {
		if (o->wide && i + 1 == TABLE_COLUMN_COUNT)
			add_column(t, &TABLE_WHERE, false);
		add_column(t, &TABLE_COLUMNS[i], o->wide);
	}
	if (!columns) {
		/* Nothing is cut: IPv4 addresses and most names line up. */
		for (size_t i = 0; i + 1 < t->count; i++) {
			if (t->column[i]->kind != ADDRESS && t->column[i]->most > t->width[i])
				t->width[i] = t->column[i]->most;
		}
		return;
	}
	while (t->count > 1 && used_width(t) > columns)
		drop_least_important(t);
	if (used_width(t) < columns)
		grow_columns(t, columns - used_width(t));
}

/* ---- lines ---- */

static void add_cell(struct table *t, size_t i, const char *text)
{
	struct strbuf *line = &t->text_out.out.buf;
	const struct column *col = t->column[i];
	size_t width = t->width[i], from = line->len, have;
	bool last = i + 1 == t->count;

	have = human_width(text);
	if (t->text_out.term.columns && have > width)
		have = width;
	if (col->kind == RIGHT && have < width)
		strbuf_pad(line, line->len, width - have);
	if (t->text_out.term.columns)
		human_cut(line, text, width, t->text_out.style);
	else
		strbuf_puts(line, text);
	if (last)
		return;
	strbuf_pad(line, from, width);
	strbuf_putc(line, ' ');
}

static void write_header(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		add_cell(t, i, t->column[i]->head);
	text_line_end(&t->text_out);
}

static const char *ending_paint(const struct term *term, unsigned int ending)
{
	switch (ending) {
	case ENDING_CLOSED:
	case ENDING_OPEN:
	case ENDING_UNKNOWN:
		return "";
	case ENDING_REFUSED:
	case ENDING_UNANSWERED:
	case ENDING_UNREACHABLE:
	case ENDING_HANDSHAKE_ABORTED:
		return term_paint(term, TERM_YELLOW);
	default:
		return term_paint(term, TERM_RED);
	}
}

static void write_row(struct table *t, const struct row *r)
{
	const char *paint = ending_paint(&t->text_out.term, r->c->verdict.ending);

	for (size_t i = 0; i < t->count; i++) {
		bool last = i + 1 == t->count;

		strbuf_reset(&t->cell);
		t->column[i]->cell(r, t->text_out.term.columns ? t->width[i] : 0, &t->cell);
		if (last)
			strbuf_puts(&t->text_out.out.buf, paint);
		add_cell(t, i, strbuf_text(&t->cell));
		if (last && *paint)
			strbuf_puts(&t->text_out.out.buf, TERM_RESET);
	}
	text_line_end(&t->text_out);
}

/* What stands in t->cell, below its row. */
static void write_below(struct table *t)
{
	size_t columns = t->text_out.term.columns;
	struct strbuf *line = &t->text_out.out.buf;

	strbuf_puts(line, term_paint(&t->text_out.term, TERM_DIM));
	human_cut(line, strbuf_text(&t->cell), columns ? columns : SIZE_MAX, t->text_out.style);
	strbuf_puts(line, term_paint(&t->text_out.term, TERM_RESET));
	text_line_end(&t->text_out);
}

/* Who has not closed, and for how long: the reason why a connection that is open has a line. */
static void write_unclosed(struct table *t, const struct conn *c)
{
	strbuf_reset(&t->cell);
	strbuf_printf(&t->cell, "  CLOSE_WAIT %c ", conn_unclosed_side(c) == CLIENT ? 'C' : 'S');
	ending_sentence(c, t->text_out.style, &t->cell);
	write_below(t);
}

/* --explain */
static void write_advice(struct table *t, const struct conn *c)
{
	strbuf_reset(&t->cell);
	strbuf_puts(&t->cell, "  advice: ");
	if (advise_conn(t->text_out.out.sink, c, &t->cell))
		write_below(t);
}

/* ---- CSV, RFC 4180 ---- */

/* A spreadsheet takes such a cell for a formula, and a process may have any name. */
static bool is_formula(const char *text)
{
	return strchr("=+-@\t\r", *text) && *text && text[1];
}

static void add_csv_cell(struct strbuf *line, const char *text)
{
	const char *before = is_formula(text) ? "'" : "";

	if (!strpbrk(text, ",\"\r\n")) {
		strbuf_puts(line, before);
		strbuf_puts(line, text);
		return;
	}
	strbuf_putc(line, '"');
	strbuf_puts(line, before);
	for (; *text; text++) {
		if (*text == '"')
			strbuf_putc(line, '"');
		strbuf_putc(line, *text);
	}
	strbuf_putc(line, '"');
}

static void add_csv_column(struct table *t, const struct csv_column *col, const struct row *r)
{
	strbuf_reset(&t->cell);
	if (r)
		col->cell(r, 0, &t->cell);
	else
		strbuf_puts(&t->cell, col->head);
	add_csv_cell(&t->text_out.out.buf, strbuf_text(&t->cell));
}

/* The heads if r is NULL. */
static void write_csv(struct table *t, const struct row *r)
{
	const bool wanted[OPTIONAL_COLUMNS] = {
		[COLUMN_TIME] = t->text_out.out.sink->options->time_of_day,
		[COLUMN_SECONDS] = t->text_out.out.sink->options->timestamp,
	};

	for (size_t i = 0; i < OPTIONAL_COLUMNS; i++) {
		if (!wanted[i])
			continue;
		add_csv_column(t, &CSV_OPTIONAL[i], r);
		strbuf_putc(&t->text_out.out.buf, ',');
	}
	for (size_t i = 0; i < CSV_COLUMN_COUNT; i++) {
		if (i)
			strbuf_putc(&t->text_out.out.buf, ',');
		add_csv_column(t, &CSV_COLUMNS[i], r);
	}
	text_line_end(&t->text_out);
}

/* ---- the sink ---- */

static void write_connection(struct table *t, const struct conn *c, uint64_t now_ns)
{
	int unclosed = conn_unclosed_side(c);
	struct row r = {
		.c = c,
		.local = unclosed >= 0 ? (enum side_name)unclosed : text_view(c),
		.closed_ns = c->track	   ? c->track->last_ns
			     : c->close_ns ? c->close_ns
					   : now_ns,
		.began_ns = t->began_ns,
		.style = t->text_out.style,
	};

	if (t->text_out.out.sink->options->csv) {
		write_csv(t, &r);
		return;
	}
	write_row(t, &r);
	if (unclosed >= 0)
		write_unclosed(t, c);
	if (t->text_out.out.sink->options->explain)
		write_advice(t, c);
}

static int table_open(struct sink *s, const char *arg)
{
	struct table *t = s->private;

	text_open(&t->text_out, s, STDOUT_FILENO);
	choose_columns(t);
	if (s->options->no_header)
		return 0;
	if (s->options->csv)
		write_csv(t, NULL);
	else
		write_header(t);
	output_flush(&t->text_out.out);
	return s->error;
}

static bool is_unclosed(const struct conn *c, uint64_t now_ns)
{
	int side = conn_unclosed_side(c);

	return side >= 0 && conn_close_wait_ns(c, side, now_ns) >= CLOSE_WAIT_SLOW_NS;
}

static void table_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct table *t = s->private;
	bool whole = s->options->whole;

	if (!t->began_ns)
		t->began_ns = now_ns;
	if (s->options->open && !s->options->csv && (change == CONN_STILL_OPEN || change == CONN_LISTED))
		open_list_add(&t->open, c, now_ns);
	/* Of a capture, connections that did not end are reported too: nothing more can come. */
	if (change == CONN_STILL_OPEN && ((c->track && !whole) || is_unclosed(c, now_ns)))
		write_connection(t, c, now_ns);
	else if (change != (whole ? CONN_FINISHED : CONN_CLOSED) && change != CONN_TIMEWAIT_OVER)
		return;
	else if (!s->options->csv && older_is_held_back(&t->older, s->options, c, change))
		return;
	else if (change == CONN_CLOSED || (change == CONN_FINISHED && (c->close_ns || c->track)))
		write_connection(t, c, now_ns);
	else if (change == CONN_TIMEWAIT_OVER && !whole && !s->options->csv)
		timewait_line(&t->text_out, c);
}

static void table_tick(struct sink *s, uint64_t now_ns)
{
	struct table *t = s->private;

	if (!t->began_ns)
		t->began_ns = now_ns;
	open_list_write(&t->open, &t->text_out);
	output_flush(&t->text_out.out);
}

static int table_close(struct sink *s)
{
	struct table *t = s->private;

	open_list_write(&t->open, &t->text_out);
	older_say(&t->older);
	strbuf_free(&t->cell);
	return text_close(&t->text_out);
}

const struct sink_ops sink_table = {
	.name = "table",
	.help = "one line for each connection when it closes (default)",
	.private_size = sizeof(struct table),
	.on_stdout = SINK_STDOUT_SHARES,
	.open = table_open,
	.conn = table_conn,
	.tick = table_tick,
	.close = table_close,
};
