// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/term.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MIN 20
#define COLUMNS_MAX 10000

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static size_t width_of(int fd, bool tty)
{
	const char *columns = env("COLUMNS");
	struct winsize size;
	unsigned long n;
	char *end;

	if (columns) {
		n = strtoul(columns, &end, 10);
		if (!*end && n >= COLUMNS_MIN && n <= COLUMNS_MAX)
			return n;
	}
	if (!tty)
		return 0;
	/* A serial line and some containers say 0. */
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= COLUMNS_MIN ? size.ws_col : 80;
}

static bool wants_color(bool tty, int color)
{
	const char *term = env("TERM");

	if (color)
		return color > 0;
	return tty && !env("NO_COLOR") && term && strcmp(term, "dumb");
}

/* By name and not by setlocale(): over ssh the variable arrives where the locale is not installed. */
static bool takes_utf8(void)
{
	const char *locale = env("LC_ALL");

	if (!locale)
		locale = env("LC_CTYPE");
	if (!locale)
		locale = env("LANG");
	return locale && (strcasestr(locale, "UTF-8") || strcasestr(locale, "UTF8"));
}

struct term term_probe(int fd, int color)
{
	bool tty = isatty(fd);

	return (struct term) {
		.tty = tty,
		.color = wants_color(tty, color),
		.utf8 = takes_utf8(),
		.columns = width_of(fd, tty),
	};
}
