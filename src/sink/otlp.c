// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* OTLP/HTTP JSON: each connection as a trace and as a log. */
#include <curl/curl.h>
#include <errno.h>

#include "core/conn.h"
#include "core/ending.h"
#include "core/record/ending_sentence.h"
#include "lib/human.h"
#include "lib/log.h"
#include "sink/json/json_record.h"
#include "sink/export/otlp_config.h"
#include "sink/export/otlp_answer.h"
#include "sink/export/otlp_resource.h"
#include "sink/export/otlp_span.h"
#include "sink/sink.h"

struct otlp {
	struct otlp_config config;
	struct otlp_fields *fields;
	struct json_record record;
	struct http_post *post[OTLP_SIGNALS]; /* NULL = not wanted */
	struct strbuf verdict, text, line;
};

static void otlp_free(struct otlp *o)
{
	for (int i = 0; i < OTLP_SIGNALS; i++)
		http_post_close(&o->post[i]);
	otlp_fields_free(&o->fields);
	json_record_free(&o->record);
	otlp_config_free(&o->config);
	strbuf_free(&o->verdict);
	strbuf_free(&o->text);
	strbuf_free(&o->line);
	curl_global_cleanup();
}

static int open_post(struct sink *s, struct otlp *o, enum otlp_signal signal)
{
	const struct otlp_endpoint *e = &o->config.endpoint[signal];
	struct http_post_form form = {
		.url = e->url,
		.content_type = "application/json",
		.before = otlp_body_begin(signal),
		.after = otlp_body_end(),
		.between = ',',
		.gzip = e->gzip,
		.timeout_ms = e->timeout_ms,
		.linger_ms = 1000,
		.headers = &e->headers,
		.ca = e->ca,
		.cert = e->cert,
		.key = e->key,
		.judge = otlp_answer,
	};

	return http_post_new(&o->post[signal], &form, s->options);
}

static int open_posts(struct sink *s, struct otlp *o)
{
	int err = 0;

	for (int i = 0; i < OTLP_SIGNALS && !err; i++)
		if (o->config.endpoint[i].on)
			err = open_post(s, o, i);
	return err;
}

static int otlp_open(struct sink *s, const char *arg)
{
	struct otlp *o = s->private;
	int err;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return log_errno(-ENOMEM, "output otlp");
	err = otlp_config_read(&o->config, arg);
	if (!err) {
		err = otlp_fields_new(&o->fields) ?: json_record_init(&o->record, s->options->events);
		err = err ? log_errno(err, "output otlp") : open_posts(s, o);
	}
	if (err)
		otlp_free(o);
	return err;
}

/* Of one connection. */
static void begin_line(struct otlp *o, const struct sink *s, enum otlp_signal signal, const struct conn *c)
{
	otlp_resource_begin(signal, &o->config.resource, s->origin->host, c, &o->line);
}

static void send_line(struct otlp *o, enum otlp_signal signal)
{
	otlp_resource_end(&o->line);
	exporter_add(http_post_exporter(o->post[signal]), &o->line);
}

/* What became complete with this change: the spans of the connection, or of its TIME_WAIT alone. */
static void send_spans(struct otlp *o, const struct sink *s, const struct conn *c, enum json_record_kind kind,
		       uint64_t now_ns)
{
	bool has_events = json_record_has_events(&o->record, c);
	size_t empty;

	begin_line(o, s, OTLP_TRACES, c);
	empty = o->line.len;
	if (kind == JSON_RECORD_TIME_WAIT) {
		otlp_add_time_wait_span(o->fields, c, has_events, &o->line);
	} else {
		strbuf_reset(&o->verdict);
		ending_sentence(c, HUMAN_UTF8, &o->verdict);
		otlp_add_spans(o->fields, c, now_ns, strbuf_text(&o->verdict), has_events, &o->line);
	}
	if (o->line.len > empty)
		send_line(o, OTLP_TRACES);
	else
		strbuf_reset(&o->line);
}

static void send_log(struct otlp *o, const struct sink *s, const struct conn *c, enum json_record_kind kind,
		     uint64_t now_ns)
{
	strbuf_reset(&o->text);
	json_record_add(&o->record, s, c, kind, now_ns, &o->text);
	begin_line(o, s, OTLP_LOGS, c);
	otlp_add_log(o->fields, c, now_ns, json_record_schema(kind), strbuf_text(&o->text), &o->line);
	send_line(o, OTLP_LOGS);
}

static void otlp_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct otlp *o = s->private;
	enum json_record_kind kind = json_record_due(s, change);

	if (kind == JSON_RECORD_NONE)
		return;
	if (o->post[OTLP_TRACES])
		send_spans(o, s, c, kind, now_ns);
	if (o->post[OTLP_LOGS])
		send_log(o, s, c, kind, now_ns);
}

static void otlp_exported(const struct sink *s, struct sink_export *figures)
{
	const struct otlp *o = s->private;

	if (o->post[OTLP_TRACES])
		exporter_figures(http_post_exporter(o->post[OTLP_TRACES]), &figures[RECEIVER_OTLP_TRACES]);
	if (o->post[OTLP_LOGS])
		exporter_figures(http_post_exporter(o->post[OTLP_LOGS]), &figures[RECEIVER_OTLP_LOGS]);
}

static int otlp_close(struct sink *s)
{
	otlp_free(s->private);
	return 0;
}

static unsigned int otlp_needs(const char *arg)
{
	return NEEDS_NETWORK | NEEDS_THREADS;
}

const struct sink_ops sink_otlp = {
	.name = "otlp",
	.help = "traces and logs to an OpenTelemetry collector (--otlp)",
	.arg_help = "[URL]",
	.private_size = sizeof(struct otlp),
	.needs = otlp_needs,
	.open = otlp_open,
	.conn = otlp_conn,
	.exported = otlp_exported,
	.close = otlp_close,
};
