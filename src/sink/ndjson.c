// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A JSON object a line: tcplife.connection when a connection closes, tcplife.time_wait when its TIME_WAIT is over. */
#include <string.h>

#include "lib/log.h"
#include "sink/json/json_record.h"
#include "sink/output.h"
#include "sink/export/unix_stream.h"

struct ndjson {
	struct json_record record;
	struct output out;	    /* if there is no stream */
	struct unix_stream *stream; /* NULL = a file or stdout */
	struct strbuf line;	    /* for the stream */
};

static bool is_stream(const char *arg)
{
	return arg && !strncmp(arg, UNIX_STREAM_PREFIX, strlen(UNIX_STREAM_PREFIX));
}

static int ndjson_open(struct sink *s, const char *arg)
{
	struct ndjson *n = s->private;
	int err = json_record_init(&n->record, s->options->events);

	n->record.advises = s->options->explain;
	if (err)
		return log_errno(err, "output ndjson");
	if (is_stream(arg))
		err = unix_stream_new(&n->stream, arg, s->options);
	else
		err = output_open(&n->out, s, arg);
	if (err)
		json_record_free(&n->record);
	return err;
}

static void add_to_stream(struct ndjson *n, const struct sink *s, const struct conn *c, enum json_record_kind kind,
			  uint64_t now_ns)
{
	json_record_add(&n->record, s, c, kind, now_ns, &n->line);
	exporter_add(unix_stream_exporter(n->stream), &n->line);
}

static void ndjson_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct ndjson *n = s->private;
	enum json_record_kind kind = json_record_listed(s, change) ? JSON_RECORD_OPEN : json_record_due(s, change);

	if (kind == JSON_RECORD_NONE)
		return;
	if (n->stream) {
		add_to_stream(n, s, c, kind, now_ns);
		return;
	}
	json_record_add(&n->record, s, c, kind, now_ns, &n->out.buf);
	strbuf_putc(&n->out.buf, '\n');
	output_full(&n->out);
	if (s->options->rotate)
		output_rotate(&n->out, now_ns);
}

static void ndjson_tick(struct sink *s, uint64_t now_ns)
{
	struct ndjson *n = s->private;

	if (n->stream)
		return;
	output_flush(&n->out);
	if (s->options->rotate)
		output_rotate(&n->out, now_ns);
}

static void ndjson_exported(const struct sink *s, struct sink_export *figures)
{
	const struct ndjson *n = s->private;

	if (n->stream)
		exporter_figures(unix_stream_exporter(n->stream), &figures[RECEIVER_UNIX]);
}

static int ndjson_reopen(struct sink *s)
{
	struct ndjson *n = s->private;

	return n->stream ? 0 : output_reopen(&n->out);
}

static int ndjson_close(struct sink *s)
{
	struct ndjson *n = s->private;

	json_record_free(&n->record);
	strbuf_free(&n->line);
	if (!n->stream)
		return output_close(&n->out);
	unix_stream_close(&n->stream);
	return 0;
}

static unsigned int ndjson_needs(const char *arg)
{
	return is_stream(arg) ? NEEDS_NETWORK | NEEDS_THREADS : output_needs(arg);
}

const struct sink_ops sink_ndjson = {
	.name = "ndjson",
	.help = "one JSON record for each connection, one a line (--json)",
	.arg_help = "[FILE]",
	.private_size = sizeof(struct ndjson),
	.on_stdout = SINK_STDOUT_OWNS,
	.needs = ndjson_needs,
	.open = ndjson_open,
	.conn = ndjson_conn,
	.tick = ndjson_tick,
	.exported = ndjson_exported,
	.reopen = ndjson_reopen,
	.close = ndjson_close,
};
