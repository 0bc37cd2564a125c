// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * query RECORDING EXPRESSIONS: for each connection, as it is at its end, its id and a 1 or 0 for each expression, a
 * line of EXPRESSIONS. On stderr: how long that took. tests/where.py compares it with jq.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/decode.h"
#include "core/recording.h"
#include "core/table/conn_table.h"
#include "core/query/query.h"

#define MAX_EXPRESSIONS 256
#define MAX_RECORDING	(256 << 20)

static struct query *query[MAX_EXPRESSIONS];
static size_t count;
static unsigned long long asked, spent_ns;

static unsigned long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000ULL + (unsigned long long)t.tv_nsec;
}

static void on_change(void *ctx, const struct conn *c, enum conn_change change, uint64_t at_ns)
{
	char answer[MAX_EXPRESSIONS + 1] = { 0 };
	unsigned long long begin;

	(void)ctx, (void)at_ns;
	if (change != CONN_FINISHED)
		return;
	begin = now_ns();
	for (size_t i = 0; i < count; i++)
		answer[i] = query_matches(query[i], c) ? '1' : '0';
	spent_ns += now_ns() - begin;
	asked += count;
	printf("%016llx%016llx %s\n", (unsigned long long)c->id[0], (unsigned long long)c->id[1], answer);
}

static int read_expressions(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[4096];

	while (f && fgets(line, sizeof(line), f) && count < MAX_EXPRESSIONS) {
		struct query_error e;

		line[strcspn(line, "\n")] = '\0';
		if (query_compile(line, &query[count], &e)) {
			fprintf(stderr, "%s: column %zu: %s\n", line, e.column, e.text);
			return 1;
		}
		count++;
	}
	if (!f)
		return 1;
	fclose(f);
	return !count;
}

static size_t read_all(const char *path, char *to, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t len = f ? fread(to, 1, room, f) : 0;

	if (f)
		fclose(f);
	return len;
}

int main(int argc, char **argv)
{
	struct conn_observer observer = { .changed = on_change };
	struct conn_table_options options = { .names = true };
	struct decode_counters decoded = { 0 };
	struct conn_table *table;
	char *bytes = aligned_alloc(8, MAX_RECORDING);
	size_t len, at;

	if (argc != 3 || !bytes || read_expressions(argv[2]) || conn_table_new(&table, &options, &observer))
		return 1;
	len = read_all(argv[1], bytes, MAX_RECORDING);
	if (len < sizeof(struct recording_header))
		return 1;
	at = ((struct recording_header *)bytes)->header_size;
	while (at + sizeof(struct event) <= len) {
		size_t size = ((const struct event *)(bytes + at))->size;
		const struct event *e = event_decode(bytes + at, len - at, &decoded);

		if (e)
			conn_table_apply(table, e);
		if (size < sizeof(struct event))
			break;
		at += size;
	}
	conn_table_finish(table);
	conn_table_free(&table);
	fprintf(stderr, "%llu ns an expression and connection\n", asked ? spent_ns / asked : 0);
	for (size_t i = 0; i < count; i++)
		query_free(&query[i]);
	free(bytes);
	return 0;
}
