/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Messages on stderr: "tcplife-trace: ..." */
#ifndef TCPLIFE_LOG_H
#define TCPLIFE_LOG_H

#include <stdbool.h>

extern int log_verbosity; /* 0 errors and notices, 1 -v, 2 -vv (libbpf's own log too) */

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Only with -v. */
void log_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Logs "...: strerror(-err)" and returns err: `return log_errno(err, "cannot open %s", path);` */
int log_errno(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
