// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/export/otlp_resource.h"

#include <string.h>

#include "core/record/where.h"
#include "lib/json.h"

static void add_text(struct json *j, const char *key, const char *text)
{
	json_object_begin(j, NULL);
	json_text(j, "key", key);
	json_object_begin(j, "value");
	json_text(j, "stringValue", text);
	json_object_end(j);
	json_object_end(j);
}

/* The environment's is another container than the one that the connection is in. */
static bool is_replaced(const struct conn *c, const char *key)
{
	struct value v;

	for (enum where w = 0; w < WHERE_UNIT; w++)
		if (!strcmp(key, where_name(w)))
			return where_get(c, w, &v);
	return false;
}

static void add_attributes(struct json *j, const struct otlp_pairs *resource, const char *host, const struct conn *c)
{
	struct value v;

	for (size_t i = 0; i < resource->count; i++)
		if (otlp_pairs_find(resource, resource->list[i].key) == resource->list[i].value &&
		    !is_replaced(c, resource->list[i].key))
			add_text(j, resource->list[i].key, resource->list[i].value);
	if (*host && !otlp_pairs_find(resource, "host.name"))
		add_text(j, "host.name", host);
	for (enum where w = 0; w < WHERE_UNIT; w++)
		if (where_get(c, w, &v))
			add_text(j, where_name(w), v.text);
}

void otlp_resource_begin(enum otlp_signal s, const struct otlp_pairs *resource, const char *host, const struct conn *c,
			 struct strbuf *out)
{
	struct json j = { .out = out };

	json_object_begin(&j, NULL);
	json_object_begin(&j, "resource");
	json_array_begin(&j, "attributes");
	add_attributes(&j, resource, host, c);
	json_array_end(&j);
	json_object_end(&j);
	json_array_begin(&j, s == OTLP_TRACES ? "scopeSpans" : "scopeLogs");
	json_object_begin(&j, NULL);
	json_object_begin(&j, "scope");
	json_text(&j, "name", "tcplife-trace");
	json_text(&j, "version", TCPLIFE_VERSION);
	json_object_end(&j);
	json_array_begin(&j, s == OTLP_TRACES ? "spans" : "logRecords");
}

void otlp_resource_end(struct strbuf *out)
{
	strbuf_puts(out, "]}]}");
}

const char *otlp_body_begin(enum otlp_signal s)
{
	return s == OTLP_TRACES ? "{\"resourceSpans\":[" : "{\"resourceLogs\":[";
}

const char *otlp_body_end(void)
{
	return "]}";
}
