// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_paint.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/human.h"

#define NS_PER_S  1000000000ULL
#define TO_EDGE	  SIZE_MAX
#define BAR_LEAST 10

static size_t put(struct canvas *c, size_t row, size_t column, unsigned int style, const char *text)
{
	return canvas_put(c, row, column, TO_EDGE, style, text);
}

static size_t put_buf(struct canvas *c, size_t row, size_t column, unsigned int style, struct strbuf *b)
{
	column = put(c, row, column, style, strbuf_text(b));
	strbuf_reset(b);
	return column;
}

/* ---- the head ---- */

static const char *mode_text(const struct top_scene *s)
{
	const struct top_ui *ui = s->ui;

	if (!ui->offline)
		return ui->paused ? "PAUSED" : "live";
	if (ui->playing)
		return "playing";
	return s->figures->at_end ? "at its end" : "stopped";
}

static void put_clock(struct strbuf *out, uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	char text[32];
	struct tm tm;

	if (wall_ns && localtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		strbuf_puts(out, text);
}

static void paint_title(struct canvas *c, const struct top_scene *s, struct strbuf *b)
{
	const struct top_figures *f = s->figures;
	bool still = s->ui->paused;
	size_t column = put(c, 0, 0, STYLE_BOLD, "tcplife-trace ");

	human_text(b, f->host, strlen(f->host), s->now.style);
	column = put_buf(c, 0, column, 0, b);
	strbuf_printf(b, "%s%s", *f->host ? "  " : "",
		      s->ui->offline ? (*f->capture == 'p' ? "capture, " : "recording, ") : "");
	column = put_buf(c, 0, column, 0, b);
	column = put(c, 0, column,
		     still	      ? STYLE_BOLD | STYLE_YELLOW
		     : s->ui->offline ? STYLE_YELLOW
				      : STYLE_GREEN,
		     mode_text(s));
	strbuf_puts(b, "  ");
	put_clock(b, f->wall_ns);
	if (s->ui->offline && s->ui->speed > 1)
		strbuf_printf(b, "  x%u", s->ui->speed);
	put_buf(c, 0, column, 0, b);
}

static size_t put_figure(struct canvas *c, size_t row, size_t column, const char *name, const char *value,
			 unsigned int style)
{
	column = put(c, row, column, STYLE_DIM, name);
	return put(c, row, column + 1, style, value) + 2;
}

static void paint_rates(struct canvas *c, const struct top_scene *s, struct strbuf *b)
{
	const struct top_figures *f = s->figures;
	const struct {
		const char *name;
		double rate;
		unsigned int bad;
	} rates[] = { { "opened/s", f->opened, 0 },
		      { "closed/s", f->closed, 0 },
		      { "faults/s", f->faults, STYLE_RED },
		      { "resent/s", f->retransmits, STYLE_YELLOW } };
	size_t column = 0;

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		strbuf_printf(b, "%.1f", rates[i].rate);
		column = put_figure(c, 1, column, rates[i].name, strbuf_text(b), rates[i].rate > 0 ? rates[i].bad : 0);
		strbuf_reset(b);
	}
	strbuf_uint(b, f->lost);
	column = put_figure(c, 1, column, "lost", strbuf_text(b), f->lost ? STYLE_RED | STYLE_BOLD : 0);
	strbuf_reset(b);
	if (!f->evicted)
		return;
	strbuf_uint(b, f->evicted);
	put_figure(c, 1, column, "dropped", strbuf_text(b), STYLE_RED | STYLE_BOLD);
	strbuf_reset(b);
}

static void paint_states(struct canvas *c, const struct top_scene *s, struct strbuf *b)
{
	const uint64_t *n = s->figures->state;
	const struct {
		const char *name;
		uint64_t count;
		unsigned int style;
	} states[] = {
		{ "ESTABLISHED", n[TCPS_ESTABLISHED], 0 },
		{ "TIME_WAIT", n[TCPS_TIME_WAIT], 0 },
		{ "CLOSE_WAIT", n[TCPS_CLOSE_WAIT], STYLE_YELLOW },
		{ "opening", n[TCPS_SYN_SENT] + n[TCPS_SYN_RECV] + n[TCPS_NEW_SYN_RECV], 0 },
		{ "closing", n[TCPS_FIN_WAIT1] + n[TCPS_FIN_WAIT2] + n[TCPS_CLOSING] + n[TCPS_LAST_ACK], 0 },
	};
	size_t column = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		strbuf_uint(b, states[i].count);
		column =
			put_figure(c, 2, column, states[i].name, strbuf_text(b), states[i].count ? states[i].style : 0);
		strbuf_reset(b);
	}
}

/* ---- tabs ---- */

