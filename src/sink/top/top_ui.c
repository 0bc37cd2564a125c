// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_ui.h"

#include <stdio.h>
#include <string.h>

#include "lib/utf8.h"

#define HEAD_ROWS      3  /* above the tabs */
#define SMALL_ROWS     14 /* with fewer rows the head makes room for the table */
#define BESIDE_LEAST   190
#define DETAIL_COLUMNS 100
#define WHEEL_ROWS     3
#define SECOND_NS      1000000000LL

void top_ui_init(struct top_ui *ui, bool offline)
{
	*ui = (struct top_ui) { .offline = offline, .speed = 1 };
	ui->shape.tab = offline ? TAB_ENDED : TAB_OPEN;
	for (int tab = 0; tab < TABS; tab++)
		ui->column[tab] = top_columns_of(tab, GROUP_NONE)->sorted;
	ui->shape.column = ui->column[ui->shape.tab];
}

const struct top_item *top_ui_item(const struct top_ui *ui, const struct top_view *v)
{
	return ui->cursor < v->count ? &v->item[ui->cursor] : NULL;
}

/* ---- places ---- */

struct top_layout top_layout_of(const struct top_ui *ui, size_t lines, size_t rows, size_t columns)
{
	size_t head = rows >= SMALL_ROWS ? HEAD_ROWS : 0, left;
	struct top_layout l = { .rows = rows, .columns = columns, .tabs_row = SIZE_MAX, .head_row = SIZE_MAX };

	l.foot_row = rows ? rows - 1 : SIZE_MAX;
	l.table_columns = columns;
	if (rows > head + 1)
		l.tabs_row = head;
	if (rows > head + 3)
		l.head_row = head + 1;
	l.table_row = l.head_row == SIZE_MAX ? (l.tabs_row == SIZE_MAX ? 0 : l.tabs_row + 1) : l.head_row + 1;
	left = rows > l.table_row + 1 ? rows - l.table_row - 1 : 0;
	l.table_rows = left;
	if (!ui->detail)
		return l;
	if (columns >= BESIDE_LEAST) {
		l.beside = true;
		l.table_columns = columns - DETAIL_COLUMNS - 1;
		l.detail_row = l.tabs_row == SIZE_MAX ? 0 : l.tabs_row + 1;
		l.detail_rows = rows > l.detail_row + 1 ? rows - l.detail_row - 1 : 0;
		l.detail_column = l.table_columns + 1;
		l.detail_columns = DETAIL_COLUMNS;
		return l;
	}
	/* A few lines of the table stay, so that one sees where one is; a rule stands between. */
	l.table_rows = left > 12 ? left / 3 : left > 6 ? 3 : left ? 1 : 0;
	if (lines && l.table_rows > lines)
		l.table_rows = lines;
	l.detail_row = l.table_row + l.table_rows + 1;
	l.detail_rows = rows > l.detail_row + 1 ? rows - l.detail_row - 1 : 0;
	l.detail_columns = columns;
	return l;
}

void top_tab_text(const struct top_view *v, enum top_tab tab, size_t columns, char *out, size_t size)
{
	static const char *const names[TABS] = { "Open", "Ended", "Listeners", "Ports", "Faults" };
	static const char *const shorter[TABS] = { "Open", "Ended", "Listen", "Ports", "Faults" };

	if (columns < 60)
		snprintf(out, size, "%d %s", tab + 1, shorter[tab]);
	else
		snprintf(out, size, "%d %s %llu", tab + 1, names[tab], (unsigned long long)v->tabs[tab]);
}

void top_tab_place(const struct top_view *v, enum top_tab tab, size_t columns, size_t *from, size_t *to)
{
	char text[48];

	*to = 0;
	for (int i = 0; i <= (int)tab; i++) {
		top_tab_text(v, i, columns, text, sizeof(text));
		*from = *to;
		*to = *from + strlen(text) + 2;
	}
}

/* ---- the cursor ---- */

