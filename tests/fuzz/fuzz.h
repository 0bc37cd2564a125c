/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the fuzzers share: libFuzzer's entry points, and a source that reads the input as if it were a file. */
#ifndef TCPLIFE_FUZZ_H
#define TCPLIFE_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/table/conn_table.h"
#include "core/decode.h"
#include "lib/loop.h"
#include "options.h"
#include "source/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_PATH_SIZE	 40
#define FUZZ_CONNECTIONS 64 /* so that a table becomes full, too */

/* A file with these bytes; close *fd when done. */
static inline const char *fuzz_file(const uint8_t *data, size_t size, int *fd, char path[FUZZ_PATH_SIZE])
{
	*fd = memfd_create("input", MFD_CLOEXEC);
	if (*fd < 0 || write(*fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, FUZZ_PATH_SIZE, "/proc/self/fd/%d", *fd);
	return path;
}

static inline void fuzz_changed(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
}

static inline void fuzz_record(void *ctx, const void *record, size_t len)
{
	struct decode_counters counters = { 0 };
	const struct event *e = event_decode(record, len, &counters);

	if (e)
		conn_table_apply(ctx, e);
}

static inline void fuzz_ahead(void *ctx, const void *record, size_t len)
{
	conn_table_prefetch(ctx, record, len);
}

/* Reads everything that this source has, into a table. */
static inline void fuzz_source(const char *name, const struct options *o, const char *arg)
{
	struct conn_table_options options = { .max_connections = FUZZ_CONNECTIONS, .zeek = o->zeek };
	struct conn_observer observer = { .changed = fuzz_changed };
	struct conn_table *table;
	struct loop *loop;
	struct source s = { .options = o, .emit = fuzz_record, .ahead = fuzz_ahead };

	if (conn_table_new(&table, &options, &observer) || loop_new(&loop))
		abort();
	s.loop = loop;
	s.emit_ctx = table;
	if (!source_open(&s, source_find(name), arg)) {
		loop_run(loop);
		s.ops->drain(&s);
		conn_table_finish(table);
		source_close(&s);
	}
	loop_free(&loop);
	conn_table_free(&table);
}

#endif