static void paint_tabs(struct canvas *c, const struct top_scene *s, struct strbuf *b)
{
	const struct top_ui *ui = s->ui;
	size_t row = s->layout->tabs_row, from, to = 0;
	char text[48];

	if (row == SIZE_MAX)
		return;
	for (int tab = 0; tab < TABS; tab++) {
		bool chosen = tab == (int)ui->shape.tab;
		unsigned int style = chosen ? STYLE_REVERSE | STYLE_BOLD : 0;

		if (tab == TAB_FAULTS && s->view->tabs[tab] && !chosen)
			style |= STYLE_RED;
		top_tab_place(s->view, tab, s->layout->columns, &from, &to);
		top_tab_text(s->view, tab, s->layout->columns, text, sizeof(text));
		canvas_fill(c, row, from, to, style);
		put(c, row, from + 1, style, text);
	}
	if (ui->shape.within != GROUP_NONE) {
		strbuf_printf(b, "%s ", top_grouping_name(ui->shape.within));
		human_text(b, ui->shape.within_label, strlen(ui->shape.within_label), s->now.style);
		strbuf_puts(b, "  ");
	}
	if (ui->shape.grouping != GROUP_NONE)
		strbuf_printf(b, "by %s  ", top_grouping_name(ui->shape.grouping));
	if (*ui->filter) {
		strbuf_putc(b, '/');
		human_text(b, ui->filter, strlen(ui->filter), s->now.style);
	}
	put_buf(c, row, to + 2, STYLE_CYAN, b);
}

/* ---- the table ---- */

struct fit {
	const struct top_columns *columns;
	uint8_t index[TOP_COLUMNS_MAX];
	uint16_t widths[TOP_COLUMNS_MAX];
	size_t count;
};

static void put_cell(struct canvas *c, size_t row, size_t column, size_t width, bool right, unsigned int style,
		     const char *text, unsigned int text_style)
{
	size_t have = human_width(text);
	struct strbuf cut = { 0 };

	if (have > width) {
		human_cut(&cut, text, width, text_style);
		canvas_put(c, row, column, width, style, strbuf_text(&cut));
		strbuf_free(&cut);
		return;
	}
	canvas_put(c, row, column + (right ? width - have : 0), width, style, text);
}

/* Beside the head if there is room in its column, else in the blank behind it. */
static size_t order_column(const struct top_column *col, size_t width)
{
	size_t len = strlen(col->head);

	if (len >= width)
		return width;
	return col->right ? width - len - 1 : len;
}

static const char *order_mark(const struct top_scene *s, const struct top_column *col)
{
	bool down = col->descending != s->ui->shape.reversed;

	if (s->now.style & HUMAN_UTF8)
		return down ? "▼" : "▲";
	return down ? "v" : "^";
}

static void paint_head(struct canvas *c, const struct top_scene *s, const struct fit *fit, struct strbuf *b)
{
	const struct top_ui *ui = s->ui;
	size_t column = 0, row = s->layout->head_row;

	if (row == SIZE_MAX)
		return;
	canvas_fill(c, row, 0, s->layout->table_columns, STYLE_UNDERLINE);
	for (size_t i = 0; i < fit->count; i++) {
		const struct top_column *col = &fit->columns->list[fit->index[i]];
		bool sorted = fit->index[i] == ui->shape.column;

		strbuf_puts(b, col->head);
		put_cell(c, row, column, fit->widths[i], col->right,
			 STYLE_UNDERLINE | (sorted ? STYLE_BOLD | STYLE_CYAN : 0), strbuf_text(b), s->now.style);
		if (sorted)
			canvas_put(c, row, column + order_column(col, fit->widths[i]), 1,
				   STYLE_UNDERLINE | STYLE_BOLD | STYLE_CYAN, order_mark(s, col));
		strbuf_reset(b);
		column += fit->widths[i] + 1U;
	}
}

static unsigned int item_style(const struct top_scene *s, const struct top_item *item)
{
	const struct top_ui *ui = s->ui;

	if (ui->shape.tab == TAB_PORTS)
		return item->port.exhausted_ns < 3600 * NS_PER_S ? STYLE_RED : 0;
	if (ui->shape.tab == TAB_LISTENERS)
		return item->listener.queue_full ? STYLE_YELLOW : 0;
	if (ui->shape.grouping != GROUP_NONE)
		return 0;
	if (!top_row_fault(&item->row))
		return item->row.wait == TOP_WAIT_RUNNING || item->row.close_ns == 0 ? 0 : STYLE_DIM;
	return item->row.ending == ENDING_CLOSED || item->row.ending == ENDING_OPEN ? STYLE_YELLOW : STYLE_RED;
}