static void keep_in_sight(struct top_ui *ui, const struct top_view *v, const struct top_layout *l)
{
	if (ui->cursor >= v->count)
		ui->cursor = v->count ? v->count - 1 : 0;
	if (ui->cursor < ui->scroll)
		ui->scroll = ui->cursor;
	if (l->table_rows && ui->cursor >= ui->scroll + l->table_rows)
		ui->scroll = ui->cursor - l->table_rows + 1;
	if (ui->scroll && ui->scroll + l->table_rows > v->count)
		ui->scroll = v->count > l->table_rows ? v->count - l->table_rows : 0;
}

static void remember(struct top_ui *ui, const struct top_view *v)
{
	const struct top_item *item = top_ui_item(ui, v);

	if (item)
		memcpy(ui->cursor_name, item->name, sizeof(ui->cursor_name));
}

/* At the top the cursor stays at the top, whatever comes; elsewhere with what it is at. */
void top_ui_follow(struct top_ui *ui, const struct top_view *v, const struct top_layout *l)
{
	size_t before = ui->cursor;

	if (ui->cursor || ui->detail) {
		ui->cursor = top_view_find(v, ui->cursor_name, ui->cursor);
		ui->scroll += ui->cursor > before ? ui->cursor - before : 0;
	}
	keep_in_sight(ui, v, l);
	remember(ui, v);
}

/* What the cursor is at stands in the detail. */
static enum top_action show_detail(struct top_ui *ui, const struct top_view *v)
{
	const struct top_item *item = top_ui_item(ui, v);

	if (!ui->detail || !item || !top_shape_has_connections(&ui->shape))
		return ACTION_DRAW;
	if (!memcmp(ui->detail_id, item->row.id, sizeof(ui->detail_id)))
		return ACTION_DRAW;
	memcpy(ui->detail_id, item->row.id, sizeof(ui->detail_id));
	ui->detail_scroll = 0;
	return ACTION_DETAIL;
}

static enum top_action move(struct top_ui *ui, const struct top_view *v, const struct top_layout *l, int64_t by)
{
	int64_t to = (int64_t)ui->cursor + by;

	ui->cursor = to < 0 ? 0 : (size_t)to;
	keep_in_sight(ui, v, l);
	remember(ui, v);
	return show_detail(ui, v);
}

static enum top_action scroll_detail(struct top_ui *ui, const struct top_layout *l, int64_t by)
{
	int64_t most = ui->detail_lines > l->detail_rows ? (int64_t)(ui->detail_lines - l->detail_rows) : 0;
	int64_t to = (int64_t)ui->detail_scroll + by;

	ui->detail_scroll = to < 0 ? 0 : to > most ? (size_t)most : (size_t)to;
	return ACTION_DRAW;
}

static enum top_action page(struct top_ui *ui, const struct top_view *v, const struct top_layout *l, int direction)
{
	if (ui->detail)
		return scroll_detail(ui, l, direction * (int64_t)(l->detail_rows > 2 ? l->detail_rows - 2 : 1));
	return move(ui, v, l, direction * (int64_t)(l->table_rows > 1 ? l->table_rows - 1 : 1));
}

/* ---- what is shown ---- */

static enum top_action anew(struct top_ui *ui)
{
	ui->cursor = ui->scroll = 0;
	return ACTION_BUILD;
}

static void use_sorting(struct top_ui *ui)
{
	const struct top_columns *c = top_columns_of(ui->shape.tab, ui->shape.grouping);
	bool groups = c != top_columns_of(ui->shape.tab, GROUP_NONE);

	ui->shape.column = groups ? c->sorted : ui->column[ui->shape.tab];
	ui->shape.reversed = groups ? false : ui->reversed[ui->shape.tab];
}

static void keep_sorting(struct top_ui *ui)
{
	if (top_columns_of(ui->shape.tab, ui->shape.grouping) != top_columns_of(ui->shape.tab, GROUP_NONE))
		return;
	ui->column[ui->shape.tab] = ui->shape.column;
	ui->reversed[ui->shape.tab] = ui->shape.reversed;
}

static enum top_action choose_tab(struct top_ui *ui, int tab)
{
	ui->shape.tab = (enum top_tab)((tab + TABS) % TABS);
	ui->detail = false;
	use_sorting(ui);
	return anew(ui);
}

