/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The terminal, by ncurses: keys and clicks from it, a canvas to it, and the messages that others would write over it.
 */
#ifndef TCPLIFE_TOP_SCREEN_H
#define TCPLIFE_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "sink/top/canvas.h"

struct top_screen;

struct top_input {
	uint32_t code; /* a Unicode character or enum top_keycode; 0 = the mouse */
	int button;    /* as for top_ui_mouse(); 0 = nothing that matters */
	size_t row, column;
};

/* Needs a terminal at stdout; keys come from stdin or, if that is none, from /dev/tty. 0, or a negative errno after a
 * message. */
int top_screen_open(struct top_screen **out, bool color, bool utf8);
/* The terminal is as it was, and what was written to stderr meanwhile stands there. */
void top_screen_close(struct top_screen **s);
/* Where keys come from. */
int top_screen_fd(const struct top_screen *s);
/* False: nothing more is there. */
bool top_screen_read(struct top_screen *s, struct top_input *in);
void top_screen_size(struct top_screen *s, size_t *rows, size_t *columns);
/* Can it take more now? One that is stopped, or far away and slow, is left alone. */
bool top_screen_ready(const struct top_screen *s);
void top_screen_draw(struct top_screen *s, const struct canvas *c);
/* All of it, whatever stands there. */
void top_screen_redraw(struct top_screen *s);
/* What came to stderr since the last call: its last line in *out, safe to show. False: nothing. */
bool top_screen_message(struct top_screen *s, struct strbuf *out);

#endif
