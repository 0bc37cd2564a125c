// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A flat JSON object a line, for tables: one when a connection closes, one when its TIME_WAIT is over. */
#include "lib/log.h"
#include "options.h"
#include "sink/output.h"
#include "sink/rows/row.h"

struct rows {
	struct row_plan plan;
	struct row_counters counters;
	struct output out;
};

static int rows_open(struct sink *s, const char *arg)
{
	struct rows *r = s->private;
	int err = row_plan_init(&r->plan);

	if (err)
		return log_errno(err, "output rows");
	err = output_open(&r->out, s, arg);
	if (err)
		row_plan_free(&r->plan);
	return err;
}

static void rows_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct rows *r = s->private;
	enum json_record_kind kind = json_record_due(s, change);
	uint32_t weight;

	if (kind == JSON_RECORD_NONE)
		return;
	weight = row_weight(c, s->options->sample, 0, &r->counters);
	if (!weight)
		return;
	row_add(&r->plan, s, c, kind, weight, &r->out.buf);
	strbuf_putc(&r->out.buf, '\n');
	output_full(&r->out);
	if (s->options->rotate)
		output_rotate(&r->out, now_ns);
}

static void rows_tick(struct sink *s, uint64_t now_ns)
{
	struct rows *r = s->private;

	output_flush(&r->out);
	if (s->options->rotate)
		output_rotate(&r->out, now_ns);
}

static int rows_reopen(struct sink *s)
{
	struct rows *r = s->private;

	return output_reopen(&r->out);
}

static int rows_close(struct sink *s)
{
	struct rows *r = s->private;

	row_plan_free(&r->plan);
	row_say_left_out("output rows", &r->counters);
	return output_close(&r->out);
}

const struct sink_ops sink_rows = {
	.name = "rows",
	.help = "one flat JSON object for each connection, one a line, for tables",
	.arg_help = "[FILE]",
	.private_size = sizeof(struct rows),
	.on_stdout = SINK_STDOUT_OWNS,
	.needs = output_needs,
	.open = rows_open,
	.conn = rows_conn,
	.tick = rows_tick,
	.reopen = rows_reopen,
	.close = rows_close,
};
