// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/web/web_ask.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/query/query.h"
#include "lib/http_target.h"
#include "lib/human.h"
#include "options.h"
#include "sink/diagram/explain.h"
#include "sink/pcapng_write.h"

#define ID_DIGITS 32

bool web_parse_id(const char *text, size_t len, uint64_t id[2])
{
	return text && len == ID_DIGITS && strspn(text, "0123456789abcdef") >= ID_DIGITS &&
	       sscanf(text, "%16" SCNx64 "%16" SCNx64, &id[0], &id[1]) == 2;
}

bool web_ask_find(struct web_ask *a, const uint64_t id[2])
{
	const struct web_entry *e = web_store_find(a->store, id);
	const struct conn *open;

	if (e && web_store_get(a->store, e, &a->whole))
		return true;
	open = conn_table_find(a->sink->table, id);
	return open && whole_conn_copy(&a->whole, open);
}

/* ---- which fit ---- */

static void put_id(struct json *j, const uint64_t id[2])
{
	char text[ID_DIGITS + 1];

	snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64, id[0], id[1]);
	json_text(j, NULL, text);
}

static void refuse(struct http_reply *out, const struct query_error *error)
{
	struct json j = { .out = &out->body };

	out->status = 400;
	json_object_begin(&j, NULL);
	json_uint(&j, "column", error->column);
	json_text(&j, "error", error->text[0] ? error->text : "out of memory");
	json_object_end(&j);
}

struct matching {
	struct web_ask *ask;
	const struct query *query;
	struct json *json;
	size_t left;
};

static bool put_matching_open(void *ctx, const struct conn *c)
{
	struct matching *m = ctx;

	if (!options_want_open(m->ask->sink->options, c) || !query_matches_now(m->query, c))
		return true;
	web_figures_open_row(m->ask->figures, c, m->json);
	return --m->left > 0;
}

static void put_matches(struct web_ask *a, const struct query *q, uint64_t since, struct json *j)
{
	struct matching m = { .ask = a, .query = q, .json = j, .left = WEB_OPEN_SHOWN };
	uint64_t oldest = web_store_oldest(a->store);

	json_uint(j, "next", a->store->next);
	json_array_begin(j, "ids");
	for (uint64_t n = since > oldest ? since : oldest; n < a->store->next; n++) {
		const struct web_entry *e = web_store_at(a->store, n);

		if (web_store_get(a->store, e, &a->whole) && query_matches(q, &a->whole.conn))
			put_id(j, e->id);
	}
	json_array_end(j);
	json_array_begin(j, "open");
	conn_table_each_open(a->sink->table, put_matching_open, &m);
	json_array_end(j);
}

void web_ask_match(void *ctx, const struct http_request *r, struct http_reply *out)
{
	struct web_ask *a = ctx;
	const char *since = http_query(r, "since"), *where = http_query(r, "where");
	struct json j = { .out = &out->body };
	struct query_error error = { 0 };
	struct strbuf text = { 0 };
	struct query *q = NULL;
	int err = http_target_unescape(where ? where : "", &text);

	out->content_type = "application/json";
	if (err)
		snprintf(error.text, sizeof(error.text), "%%XX: two hexadecimal digits, and not 00");
	err = err ?: query_compile(strbuf_text(&text), &q, &error);
	strbuf_free(&text);
	if (err) {
		refuse(out, &error);
		return;
	}
	json_object_begin(&j, NULL);
	put_matches(a, q, since ? strtoull(since, NULL, 10) : 0, &j);
	json_object_end(&j);
	query_free(&q);
}

/* ---- as files ---- */

static void put_exported(struct web_ask *a, bool pcapng, struct strbuf *out)
{
	if (pcapng) {
		pcapng_write_connection(out, &a->whole.conn);
		return;
	}
	json_record_add(a->record, a->sink, &a->whole.conn, JSON_RECORD_CONNECTION, conn_table_now(a->sink->table),
			out);
	strbuf_putc(out, '\n');
}

static bool is_among(const uint64_t id[2], uint64_t (*before)[2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (before[i][0] == id[0] && before[i][1] == id[1])
			return true;
	return false;
}

/* Each once, however often it is asked for: segments that came twice would look sent again. */
void web_ask_export(void *ctx, const struct http_request *r, struct http_reply *out)
{
	struct web_ask *a = ctx;
	const char *ids = http_query(r, "ids"), *format = http_query(r, "format");
	bool pcapng = format && !strcmp(format, "pcapng");
	uint64_t done[WEB_EXPORT_MAX][2] = { 0 };

	if (!ids || !format || (!pcapng && strcmp(format, "json") != 0)) {
		out->status = 400;
		strbuf_puts(&out->body, "format=json or pcapng, ids=ID,ID,...\n");
		return;
	}
	out->content_type = pcapng ? "application/octet-stream" : "application/x-ndjson";
	if (pcapng)
		pcapng_write_begin(&out->body, "tcplife-trace " TCPLIFE_VERSION);
	for (size_t n = 0; *ids && n < WEB_EXPORT_MAX; n++) {
		size_t len = strcspn(ids, ",");
		uint64_t *id = done[n];

		if (web_parse_id(ids, len, id) && !is_among(id, done, n) && web_ask_find(a, id)) {
			put_exported(a, pcapng, &out->body);
			whole_conn_free(&a->whole);
		}
		ids += len + (ids[len] == ',');
	}
}

/* ---- what the steps mean ---- */

static void put_explanations(const struct explanations *e, size_t step, struct json *j)
{
	struct strbuf text = { 0 };

	json_array_begin(j, "texts");
	for (const struct explain_use *use = e->step[step]; use->explain; use++) {
		strbuf_reset(&text);
		explain_text(&text, use);
		json_text(j, NULL, strbuf_text(&text));
	}
	json_array_end(j);
	strbuf_free(&text);
}

static void put_explained(const struct conn *c, const struct sequence *s, const struct explanations *e, struct json *j)
{
	uint64_t at_ns = c->start_ns;

	json_array_begin(j, "steps");
	for (size_t i = 0; i < s->count; i++) {
		const struct step *step = &s->step[i];

		at_ns = step->ts_ns > at_ns ? step->ts_ns : at_ns;
		if (!e->step[i][0].explain)
			continue;
		json_object_begin(j, NULL);
		json_uint(j, "offset_ns", at_ns - c->start_ns);
		json_text(j, "side", side_name_text(step->side == SERVER ? SERVER : CLIENT));
		json_bool(j, "segment", step->kind == STEP_ARROW);
		put_explanations(e, i, j);
		json_object_end(j);
	}
	json_array_end(j);
}

void web_ask_explain(void *ctx, const struct http_request *r, struct http_reply *out)
{
	struct web_ask *a = ctx;
	const char *text = http_query(r, "id");
	struct explanations *e = calloc(1, sizeof(*e));
	struct sequence *s = calloc(1, sizeof(*s));
	struct json j = { .out = &out->body };
	uint64_t id[2];

	out->content_type = "application/json";
	if (!e || !s) {
		out->status = 503;
	} else if (!text || !web_parse_id(text, strlen(text), id) || !web_ask_find(a, id)) {
		out->status = 404;
	} else {
		sequence_tell(s, &a->whole.conn, HUMAN_UTF8, conn_table_now(a->sink->table));
		explain_choose(e, s, &a->whole.conn);
		json_object_begin(&j, NULL);
		put_explained(&a->whole.conn, s, e, &j);
		json_object_end(&j);
		whole_conn_free(&a->whole);
	}
	free(e);
	free(s);
}
