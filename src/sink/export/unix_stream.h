/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Sends lines to a listener on a Unix stream socket; reconnects when it was closed. */
#ifndef TCPLIFE_UNIX_STREAM_H
#define TCPLIFE_UNIX_STREAM_H

#include <stddef.h>

#include "options.h"
#include "sink/export/exporter.h"

#define UNIX_STREAM_PREFIX "unix:"

struct unix_stream;

/*
 * name is "unix:PATH", or "unix:@NAME" for an abstract one. 0, or a negative errno after a message. There need not be a
 * listener yet. A line that was cut off with a connection is sent again, whole; what the listener's socket had buffered
 * and the listener never read is lost unnoticed.
 */
int unix_stream_new(struct unix_stream **out, const char *name, const struct options *o);
struct exporter *unix_stream_exporter(struct unix_stream *u);
void unix_stream_close(struct unix_stream **u);

#endif
