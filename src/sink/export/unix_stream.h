/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Lines to whoever listens on a Unix stream socket; connects again when that one went away. */
#ifndef TCPLIFE_UNIX_STREAM_H
#define TCPLIFE_UNIX_STREAM_H

#include <stddef.h>

#include "options.h"
#include "sink/export/exporter.h"

#define UNIX_STREAM_PREFIX "unix:"

struct unix_stream;

/*
 * name is "unix:PATH", or "unix:@NAME" for an abstract one. 0 or a negative errno; has said why. Nobody need listen
 * yet. A line that broke off with a connection is sent again, whole; what the listener's socket had taken and it never
 * read is lost unseen.
 */
int unix_stream_new(struct unix_stream **out, const char *name, const struct options *o);
struct exporter *unix_stream_exporter(struct unix_stream *u);
void unix_stream_close(struct unix_stream **u);

#endif
