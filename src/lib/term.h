/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What an output device can show. The one place that decides on colour, width and character set. */
#ifndef TCPLIFE_TERM_H
#define TCPLIFE_TERM_H

#include <stdbool.h>
#include <stddef.h>

struct term {
	bool tty;
	bool color;
	bool utf8;
	size_t columns; /* 0 = no limit: not a terminal, and COLUMNS is not set */
};

/*
 * color: > 0 always, < 0 never, 0 = on a terminal unless NO_COLOR is set (no-color.org) or TERM is dumb. COLUMNS wins
 * over the terminal's own width, also where there is no terminal. UTF-8 as LC_ALL, LC_CTYPE or LANG say.
 */
struct term term_probe(int fd, int color);

#define TERM_RED    "\033[31m"
#define TERM_CYAN   "\033[36m"
#define TERM_YELLOW "\033[33m"
#define TERM_BOLD   "\033[1m"
#define TERM_DIM    "\033[2m"
#define TERM_RESET  "\033[0m"

/* The sequence, or "" without colour. */
static inline const char *term_paint(const struct term *t, const char *sequence)
{
	return t->color ? sequence : "";
}

#endif
