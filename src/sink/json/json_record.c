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
#include "sink/advise.h"
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
	for (int i = 0; i < JSON_RECORD_KINDS; i++)
		strbuf_free(&r->beginning[i].text);
	strbuf_free(&r->evidence_text);
	strbuf_free(&r->sentence);
}

const char *json_record_schema(enum json_record_kind kind)
{
	switch (kind) {
	case JSON_RECORD_CONNECTION:
		return "tcplife.connection";
	case JSON_RECORD_TIME_WAIT:
		return "tcplife.time_wait";
	case JSON_RECORD_OPEN:
		return "tcplife.open";
	case JSON_RECORD_NONE:
	case JSON_RECORD_KINDS:
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
	case CONN_LISTED:
		break;
	}
	return JSON_RECORD_NONE;
}

bool json_record_listed(const struct sink *s, enum conn_change change)
{
	return s->options->open && (change == CONN_LISTED || change == CONN_STILL_OPEN);
}

static const char NO_TIME[] = "0000-00-00T00:00:00.000000000Z";

_Static_assert(sizeof(NO_TIME) == TIMESTAMP_SIZE, "a timestamp's length");

/* What each record of a kind begins with; the time is written over. */
static void make_beginning(struct json_beginning *b, const struct sink *s, enum json_record_kind kind)
{
	struct json j = { .out = &b->text };

	strbuf_reset(&b->text);
	json_object_begin(&j, NULL);
	json_text(&j, "schema", json_record_schema(kind));
	json_text(&j, "schema_version", JSON_RECORD_VERSION);
	json_text(&j, "@timestamp", NO_TIME);
	b->time_at = b->text.len - sizeof(NO_TIME);
	json_text(&j, "capture", s->origin->of_capture ? "pcap" : "live");
	if (!s->origin->host[0])
		return;
	json_object_begin(&j, "host");
	json_text(&j, "name", s->origin->host);
	json_object_end(&j);
}

static void begin_record(struct json_record *r, struct json *j, const struct sink *s, enum json_record_kind kind,
			 uint64_t wall_ns)
{
	struct json_beginning *b = &r->beginning[kind];
	char timestamp[TIMESTAMP_SIZE];

	if (!b->text.len || b->text.failed)
		make_beginning(b, s, kind);
	j->out->failed |= b->text.failed;
	if (b->text.failed)
		return;
	memcpy(b->text.text + b->time_at, timestamp_utc(wall_ns, timestamp), TIMESTAMP_SIZE - 1);
	strbuf_add(j->out, b->text.text, b->text.len);
	j->comma = true;
}

static void add_evidence(struct json_record *r, struct json *j, unsigned int evidence)
{
	struct json list = { .out = &r->evidence_text };

	if (evidence != r->evidence || !r->evidence_text.len || r->evidence_text.failed) {
		strbuf_reset(&r->evidence_text);
		r->evidence = evidence;
		list.comma = true;
		json_array_begin(&list, "evidence");
		for (unsigned int i = 0; i < VERDICT_EVIDENCE_COUNT; i++)
			if (evidence & 1U << i)
				json_text(&list, NULL, verdict_evidence_name(i));
		json_array_end(&list);
	}
	j->out->failed |= r->evidence_text.failed;
	strbuf_add(j->out, strbuf_text(&r->evidence_text), r->evidence_text.len);
}

static void add_advice(struct json_record *r, struct json *j, const struct sink *s, const struct conn *c)
{
	strbuf_reset(&r->sentence);
	if (advise_conn(s, c, &r->sentence))
		json_text_n(j, "advice", strbuf_text(&r->sentence), r->sentence.len);
	j->out->failed |= r->sentence.failed;
}

static void add_verdict(struct json_record *r, struct json *j, const struct sink *s, const struct conn *c)
{
	strbuf_reset(&r->sentence);
	ending_sentence(c, HUMAN_UTF8, &r->sentence);
	json_text_n(j, "verdict", strbuf_text(&r->sentence), r->sentence.len);
	j->out->failed |= r->sentence.failed;
	if (r->advises)
		add_advice(r, j, s, c);
	add_evidence(r, j, c->verdict.evidence);
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

	begin_record(r, &j, s, kind, ts_ns + c->wall_offset_ns);
	if (kind == JSON_RECORD_CONNECTION) {
		json_plan_write(&r->connection, c, &j);
		add_verdict(r, &j, s, c);
		if (has_events) {
			json_events(&j, r->event_texts, c, 0);
			json_uint(&j, "events_dropped", c->moments.dropped);
		}
	} else if (kind == JSON_RECORD_OPEN) {
		json_uint(&j, "sequence", c->listed);
		if (now_ns >= c->start_ns)
			json_uint(&j, "age_ns", now_ns - c->start_ns);
		json_plan_write(&r->connection, c, &j);
		add_verdict(r, &j, s, c);
	} else {
		json_plan_write(&r->time_wait, c, &j);
		add_no_memory(&j, c);
		if (has_events)
			json_events(&j, r->event_texts, c, timewait_entered(c));
	}
	json_object_end(&j);
}
