// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int log_verbosity;

/* One write a line: several processes may share stderr. */
static void say(const char *format, va_list args, const char *reason)
{
	char line[1024];
	int len = vsnprintf(line, sizeof(line), format, args);

	if (len < 0)
		return;
	fprintf(stderr, "tcplife-trace: %s%s%s\n", line, reason ? ": " : "", reason ? reason : "");
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, NULL);
	va_end(args);
}

void log_notice(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, NULL);
	va_end(args);
}

void log_verbose(const char *format, ...)
{
	va_list args;

	if (!log_verbosity)
		return;
	va_start(args, format);
	say(format, args, NULL);
	va_end(args);
}

int log_errno(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args, strerror(-err));
	va_end(args);
	return err;
}
