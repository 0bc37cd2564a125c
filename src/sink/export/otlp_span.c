// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Maps a connection to OpenTelemetry: which field becomes an attribute of which span, and which names are the semantic
 * conventions' own. What has no name there is called tcplife.*.
 */
#include "sink/export/otlp_span.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decode.h"
#include "core/ending.h"
#include "core/record/conn_phase.h"
#include "core/record/field.h"
#include "core/tcp_state.h"
#include "lib/hash_mix.h"
#include "lib/json.h"
#include "sink/json/json_event.h"

#define OWN	 "tcplife." /* what OpenTelemetry has no name for */
#define ROOT	 (-1)
#define KEY_SIZE 80

enum span_kind { KIND_INTERNAL = 1, KIND_SERVER = 2, KIND_CLIENT = 3 };
enum severity { SEVERITY_INFO = 9, SEVERITY_WARN = 13 };
#define STATUS_ERROR 2

/* A field as attribute: of the root span, or of a phase's span if there is one. */
struct otlp_field {
	const struct field *field;
	char key[KEY_SIZE];
	int phase;    /* enum phase, or ROOT */
	bool is_edge; /* offset and duration: the phase's span has them already */
	bool in_log;
};

struct otlp_fields {
	size_t count;
	struct otlp_field list[];
};

/* ---- which field becomes which attribute */

static bool is_one_of(const char *path, const char *const *list)
{
	while (*list && strcmp(path, *list))
		list++;
	return *list != NULL;
}

/* Names that are OpenTelemetry's own (semantic conventions 1.45.0, stable). */
static const char *const STANDARD[] = {
	"client.address", "client.port", "server.address", "server.port", "network.type", "network.transport", NULL
};
/* What span and trace contain by themselves. */
static const char *const SAID[] = { "id", "start_time", "end_time", "duration_ns", NULL };
static const char *const OF_LOG[] = { "role", "tcp.ending", "tcp.ended_by", "time_wait.exit", NULL };

static int phase_of(const char *path)
{
	for (int p = 0; p < PHASES; p++) {
		size_t len = strlen(conn_phase_name(p));

		if (!strncmp(path, conn_phase_name(p), len) && path[len] == '.')
			return p;
	}
	return ROOT;
}

static void describe(struct otlp_field *a, const struct field *f)
{
	const char *dot = strrchr(f->path, '.');
	bool standard = is_one_of(f->path, STANDARD);

	a->field = f;
	a->phase = phase_of(f->path);
	a->is_edge = a->phase != ROOT && (!strcmp(dot, ".offset_ns") || !strcmp(dot, ".duration_ns"));
	a->in_log = standard || is_one_of(f->path, OF_LOG);
	snprintf(a->key, sizeof(a->key), "%s%s", standard ? "" : OWN, f->path);
}

int otlp_fields_new(struct otlp_fields **out)
{
	struct otlp_fields *known = calloc(1, sizeof(*known) + field_count() * sizeof(known->list[0]));
	const struct field *f;

	if (!known)
		return -ENOMEM;
	for (size_t i = 0; (f = field_at(i)); i++)
		if (!is_one_of(f->path, SAID))
			describe(&known->list[known->count++], f);
	*out = known;
	return 0;
}

void otlp_fields_free(struct otlp_fields **f)
{
	free(*f);
	*f = NULL;
}

/* ---- attributes */

static void begin_attribute(struct json *j, const char *key)
{
	json_object_begin(j, NULL);
	json_text(j, "key", key);
	json_object_begin(j, "value");
}

static void end_attribute(struct json *j)
{
	json_object_end(j);
	json_object_end(j);
}

static void add_text(struct json *j, const char *key, const char *text)
{
	begin_attribute(j, key);
	json_text(j, "stringValue", text);
	end_attribute(j);
}

/* Text that is not empty. */
static void add_word(struct json *j, const char *key, const char *word)
{
	if (*word)
		add_text(j, key, word);
}

static void add_decimal(struct json *j, const char *key, uint64_t n)
{
	char text[UINT_DIGITS + 1];

	*uint_digits(text, n) = '\0';
	json_text(j, key, text);
}

static void add_uint(struct json *j, const char *key, uint64_t n)
{
	begin_attribute(j, key);
	add_decimal(j, "intValue", n);
	end_attribute(j);
}