static enum top_action next_grouping(struct top_ui *ui)
{
	if (!top_tab_has_connections(ui->shape.tab))
		return ACTION_NONE;
	ui->shape.grouping = (ui->shape.grouping + 1) % GROUPINGS;
	ui->detail = false;
	use_sorting(ui);
	return anew(ui);
}

static enum top_action choose_column(struct top_ui *ui, size_t column)
{
	ui->shape.reversed = column == ui->shape.column ? !ui->shape.reversed : false;
	ui->shape.column = column;
	keep_sorting(ui);
	return anew(ui);
}

/* The next of those that the screen has room for. */
static enum top_action next_column(struct top_ui *ui, const struct top_layout *l, int by)
{
	const struct top_columns *c = top_columns_of(ui->shape.tab, ui->shape.grouping);
	uint8_t index[TOP_COLUMNS_MAX];
	uint16_t widths[TOP_COLUMNS_MAX];
	size_t count = top_columns_fit(c, l->table_columns, index, widths), at = 0;

	while (at < count && index[at] != ui->shape.column)
		at++;
	at = at == count ? 0 : (at + count + (size_t)(by + (int)count)) % count;
	ui->shape.reversed = false;
	ui->shape.column = index[at];
	keep_sorting(ui);
	return anew(ui);
}

static enum top_action go_into_group(struct top_ui *ui, const struct top_item *item)
{
	ui->shape.within = ui->shape.grouping;
	memcpy(ui->shape.within_label, item->group.label, sizeof(ui->shape.within_label));
	ui->shape.grouping = GROUP_NONE;
	use_sorting(ui);
	return anew(ui);
}

static enum top_action enter(struct top_ui *ui, const struct top_view *v)
{
	const struct top_item *item = top_ui_item(ui, v);

	if (!item || !top_tab_has_connections(ui->shape.tab))
		return ACTION_NONE;
	if (ui->shape.grouping != GROUP_NONE)
		return go_into_group(ui, item);
	ui->detail = !ui->detail;
	ui->detail_scroll = 0;
	memcpy(ui->detail_id, item->row.id, sizeof(ui->detail_id));
	return ACTION_DETAIL;
}

/* One step back: the help, the detail, the group, the filter. */
static enum top_action escape(struct top_ui *ui)
{
	if (ui->help) {
		ui->help = false;
	} else if (ui->detail) {
		ui->detail = false;
	} else if (ui->shape.within != GROUP_NONE) {
		ui->shape.grouping = ui->shape.within;
		ui->shape.within = GROUP_NONE;
		use_sorting(ui);
		return anew(ui);
	} else if (*ui->filter) {
		ui->input[0] = '\0';
		ui->input_len = 0;
		return ACTION_FILTER;
	}
	return ACTION_DRAW;
}

/* ---- the line that one writes in ---- */

static enum top_action begin_prompt(struct top_ui *ui, enum top_prompt prompt, const char *text)
{
	ui->prompt = prompt;
	snprintf(ui->input, sizeof(ui->input), "%s", text);
	ui->input_len = strlen(ui->input);
	return ACTION_DRAW;
}

static enum top_action begin_write(struct top_ui *ui, const struct top_view *v)
{
	const struct top_item *item = top_ui_item(ui, v);
	char name[64];

	if (!item || !top_shape_has_connections(&ui->shape)) {
		snprintf(ui->message, sizeof(ui->message), "w writes one connection: choose one first");
		ui->message_is_bad = true;
		return ACTION_DRAW;
	}
	memcpy(ui->detail_id, item->row.id, sizeof(ui->detail_id));
	snprintf(name, sizeof(name), "tcplife-%08llx.json", (unsigned long long)(item->row.id[0] >> 32));
	return begin_prompt(ui, PROMPT_WRITE, name);
}

static void erase_last(struct top_ui *ui)
{
	while (ui->input_len && (ui->input[ui->input_len - 1] & 0xc0) == 0x80)
		ui->input_len--;
	ui->input_len -= ui->input_len > 0;
	ui->input[ui->input_len] = '\0';
}

