// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Any records: what is valid becomes connections, and every view tells of them. */
#include "fuzz.h"

#include "sink/sink.h"

#define MAX_SIZE 65536

static const char *const VIEWS[] = { "table", "timeline", "ndjson" };

#define VIEW_COUNT (sizeof(VIEWS) / sizeof(VIEWS[0]))

static struct sink sinks[VIEW_COUNT];

static void tell(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	for (size_t i = 0; i < VIEW_COUNT; i++)
		sinks[i].ops->conn(&sinks[i], c, change, now_ns);
}

static void open_sinks(void)
{
	static const struct origin origin = { .host = "fuzzed" };
	static const struct options options = { .explain = true, .whole = true };

	for (size_t i = 0; i < VIEW_COUNT; i++) {
		sinks[i] = (struct sink) { .options = &options, .origin = &origin };
		if (sink_open(&sinks[i], sink_find(VIEWS[i]), NULL))
			abort();
	}
}

static void apply_all(struct conn_table *table, const uint8_t *buf, size_t size)
{
	struct decode_counters counters = { 0 };

	for (size_t at = 0; at + sizeof(struct event) <= size;) {
		const struct event *e = event_decode(buf + at, size - at, &counters);

		if (e)
			conn_table_apply(table, e);
		at += e ? e->size : 8;
	}
	conn_table_finish(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conn_table_options options = { .max_connections = FUZZ_CONNECTIONS };
	struct conn_observer observer = { .changed = tell };
	uint8_t *buf = size && size <= MAX_SIZE ? malloc(size) : NULL; /* aligned, and of this very length */
	struct conn_table *table;

	if (!buf)
		return 0;
	memcpy(buf, data, size);
	if (!sinks[0].ops)
		open_sinks();
	if (conn_table_new(&table, &options, &observer))
		abort();
	for (size_t i = 0; i < VIEW_COUNT; i++)
		sinks[i].table = table;
	apply_all(table, buf, size);
	for (size_t i = 0; i < VIEW_COUNT; i++)
		sinks[i].ops->tick(&sinks[i], conn_table_now(table));
	conn_table_free(&table);
	free(buf);
	return 0;
}
