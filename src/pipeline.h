/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* source -> decode -> table -> filter -> sinks: the only place that knows all of them. */
#ifndef TCPLIFE_PIPELINE_H
#define TCPLIFE_PIPELINE_H

#include "core/table/conn_table.h"
#include "lib/loop.h"
#include "options.h"

struct pipeline;
typedef void (*pipeline_observe_fn)(void *ctx, const struct conn *c, enum conn_change change);

/*
 * Opens the source. It comes before the sinks: no table heading is to be printed, and no file emptied, before it is
 * known that there is something to trace. All functions return 0, or a negative errno after a message.
 */
int pipeline_new(struct pipeline **out, const struct options *o, struct loop *loop);
/* Calls fn, besides the sinks, for the connections that the filters want. To be called before the sinks are opened. */
void pipeline_observe(struct pipeline *p, pipeline_observe_fn fn, void *ctx);
/* Opens the sinks, and events begin to flow. The loop is stopped when nothing more will come or is wanted. */
int pipeline_open_sinks(struct pipeline *p);
/* Opens the files of the sinks anew, for log rotation. Returns how many sinks have any. */
unsigned int pipeline_reopen(struct pipeline *p);
/* One line for a service manager: how many connections there are, are new and ended since the last call, events lost.
 */
void pipeline_status(struct pipeline *p, char *text, size_t size);
/* How many connections are open, as far as is known. */
size_t pipeline_open_count(const struct pipeline *p);
/* Runs until tracing is to stop. After the end of a recording it goes on if a sink serves HTTP. */
int pipeline_run(struct pipeline *p);
/* Drains the source, reports what is left, closes the sinks, and prints what was lost. */
int pipeline_finish(struct pipeline *p);
/* After pipeline_finish(): did an output that looks for something find it? */
bool pipeline_found(const struct pipeline *p);
void pipeline_free(struct pipeline **p);

#endif