static void add_character(struct top_ui *ui, uint32_t code)
{
	char bytes[4];
	size_t n;

	if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code >= TOP_KEY_UP)
		return;
	n = utf8_encode(code, bytes);
	if (ui->input_len + n >= sizeof(ui->input))
		return;
	memcpy(ui->input + ui->input_len, bytes, n);
	ui->input_len += n;
	ui->input[ui->input_len] = '\0';
}

static enum top_action prompt_key(struct top_ui *ui, uint32_t code)
{
	enum top_prompt prompt = ui->prompt;

	switch (code) {
	case TOP_KEY_ENTER:
		ui->prompt = PROMPT_NONE;
		return prompt == PROMPT_FILTER ? ACTION_FILTER : ui->input_len ? ACTION_WRITE : ACTION_DRAW;
	case TOP_KEY_ESCAPE:
		ui->prompt = PROMPT_NONE;
		break;
	case TOP_KEY_BACKSPACE:
	case TOP_KEY_DELETE:
		erase_last(ui);
		break;
	case TOP_KEY_CLEAR:
		ui->input_len = 0;
		ui->input[0] = '\0';
		break;
	default:
		add_character(ui, code);
	}
	return ACTION_DRAW;
}

/* ---- a recording's time ---- */

static enum top_action seek(struct top_ui *ui, int64_t by_ns)
{
	if (!ui->offline)
		return ACTION_NONE;
	if (by_ns < 0 && !ui->can_rewind) {
		snprintf(ui->message, sizeof(ui->message),
			 "no going back: only in files, and if the screen is the only output");
		ui->message_is_bad = true;
		return ACTION_DRAW;
	}
	ui->seek_ns = by_ns;
	ui->detail = false;
	return ACTION_SEEK;
}

static enum top_action change_speed(struct top_ui *ui, bool faster)
{
	if (!ui->offline)
		return ACTION_NONE;
	if (faster && ui->speed < TOP_SPEED_MAX)
		ui->speed *= 2;
	else if (!faster && ui->speed > 1)
		ui->speed /= 2;
	return ACTION_SPEED;
}

/* Live: the screen stands still. Of a recording: it plays, or does not. */
static enum top_action pause(struct top_ui *ui)
{
	if (ui->offline)
		ui->playing = !ui->playing;
	else
		ui->paused = !ui->paused;
	return ACTION_PAUSE;
}

/* ---- keys ---- */

static enum top_action motion_key(struct top_ui *ui, const struct top_view *v, const struct top_layout *l,
				  uint32_t code)
{
	switch (code) {
	case TOP_KEY_UP:
	case 'k':
		return move(ui, v, l, -1);
	case TOP_KEY_DOWN:
	case 'j':
		return move(ui, v, l, 1);
	case TOP_KEY_PAGE_UP:
		return page(ui, v, l, -1);
	case TOP_KEY_PAGE_DOWN:
		return page(ui, v, l, 1);
	case TOP_KEY_HOME:
		return move(ui, v, l, -TOP_VIEW_MAX);
	case TOP_KEY_END:
		return move(ui, v, l, TOP_VIEW_MAX);
	case 'K':
		return scroll_detail(ui, l, -1);
	case 'J':
		return scroll_detail(ui, l, 1);
	case TOP_KEY_TAB:
	case TOP_KEY_RIGHT:
		return choose_tab(ui, (int)ui->shape.tab + 1);
	case TOP_KEY_BACK_TAB:
	case TOP_KEY_LEFT:
		return choose_tab(ui, (int)ui->shape.tab - 1);
	case TOP_KEY_ENTER:
		return enter(ui, v);
	case TOP_KEY_ESCAPE:
		return escape(ui);
	default:
		return ACTION_NONE;
	}
}

static enum top_action explain(struct top_ui *ui)
{
	ui->explain = !ui->explain;
	return ui->detail ? ACTION_DETAIL : ACTION_DRAW;
}