static void paint_item(struct canvas *c, const struct top_scene *s, const struct fit *fit, size_t at, size_t row,
		       struct strbuf *b)
{
	const struct top_item *item = &s->view->item[at];
	unsigned int style = at == s->ui->cursor ? STYLE_REVERSE : item_style(s, item);
	size_t column = 0;

	canvas_fill(c, row, 0, s->layout->table_columns, style);
	for (size_t i = 0; i < fit->count; i++) {
		const struct top_column *col = &fit->columns->list[fit->index[i]];

		col->cell(item, &s->now, b);
		put_cell(c, row, column, fit->widths[i], col->right, style, strbuf_text(b), s->now.style);
		strbuf_reset(b);
		column += fit->widths[i] + 1U;
	}
}

static const char *empty_text(const struct top_scene *s)
{
	if (*s->ui->filter || s->ui->shape.within != GROUP_NONE)
		return "Nothing fits. Esc takes the filter away.";
	switch (s->ui->shape.tab) {
	case TAB_OPEN:
		return "No connection is open.";
	case TAB_ENDED:
		return "No connection has ended yet.";
	case TAB_LISTENERS:
		return "No listener is known.";
	case TAB_PORTS:
		return "No connection was opened from here.";
	default:
		return "Nothing went wrong.";
	}
}

static void paint_table(struct canvas *c, const struct top_scene *s, struct strbuf *b)
{
	const struct top_layout *l = s->layout;
	struct fit fit = { .columns = top_columns_of(s->ui->shape.tab, s->ui->shape.grouping) };

	fit.count = top_columns_fit(fit.columns, l->table_columns, fit.index, fit.widths);
	paint_head(c, s, &fit, b);
	for (size_t i = 0; i < l->table_rows && s->ui->scroll + i < s->view->count; i++)
		paint_item(c, s, &fit, s->ui->scroll + i, l->table_row + i, b);
	if (!s->view->count && l->table_rows)
		canvas_put(c, l->table_row, 1, l->table_columns, STYLE_DIM, empty_text(s));
}

/* ---- one connection ---- */

size_t top_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n' || !text[1];
	return n;
}

static void paint_rule(struct canvas *c, const struct top_scene *s)
{
	const struct top_layout *l = s->layout;
	bool utf8 = s->now.style & HUMAN_UTF8;

	if (l->beside) {
		for (size_t row = l->detail_row; row < l->detail_row + l->detail_rows; row++)
			canvas_put(c, row, l->table_columns, 1, STYLE_DIM, utf8 ? "│" : "|");
		return;
	}
	for (size_t column = 0; column < l->columns && l->detail_row; column++)
		canvas_put(c, l->detail_row - 1, column, 1, STYLE_DIM, utf8 ? "─" : "-");
}

static void paint_detail(struct canvas *c, const struct top_scene *s)
{
	const struct top_layout *l = s->layout;
	const char *line = s->detail ?: "This connection is not kept any more.\n";

	paint_rule(c, s);
	for (size_t skip = s->ui->detail_scroll; skip && *line; skip--) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	for (size_t row = 0; row < l->detail_rows; row++) {
		size_t len = strcspn(line, "\n");

		canvas_fill(c, l->detail_row + row, l->detail_column, l->detail_column + l->detail_columns, 0);
		canvas_put_painted(c, l->detail_row + row, l->detail_column, l->detail_columns, line, len);
		line += len + (line[len] == '\n');
	}
}

/* ---- the foot ---- */

/* Where a recording stands between its ends. */
static void paint_position(struct canvas *c, const struct top_scene *s, size_t row, size_t column)
{
	const struct top_figures *f = s->figures;
	size_t width = s->layout->columns > column + 1 ? s->layout->columns - column - 1 : 0, at;
	bool utf8 = s->now.style & HUMAN_UTF8;

	if (width < BAR_LEAST || f->last_ns <= f->first_ns)
		return;
	at = f->now_ns <= f->first_ns ? 0
				      : (size_t)((double)(width - 1) * (double)(f->now_ns - f->first_ns) /
						 (double)(f->last_ns - f->first_ns));
	at = at < width ? at : width - 1;
	for (size_t i = 0; i < width; i++)
		canvas_put(c, row, column + i, 1, i == at ? STYLE_BOLD : STYLE_DIM,
			   i == at ? (utf8 ? "●" : "O")
			   : utf8  ? "─"
				   : "-");
}