static void add_value(struct json *j, const char *key, const struct value *v)
{
	char text[24];

	switch (v->type) {
	case VALUE_TEXT:
		add_text(j, key, v->text);
		return;
	case VALUE_UINT:
		add_uint(j, key, v->uinteger);
		return;
	case VALUE_INT:
		snprintf(text, sizeof(text), "%lld", (long long)v->integer);
		begin_attribute(j, key);
		json_text(j, "intValue", text);
		end_attribute(j);
		return;
	case VALUE_BOOL:
		begin_attribute(j, key);
		json_bool(j, "boolValue", v->boolean);
		end_attribute(j);
		return;
	}
}

/* ---- ids and times */

static const char *hex(uint64_t n, char text[17])
{
	snprintf(text, 17, "%016llx", (unsigned long long)n);
	return text;
}

/* Whoever saw the connection sends spans of one trace: those of each end, and of who is neither, have their own ids. */
static uint64_t root_span(const struct conn *c)
{
	uint64_t here = side_is_local(&c->side[CLIENT]) ? 0 : side_is_local(&c->side[SERVER]) ? 1 : 2;
	uint64_t id = here ? hash_mix(c->id[0] + here) : c->id[0];

	return id + !id;
}

/* Another for each phase, the same in every run over the same connection: TIME_WAIT's may be sent a minute later. */
static uint64_t phase_span(const struct conn *c, enum phase p)
{
	uint64_t id = hash_mix(root_span(c) ^ (c->id[1] + p + 1));

	return id + !id;
}

static void add_trace_id(struct json *j, const struct conn *c)
{
	char text[33];

	snprintf(text, sizeof(text), "%016llx%016llx", (unsigned long long)c->id[0], (unsigned long long)c->id[1]);
	json_text(j, "traceId", text);
}

static void add_time(struct json *j, const struct conn *c, const char *key, uint64_t ts_ns)
{
	add_decimal(j, key, ts_ns + c->wall_offset_ns);
}

/* ---- spans */

static void begin_span(struct json *j, const struct conn *c, uint64_t id, const char *name, enum span_kind kind,
		       uint64_t begin_ns, uint64_t end_ns)
{
	char text[17];

	json_object_begin(j, NULL);
	add_trace_id(j, c);
	json_text(j, "spanId", hex(id, text));
	if (id != root_span(c))
		json_text(j, "parentSpanId", hex(root_span(c), text));
	json_text(j, "name", name);
	json_uint(j, "kind", kind);
	add_time(j, c, "startTimeUnixNano", begin_ns);
	add_time(j, c, "endTimeUnixNano", end_ns > begin_ns ? end_ns : begin_ns);
}

/* The phase's span, if the phase is over. */
static bool phase_is_over(const struct conn *c, enum phase p, struct span *span)
{
	return conn_phase(c, p, span) && span->end_ns;
}

struct event_list {
	struct json *json;
	const struct conn *conn;
};

static void add_event(void *ctx, const struct moment *m, enum event_kind kind, const struct event_facts *f)
{
	const struct event_list *l = ctx;
	struct json *j = l->json;
	char name[32];

	snprintf(name, sizeof(name), "tcp.%s", event_kind_name(kind));
	json_object_begin(j, NULL);
	add_time(j, l->conn, "timeUnixNano", m->ts_ns);
	json_text(j, "name", name);
	json_array_begin(j, "attributes");
	add_text(j, OWN "side", side_name_text(m->side));
	add_word(j, "network.connection.state", f->new_state);
	add_word(j, OWN "old_state", f->old_state);
	add_word(j, kind == EVENT_RETRANSMIT ? "network.tcp.retransmit.type" : OWN "reason", f->reason);
	add_word(j, OWN "dropped_here", f->dropped);
	add_word(j, OWN "flags", f->flags);
	if (f->has_seq)
		add_uint(j, OWN "seq", m->seq);
	if (f->has_ack)
		add_uint(j, OWN "ack", m->ack);
	if (f->has_bytes)
		add_uint(j, OWN "bytes", m->payload_len);
	json_array_end(j);
	json_object_end(j);
}

static void add_events(const struct conn *c, uint64_t since_ns, struct json *j)
{
	struct event_list l = { j, c };

	json_array_begin(j, "events");
	json_event_each(c, since_ns, add_event, &l);
	json_array_end(j);
}

/* events_since: the span has the events from then on; 0 = none. */
static void add_phase_span(const struct otlp_fields *f, const struct conn *c, enum phase p, uint64_t events_since,
			   struct json *j)
{
	char name[32];
	struct span span;
	struct value v;