static enum top_action command_key(struct top_ui *ui, const struct top_view *v, const struct top_layout *l,
				   uint32_t code)
{
	switch (code) {
	case 'q':
		return ACTION_QUIT;
	case '?':
	case 'h':
		ui->help = true;
		return ACTION_DRAW;
	case 'p':
	case ' ':
		return pause(ui);
	case 'e':
		return explain(ui);
	case 'g':
		return next_grouping(ui);
	case '<':
	case ',':
		return next_column(ui, l, -1);
	case '>':
	case '.':
	case 's':
		return next_column(ui, l, 1);
	case 'r':
		return choose_column(ui, ui->shape.column);
	case '/':
		return begin_prompt(ui, PROMPT_FILTER, ui->filter);
	case 'w':
		return begin_write(ui, v);
	case '[':
		return seek(ui, -SECOND_NS);
	case ']':
		return seek(ui, SECOND_NS);
	case '{':
		return seek(ui, -60 * SECOND_NS);
	case '}':
		return seek(ui, 60 * SECOND_NS);
	case '0':
		return seek(ui, INT64_MIN);
	case '$':
		return seek(ui, INT64_MAX);
	case '+':
	case '=':
		return change_speed(ui, true);
	case '-':
		return change_speed(ui, false);
	default:
		return code >= '1' && code < '1' + TABS ? choose_tab(ui, (int)(code - '1')) : ACTION_NONE;
	}
}

enum top_action top_ui_key(struct top_ui *ui, const struct top_view *v, const struct top_layout *l, uint32_t code)
{
	enum top_action a;

	if (code == TOP_KEY_REDRAW)
		return ACTION_REDRAW;
	ui->message[0] = '\0';
	if (ui->prompt != PROMPT_NONE)
		return prompt_key(ui, code);
	if (ui->help) { /* any key ends it */
		ui->help = false;
		return code == 'q' ? ACTION_QUIT : ACTION_DRAW;
	}
	a = motion_key(ui, v, l, code);
	return a != ACTION_NONE ? a : command_key(ui, v, l, code);
}

/* ---- the mouse ---- */

static enum top_action click_tabs(struct top_ui *ui, const struct top_view *v, const struct top_layout *l,
				  size_t column)
{
	for (int tab = 0; tab < TABS; tab++) {
		size_t from, to;

		top_tab_place(v, tab, l->columns, &from, &to);
		if (column >= from && column < to)
			return choose_tab(ui, tab);
	}
	return ACTION_NONE;
}

static enum top_action click_head(struct top_ui *ui, const struct top_layout *l, size_t column)
{
	const struct top_columns *c = top_columns_of(ui->shape.tab, ui->shape.grouping);
	uint8_t index[TOP_COLUMNS_MAX];
	uint16_t widths[TOP_COLUMNS_MAX];
	size_t count = top_columns_fit(c, l->table_columns, index, widths), at = 0;

	for (size_t i = 0; i < count; at += widths[i++] + 1U) {
		if (column >= at && column <= at + widths[i])
			return choose_column(ui, index[i]);
	}
	return ACTION_NONE;
}

/* The first click chooses a line, one on the chosen line opens it. */
static enum top_action click_table(struct top_ui *ui, const struct top_view *v, const struct top_layout *l, size_t row)
{
	size_t at = ui->scroll + row - l->table_row;

	if (at >= v->count)
		return ACTION_NONE;
	if (at == ui->cursor)
		return enter(ui, v);
	ui->cursor = at;
	return move(ui, v, l, 0);
}

enum top_action top_ui_mouse(struct top_ui *ui, const struct top_view *v, const struct top_layout *l, int button,
			     size_t row, size_t column)
{
	bool in_detail = ui->detail && row >= l->detail_row && row < l->detail_row + l->detail_rows &&
			 column >= l->detail_column;

	if (ui->help || ui->prompt != PROMPT_NONE)
		return ACTION_NONE;
	if (button == 4 || button == 5)
		return in_detail ? scroll_detail(ui, l, button == 4 ? -WHEEL_ROWS : WHEEL_ROWS)
				 : move(ui, v, l, button == 4 ? -WHEEL_ROWS : WHEEL_ROWS);
	if (button != 1 || in_detail)
		return ACTION_NONE;
	if (row == l->tabs_row)
		return click_tabs(ui, v, l, column);
	if (row == l->head_row && column < l->table_columns)
		return click_head(ui, l, column);
	if (row >= l->table_row && row < l->table_row + l->table_rows && column < l->table_columns)
		return click_table(ui, v, l, row);
	return ACTION_NONE;
}