static void paint_keys(struct canvas *c, const struct top_scene *s, struct strbuf *b)
{
	const struct top_ui *ui = s->ui;
	size_t row = s->layout->foot_row, column;

	if (ui->detail)
		column = put(c, row, 0, STYLE_DIM,
			     "Esc closes  e explains  PgUp PgDn scroll  w writes  ? help  q quits  ");
	else if (ui->offline)
		column = put(c, row, 0, STYLE_DIM, "? help  q quits  space plays  [ ] { } 0 $ go in time  / filter  ");
	else
		column = put(c, row, 0, STYLE_DIM,
			     "? help  q quits  p pauses  g groups  < > r sort  / filter  Enter opens  w writes  ");
	if (ui->offline)
		paint_position(c, s, row, column);
	if (s->view->total > s->view->count) {
		strbuf_printf(b, "  first %zu of %llu", s->view->count, (unsigned long long)s->view->total);
		put_buf(c, row, column, STYLE_YELLOW, b);
	}
}

static void paint_foot(struct canvas *c, const struct top_scene *s, struct strbuf *b)
{
	const struct top_ui *ui = s->ui;
	size_t row = s->layout->foot_row, width = s->layout->columns, have;
	const char *text;

	if (row == SIZE_MAX)
		return;
	if (ui->prompt == PROMPT_NONE) {
		if (*ui->message)
			put(c, row, 0, STYLE_BOLD | (ui->message_is_bad ? STYLE_RED : 0), ui->message);
		else
			paint_keys(c, s, b);
		return;
	}
	if (*ui->message && row) { /* what is to be mended stands above it */
		canvas_fill(c, row - 1, 0, width, 0);
		put(c, row - 1, 0, STYLE_BOLD | (ui->message_is_bad ? STYLE_RED : 0), ui->message);
	}
	strbuf_puts(b, ui->prompt == PROMPT_FILTER ? "Filter: " : "Write to (.json, .pcapng): ");
	human_text(b, ui->input, ui->input_len, s->now.style);
	/* The end is where one writes. */
	have = human_width(strbuf_text(b));
	text = strbuf_text(b);
	for (; have + 1 > width && *text; have--)
		do
			text++;
		while ((*text & 0xc0) == 0x80);
	have = put(c, row, 0, STYLE_BOLD, text);
	canvas_fill(c, row, have, have + 1, STYLE_REVERSE);
	strbuf_reset(b);
}

/* ---- help ---- */

static const char *const help[] = {
	"1-5 Tab      Open, Ended, Listeners, Ports, Faults",
	"Up Down j k  move; PgUp PgDn Home End too",
	"Enter        the connection's sequence diagram; of a group, its connections",
	"e            ... with explanations",
	"J K          scroll the diagram by a line",
	"g            group by process, service, peer, place (container, pod or unit)",
	"< > s r      sort by the column before or behind; r reverses",
	"/            filter: the words of --where, or one word to look for; Esc shows all",
	"w            write the connection: name.json or name.pcapng",
	"p space      stand still; a recording: play, stop",
	"[ ] { }      a recording: back, forward by a second, by a minute",
	"0 $ + -      ... to its beginning, to its end, faster, slower",
	"Esc          back: the diagram, the group, the filter",
	"q            quit",
	"mouse        click a tab, a column to sort, a line to open; the wheel",
	"AGE with >   it began before the tracer; R: C client, S server, B both ends here",
	"TIME_WAIT    C:42s left: the client holds it for 42 s more",
};

static void paint_help(struct canvas *c, const struct top_scene *s)
{
	size_t lines = sizeof(help) / sizeof(help[0]), width = 80, left, top;

	width = width < s->layout->columns ? width : s->layout->columns;
	left = (s->layout->columns - width) / 2;
	top = s->layout->rows > lines + 3 ? (s->layout->rows - lines - 3) / 2 : 0;
	canvas_fill(c, top, left, left + width, STYLE_REVERSE);
	canvas_put(c, top, left + 1, width - (width > 0), STYLE_REVERSE | STYLE_BOLD, "Keys (any key closes this)");
	for (size_t i = 0; i < lines + 1; i++) {
		canvas_fill(c, top + 1 + i, left, left + width, 0);
		if (i < lines)
			canvas_put(c, top + 1 + i, left + 1, width - (width > 0), 0, help[i]);
	}
	canvas_fill(c, top + 1 + lines, left, left + width, STYLE_REVERSE);
}

void top_paint(struct canvas *c, const struct top_scene *s)
{
	struct strbuf b = { 0 };

	if (s->layout->tabs_row == SIZE_MAX ? s->layout->rows > 1 : s->layout->tabs_row >= 3) {
		paint_title(c, s, &b);
		if (s->layout->tabs_row != SIZE_MAX) {
			paint_rates(c, s, &b);
			paint_states(c, s, &b);
		}
	}
	paint_tabs(c, s, &b);
	paint_table(c, s, &b);
	if (s->ui->detail)
		paint_detail(c, s);
	paint_foot(c, s, &b);
	if (s->ui->help)
		paint_help(c, s);
	strbuf_free(&b);
}
