/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where records come from. A source is one file that defines `const struct source_ops source_NAME`, and one line here.
 */
#ifndef TCPLIFE_SOURCE_H
#define TCPLIFE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/origin.h"
#include "lib/loop.h"

#define SOURCES(_)                                                                                                     \
	_(live)                                                                                                        \
	_(replay)                                                                                                      \
	_(pcap)

struct conn_table;
struct options;
struct source;

/* Takes records in order of time, each aligned to 8 bytes. */
typedef void (*source_emit_fn)(void *ctx, const void *record, size_t len);

struct source_ops {
	const char *name, *help;
	size_t private_size;
	/*
	 * Adds its file descriptors to s->loop. 0, or a negative errno after a message on stderr that names the remedy.
	 */
	int (*open)(struct source *s, const char *arg);
	/* Everything still pending is emitted; after this returns nothing more comes. */
	void (*drain)(struct source *s);
	void (*close)(struct source *s);
};

struct source {
	const struct source_ops *ops;
	const struct options *options;
	struct loop *loop;
	source_emit_fn emit;
	source_emit_fn ahead; /* NULL, or called with emit_ctx for the record after the next, to prefetch */
	void *emit_ctx;
	struct origin origin;		/* host: this one, unless open() knows better; the rest is open()'s */
	const struct conn_table *table; /* what is known of connections, set by the caller; NULL = nobody asks */
	bool wants_counters;		/* set by the caller: outputs show open connections, and their bytes */
	bool ended;			/* set by the source: the end of its input was reached */
	void *private;
	unsigned int needs;    /* set by open(): enum sandbox_needs, while it runs */
	uint64_t capabilities; /* set by open(): 1 << CAP_*, that following and detaching take */
	int error; /* set by the source (negative errno, after a message) when it cannot go on; it stops the loop then
		    */
};

/* NULL if there is none of that name. */
const struct source_ops *source_find(const char *name);
/* The list, for lookups and help; NULL past its end. */
const struct source_ops *source_at(size_t i);
/* The caller has set options, loop, emit and emit_ctx. */
int source_open(struct source *s, const struct source_ops *ops, const char *arg);
/* Reads what there is, before the end. Of one that could not be opened, nothing. */
void source_drain(struct source *s);
void source_close(struct source *s);

#endif
