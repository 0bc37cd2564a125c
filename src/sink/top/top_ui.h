/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a person does to the screen: keys and clicks move the cursor, choose what is shown, and ask for what only the
 * sink can do. Pure: no terminal, no clock.
 */
#ifndef TCPLIFE_TOP_UI_H
#define TCPLIFE_TOP_UI_H

#include "sink/top/top_view.h"

/* Keys that are no character. */
enum top_keycode {
	TOP_KEY_UP = 0x110000,
	TOP_KEY_DOWN,
	TOP_KEY_LEFT,
	TOP_KEY_RIGHT,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_BACKSPACE,
	TOP_KEY_DELETE,
	TOP_KEY_TAB,
	TOP_KEY_BACK_TAB,
	TOP_KEY_CLEAR,	/* Ctrl-U */
	TOP_KEY_REDRAW, /* Ctrl-L */
};

enum top_prompt { PROMPT_NONE, PROMPT_FILTER, PROMPT_WRITE };

/* What the sink is to do. */
enum top_action {
	ACTION_NONE,
	ACTION_DRAW,   /* the screen has changed */
	ACTION_BUILD,  /* another view is asked for */
	ACTION_DETAIL, /* the connection in the lower half is another one, or explained otherwise */
	ACTION_PAUSE,  /* paused has changed */
	ACTION_FILTER, /* ui->input is the new filter */
	ACTION_WRITE,  /* ui->input is the file to write */
	ACTION_SEEK,   /* by ui->seek_ns; INT64_MIN, INT64_MAX: to the beginning, the end */
	ACTION_SPEED,  /* ui->speed has changed */
	ACTION_REDRAW, /* the terminal shows something else than was drawn */
	ACTION_QUIT,
};

#define TOP_INPUT_SIZE 1024
#define TOP_SPEED_MAX  1024

/* Which cells belong to what; a part that has no room has no rows. */
struct top_layout {
	size_t rows, columns;
	size_t tabs_row, head_row; /* SIZE_MAX = none */
	size_t table_row, table_rows, table_columns;
	size_t detail_row, detail_rows, detail_column, detail_columns;
	size_t foot_row;
	bool beside; /* the detail stands at the right */
};

struct top_ui {
	struct top_shape shape;
	size_t column[TABS]; /* sorted by, where there are no groups */
	bool reversed[TABS];
	size_t cursor, scroll; /* in the view */
	uint64_t cursor_name[2];
	bool paused, help, detail, explain;
	uint64_t detail_id[2];
	size_t detail_scroll, detail_lines;
	enum top_prompt prompt;
	char input[TOP_INPUT_SIZE]; /* UTF-8, without controls */
	size_t input_len;
	char filter[TOP_INPUT_SIZE]; /* the one that holds */
	char message[512];	     /* safe to show; "" = none */
	bool message_is_bad;
	bool offline, can_rewind, playing;
	unsigned int speed; /* of a recording that plays: seconds in a second */
	int64_t seek_ns;
};

void top_ui_init(struct top_ui *ui, bool offline);
/* Where things are on a screen of that size; lines: how many the table has. */
struct top_layout top_layout_of(const struct top_ui *ui, size_t lines, size_t rows, size_t columns);
/* code: a Unicode character, or enum top_keycode. */
enum top_action top_ui_key(struct top_ui *ui, const struct top_view *v, const struct top_layout *l, uint32_t code);
/* button 1 = left, pressed; 4, 5 = the wheel up, down. */
enum top_action top_ui_mouse(struct top_ui *ui, const struct top_view *v, const struct top_layout *l, int button,
			     size_t row, size_t column);
/* The view was built anew: the cursor stays at what it was at. */
void top_ui_follow(struct top_ui *ui, const struct top_view *v, const struct top_layout *l);
/* Where the tab stands in its row, from, up to not including, to. */
void top_tab_place(const struct top_view *v, enum top_tab tab, size_t columns, size_t *from, size_t *to);
/* "Open 37"; shorter where the screen is narrow. */
void top_tab_text(const struct top_view *v, enum top_tab tab, size_t columns, char *out, size_t size);
/* The item of the cursor, NULL if there is none. */
const struct top_item *top_ui_item(const struct top_ui *ui, const struct top_view *v);

#endif
