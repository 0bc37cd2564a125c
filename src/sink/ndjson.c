// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A JSON object a line: tcplife.connection when a connection closes, tcplife.time_wait when its TIME_WAIT is over. */
#include <errno.h>
#include <string.h>

#include "core/conn.h"
#include "core/ending.h"
#include "core/timestamp.h"
#include "lib/json.h"
#include "lib/log.h"
#include "options.h"
#include "sink/json_event.h"
#include "sink/json_plan.h"
#include "sink/output.h"

#define SCHEMA_VERSION "1.0" /* adding keys raises the minor number: src/assets/tcplife.schema.json */

struct ndjson {
	struct output out;
	struct json_plan connection, time_wait;
	struct strbuf sentence;
};

/* Which connection it was, and what became of its TIME_WAIT: the rest stood in its first record. */
static bool in_time_wait_record(const struct field *f)
{
	static const char *const paths[] = { "id", "client.address", "client.port", "server.address", "server.port" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strcmp(f->path, paths[i]))
			return true;
	return !strncmp(f->path, "time_wait", strlen("time_wait"));
}

static int ndjson_open(struct sink *s, const char *arg)
{
	struct ndjson *n = s->private;
	int err = json_plan_init(&n->connection, NULL);

	if (!err)
		err = json_plan_init(&n->time_wait, in_time_wait_record);
	if (!err)
		return output_open(&n->out, s, arg);
	json_plan_free(&n->connection);
	return log_errno(err, "output ndjson");
}

static void begin_record(struct json *j, const struct sink *s, const char *schema, uint64_t wall_ns)
{
	char timestamp[TIMESTAMP_SIZE];

	json_object_begin(j, NULL);
	json_text(j, "schema", schema);
	json_text(j, "schema_version", SCHEMA_VERSION);
	json_text(j, "@timestamp", timestamp_utc(wall_ns, timestamp));
	json_text(j, "capture", s->options->replay ? "replay" : "live");
	if (!s->host[0])
		return;
	json_object_begin(j, "host");
	json_text(j, "name", s->host);
	json_object_end(j);
}

static void end_record(struct output *out, struct json *j)
{
	json_object_end(j);
	strbuf_putc(&out->buf, '\n');
	output_full(out);
}

static void add_verdict(struct json *j, struct strbuf *sentence, const struct conn *c)
{
	strbuf_reset(sentence);
	ending_sentence(c, sentence);
	json_text(j, "verdict", strbuf_text(sentence));
	json_array_begin(j, "evidence");
	for (unsigned int i = 0; i < VERDICT_EVIDENCE_COUNT; i++)
		if (c->verdict.evidence & 1U << i)
			json_text(j, NULL, verdict_evidence_name(i));
	json_array_end(j);
}

static void add_connection(struct sink *s, const struct conn *c, uint64_t now_ns)
{
	struct ndjson *n = s->private;
	struct json j = { .out = &n->out.buf };

	begin_record(&j, s, "tcplife.connection", (c->close_ns ? c->close_ns : now_ns) + c->wall_offset_ns);
	json_plan_write(&n->connection, c, &j);
	add_verdict(&j, &n->sentence, c);
	json_events(&j, c);
	end_record(&n->out, &j);
}

static void add_time_wait(struct sink *s, const struct conn *c, uint64_t now_ns)
{
	struct ndjson *n = s->private;
	struct json j = { .out = &n->out.buf };

	begin_record(&j, s, "tcplife.time_wait", now_ns + c->wall_offset_ns);
	json_plan_write(&n->time_wait, c, &j);
	end_record(&n->out, &j);
}

static void ndjson_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	bool whole = s->options->whole;

	switch (change) {
	case CONN_CLOSED:
	case CONN_STILL_OPEN:
		if (!whole)
			add_connection(s, c, now_ns);
		break;
	case CONN_FINISHED:
		if (whole)
			add_connection(s, c, now_ns);
		break;
	case CONN_TIMEWAIT_OVER:
		if (!whole)
			add_time_wait(s, c, now_ns);
		break;
	case CONN_OPENED:
		break;
	}
}

static void ndjson_tick(struct sink *s, uint64_t now_ns)
{
	struct ndjson *n = s->private;

	output_flush(&n->out);
}

static int ndjson_close(struct sink *s)
{
	struct ndjson *n = s->private;

	json_plan_free(&n->connection);
	json_plan_free(&n->time_wait);
	strbuf_free(&n->sentence);
	return output_close(&n->out);
}

const struct sink_ops sink_ndjson = {
	.name = "ndjson",
	.help = "a JSON record a connection, one a line (--json)",
	.arg_help = "[FILE]",
	.private_size = sizeof(struct ndjson),
	.on_stdout = SINK_STDOUT_OWNS,
	.open = ndjson_open,
	.conn = ndjson_conn,
	.tick = ndjson_tick,
	.close = ndjson_close,
};