	if (!phase_is_over(c, p, &span))
		return;
	snprintf(name, sizeof(name), "tcp %s", conn_phase_name(p));
	begin_span(j, c, phase_span(c, p), name, KIND_INTERNAL, span.begin_ns, span.end_ns);
	json_array_begin(j, "attributes");
	for (const struct otlp_field *a = f->list; a < f->list + f->count; a++)
		if (a->phase == (int)p && !a->is_edge && field_get(a->field, c, &v))
			add_value(j, a->key, &v);
	json_array_end(j);
	if (events_since)
		add_events(c, events_since, j);
	json_object_end(j);
}

static bool is_error(const struct conn *c)
{
	switch (c->verdict.ending) {
	case ENDING_RESET:
	case ENDING_REFUSED:
	case ENDING_UNANSWERED:
	case ENDING_UNREACHABLE:
	case ENDING_NO_LOCAL_PORT:
	case ENDING_LISTENER_OVERFLOW:
	case ENDING_TIMED_OUT:
		return true;
	default:
		return false;
	}
}

/* The client's view where both ends are here: the connection began there. */
static enum span_kind kind_of(const struct conn *c)
{
	const char *role = conn_role(c);

	if (!role)
		return KIND_INTERNAL;
	return strcmp(role, "server") ? KIND_CLIENT : KIND_SERVER;
}

/* What no phase's span contains: the phase is not over, or there was none (handshake.status of one that failed). */
static bool is_roots(const struct otlp_field *a, const bool *has_span)
{
	return a->phase == ROOT || !has_span[a->phase];
}

static void add_root_attributes(const struct otlp_fields *f, const struct conn *c, const char *verdict, struct json *j)
{
	bool has_span[PHASES];
	struct span span;
	struct value v;

	for (int p = 0; p < PHASES; p++)
		has_span[p] = phase_is_over(c, p, &span);
	json_array_begin(j, "attributes");
	for (const struct otlp_field *a = f->list; a < f->list + f->count; a++)
		if (is_roots(a, has_span) && field_get(a->field, c, &v))
			add_value(j, a->key, &v);
	add_text(j, OWN "verdict", verdict);
	if (is_error(c))
		add_text(j, "error.type", ending_name(c->verdict.ending));
	json_array_end(j);
}

void otlp_add_spans(const struct otlp_fields *f, const struct conn *c, uint64_t now_ns, const char *verdict,
		    bool with_events, struct strbuf *out)
{
	struct json j = { .out = out };

	begin_span(&j, c, root_span(c), "tcp connection", kind_of(c), c->start_ns, c->close_ns ?: now_ns);
	add_root_attributes(f, c, verdict, &j);
	if (with_events)
		add_events(c, 0, &j);
	if (with_events && c->moments.dropped)
		json_uint(&j, "droppedEventsCount", c->moments.dropped);
	if (is_error(c)) {
		json_object_begin(&j, "status");
		json_uint(&j, "code", STATUS_ERROR);
		json_text(&j, "message", verdict);
		json_object_end(&j);
	}
	json_object_end(&j);
	for (int p = 0; p < PHASES; p++)
		add_phase_span(f, c, p, 0, &j);
}

void otlp_add_time_wait_span(const struct otlp_fields *f, const struct conn *c, bool with_events, struct strbuf *out)
{
	struct json j = { .out = out };
	struct span span;

	if (phase_is_over(c, PHASE_TIME_WAIT, &span))
		add_phase_span(f, c, PHASE_TIME_WAIT, with_events ? span.begin_ns + 1 : 0, &j);
}

/* ---- logs */

void otlp_add_log(const struct otlp_fields *f, const struct conn *c, uint64_t now_ns, const char *name,
		  const char *record, struct strbuf *out)
{
	struct json j = { .out = out };
	struct value v;
	char text[17];

	json_object_begin(&j, NULL);
	add_time(&j, c, "timeUnixNano", c->close_ns && c->close_ns < now_ns ? c->close_ns : now_ns);
	add_time(&j, c, "observedTimeUnixNano", now_ns);
	json_uint(&j, "severityNumber", is_error(c) ? SEVERITY_WARN : SEVERITY_INFO);
	json_text(&j, "severityText", is_error(c) ? "WARN" : "INFO");
	json_text(&j, "eventName", name);
	add_trace_id(&j, c);
	json_text(&j, "spanId", hex(root_span(c), text));
	json_object_begin(&j, "body");
	json_text(&j, "stringValue", record);
	json_object_end(&j);
	json_array_begin(&j, "attributes");
	for (const struct otlp_field *a = f->list; a < f->list + f->count; a++)
		if (a->in_log && field_get(a->field, c, &v))
			add_value(&j, a->key, &v);
	json_array_end(&j);
	json_object_end(&j);
}
