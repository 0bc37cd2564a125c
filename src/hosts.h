/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Recordings of several hosts, read side by side: each has a table of connections of its own, and what these report
 * goes into one story.
 */
#ifndef TCPLIFE_HOSTS_H
#define TCPLIFE_HOSTS_H

#include <stdbool.h>

#include "core/conn.h"
#include "lib/loop.h"
#include "options.h"

struct hosts;

/* Opens all recordings of o->replay. 0, or a negative errno after a message. */
int hosts_new(struct hosts **out, const struct options *o, struct loop *loop);
void hosts_free(struct hosts **h);
/* Runs the loop until all are read, or something else stops it. 0 or a negative errno. */
int hosts_run(struct hosts *all, struct loop *loop);
/* Calls fn for each connection, as stories_report(); prints what was joined. 0, or the errno of a recording that could
 * not be read to its end, after a message. */
int hosts_report(struct hosts *all, void (*fn)(void *ctx, const struct conn *c), void *ctx);

#endif
