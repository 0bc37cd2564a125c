// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/export/otlp_resource.h"

#include <string.h>

#include "core/record/field.h"
#include "lib/json.h"

/* OpenTelemetry's names, which are ours below "client." and "server.". */
static const char *const OF_CONTAINER[] = { "container.id", "container.name",	  "container.runtime", "k8s.pod.name",
					    "k8s.pod.uid",  "k8s.namespace.name", "k8s.container.name" };

#define OF_CONTAINERS (sizeof(OF_CONTAINER) / sizeof(OF_CONTAINER[0]))

static void add_text(struct json *j, const char *key, const char *text)
{
	json_object_begin(j, NULL);
	json_text(j, "key", key);
	json_object_begin(j, "value");
	json_text(j, "stringValue", text);
	json_object_end(j);
	json_object_end(j);
}

/* As the span's kind: where both ends are here, the client's. */
static enum side_name side_of(const struct conn *c)
{
	const char *role = conn_role(c);

	return role && !strcmp(role, "server") ? SERVER : CLIENT;
}

static const struct field *field_of(enum side_name side, size_t i)
{
	static const struct field *known[SIDES][OF_CONTAINERS];
	struct strbuf path = { 0 };

	if (!known[side][i]) {
		strbuf_printf(&path, "%s.%s", side_name_text(side), OF_CONTAINER[i]);
		known[side][i] = field_find(strbuf_text(&path));
		strbuf_free(&path);
	}
	return known[side][i];
}

static bool value_of(const struct conn *c, size_t i, struct value *v)
{
	const struct field *f = field_of(side_of(c), i);

	return f && field_get(f, c, v);
}

/* The environment's is another container than the one that the connection is in. */
static bool is_replaced(const struct conn *c, const char *key)
{
	struct value v;

	for (size_t i = 0; i < OF_CONTAINERS; i++)
		if (!strcmp(key, OF_CONTAINER[i]))
			return value_of(c, i, &v);
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
	for (size_t i = 0; i < OF_CONTAINERS; i++)
		if (value_of(c, i, &v))
			add_text(j, OF_CONTAINER[i], v.text);
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
