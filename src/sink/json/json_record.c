// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides which record is due at each change of a connection, and which fields it contains. */
#include "sink/json/json_record.h"

#include <errno.h>
#include <string.h>

#include "core/conn.h"
#include "core/ending.h"
#include "core/record/conn_odd.h"
#include "core/record/ending_sentence.h"
#include "core/timestamp.h"
#include "lib/human.h"
#include "lib/json.h"
#include "options.h"
#include "sink/json/json_event.h"

/* Which connection it was, and what became of its TIME_WAIT: the rest was in its first record. */
static bool in_time_wait_record(const struct field *f)
{
	static const char *const paths[] = { "id", "client.address", "client.port", "server.address", "server.port" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strcmp(f->path, paths[i]))
			return true;
	return !strncmp(f->path, "time_wait", strlen("time_wait"));
}

int json_record_init(struct json_record *r, enum events_kept events)
{
	int err;

	*r = (struct json_record) { .events = events };
	err = json_plan_init(&r->connection, NULL);
	if (!err)
		err = json_plan_init(&r->time_wait, in_time_wait_record);
	r->event_texts = json_event_texts_new();
	if (!r->event_texts)
		err = -ENOMEM;
	if (err)
		json_record_free(r);
	return err;
}

void json_record_free(struct json_record *r)
{
	json_plan_free(&r->connection);
	json_plan_free(&r->time_wait);
	json_event_texts_free(&r->event_texts);
	strbuf_free(&r->sentence);
}

const char *json_record_schema(enum json_record_kind kind)
{
	switch (kind) {
	case JSON_RECORD_CONNECTION:
		return "tcplife.connection";
	case JSON_RECORD_TIME_WAIT:
		return "tcplife.time_wait";
	case JSON_RECORD_NONE:
		break;
	}
	return NULL;
}

enum json_record_kind json_record_due(const struct sink *s, enum conn_change change)
{
	bool whole = s->options->whole;

	switch (change) {
	case CONN_CLOSED:
	case CONN_STILL_OPEN:
		return whole ? JSON_RECORD_NONE : JSON_RECORD_CONNECTION;
	case CONN_FINISHED:
		return whole ? JSON_RECORD_CONNECTION : JSON_RECORD_NONE;
	case CONN_TIMEWAIT_OVER:
		return whole ? JSON_RECORD_NONE : JSON_RECORD_TIME_WAIT;
	case CONN_OPENED:
		break;
	}
	return JSON_RECORD_NONE;
}

static void begin_record(struct json *j, const struct sink *s, enum json_record_kind kind, uint64_t wall_ns)
{
	char timestamp[TIMESTAMP_SIZE];

	json_object_begin(j, NULL);
	json_text(j, "schema", json_record_schema(kind));
	json_text(j, "schema_version", JSON_RECORD_VERSION);
	json_text(j, "@timestamp", timestamp_utc(wall_ns, timestamp));
	json_text(j, "capture", s->origin->of_capture ? "pcap" : "live");
	if (!s->origin->host[0])
		return;
	json_object_begin(j, "host");
	json_text(j, "name", s->origin->host);
	json_object_end(j);
}

static void add_verdict(struct json *j, struct strbuf *sentence, const struct conn *c)
{
	strbuf_reset(sentence);
	ending_sentence(c, HUMAN_UTF8, sentence);
	json_text(j, "verdict", strbuf_text(sentence));
	j->out->failed |= sentence->failed;
	json_array_begin(j, "evidence");
	for (unsigned int i = 0; i < VERDICT_EVIDENCE_COUNT; i++)
		if (c->verdict.evidence & 1U << i)
			json_text(j, NULL, verdict_evidence_name(i));
	json_array_end(j);
}

bool json_record_has_events(const struct json_record *r, const struct conn *c)
{
	return r->events == EVENTS_ALL || (r->events == EVENTS_ODD && conn_is_odd(c));
}

/* It may have run out only after the connection's own record was written. */
static void add_no_memory(struct json *j, const struct conn *c)
{
	if (!(c->flags & CONN_NO_MEMORY))
		return;
	json_bool(j, "complete", false);
	json_text(j, "incomplete", "no_memory");
}

/* When the first of its TIME_WAITs was entered. */
static uint64_t timewait_entered(const struct conn *c)
{
	uint64_t k = c->side[CLIENT].timewait.entered_ns, v = c->side[SERVER].timewait.entered_ns;

	return !k || (v && v < k) ? v : k;
}

void json_record_add(struct json_record *r, const struct sink *s, const struct conn *c, enum json_record_kind kind,
		     uint64_t now_ns, struct strbuf *out)
{
	struct json j = { .out = out };
	uint64_t ts_ns = kind == JSON_RECORD_CONNECTION && c->close_ns ? c->close_ns : now_ns;
	bool has_events = json_record_has_events(r, c);

	begin_record(&j, s, kind, ts_ns + c->wall_offset_ns);
	if (kind == JSON_RECORD_CONNECTION) {
		json_plan_write(&r->connection, c, &j);
		add_verdict(&j, &r->sentence, c);
		if (has_events) {
			json_events(&j, r->event_texts, c, 0);
			json_uint(&j, "events_dropped", c->moments.dropped);
		}
	} else {
		json_plan_write(&r->time_wait, c, &j);
		add_no_memory(&j, c);
		if (has_events)
			json_events(&j, r->event_texts, c, timewait_entered(c));
	}
	json_object_end(&j);
}
