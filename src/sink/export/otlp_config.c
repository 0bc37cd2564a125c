// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides which value counts when --otlp, a signal's own variable and the general variable disagree. */
#include "sink/export/otlp_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http_url.h"
#include "lib/log.h"
#include "option_values.h"

#define DEFAULT_URL	   "http://localhost:4318"
#define DEFAULT_TIMEOUT_MS 10000
#define PREFIX		   "OTEL_EXPORTER_OTLP_"

static const char *const SIGNAL_NAME[OTLP_SIGNALS] = { "TRACES", "LOGS" };
static const char *const SIGNAL_PATH[OTLP_SIGNALS] = { "/v1/traces", "/v1/logs" };

/* The specification treats an empty variable as unset. */
static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* OTEL_EXPORTER_OTLP_TRACES_X before OTEL_EXPORTER_OTLP_X; name becomes that which was found. */
static const char *signal_env(enum otlp_signal s, const char *what, char name[64])
{
	const char *value;

	snprintf(name, 64, PREFIX "%s_%s", SIGNAL_NAME[s], what);
	value = env(name);
	if (value)
		return value;
	snprintf(name, 64, PREFIX "%s", what);
	return env(name);
}

static int join(const char *base, const char *path, char **out)
{
	size_t len = strlen(base);

	while (len && base[len - 1] == '/')
		len--;
	return asprintf(out, "%.*s%s", (int)len, base, path) < 0 ? -ENOMEM : 0;
}

/* A signal's own variable is the whole URL; the others are a base to which the signal's path is added. */
static int read_url(struct otlp_endpoint *e, enum otlp_signal s, const char *url)
{
	char name[64] = "--otlp";
	const char *own = NULL;

	if (!url) {
		snprintf(name, sizeof(name), PREFIX "%s_ENDPOINT", SIGNAL_NAME[s]);
		own = env(name);
	}
	if (!url && !own) {
		snprintf(name, sizeof(name), PREFIX "ENDPOINT");
		url = env(name) ?: DEFAULT_URL;
	}
	if (!http_url_is_valid(own ?: url)) {
		log_error("%s: '%s' is not an http or https URL", name, own ?: url);
		return -EINVAL;
	}
	if (!own)
		return join(url, SIGNAL_PATH[s], &e->url);
	e->url = strdup(own);
	return e->url ? 0 : -ENOMEM;
}

static int read_pairs(const char *name, const char *text, struct otlp_pairs *out)
{
	int err = text ? otlp_pairs_parse(text, out) : 0;

	if (err == -EINVAL)
		log_error("%s: it takes key=value,key2=value2, with special characters as %%XX", name);
	return err;
}

static int read_endpoint(struct otlp_endpoint *e, enum otlp_signal s, const char *url)
{
	char name[64];
	const char *value;
	uint64_t n = DEFAULT_TIMEOUT_MS;
	int err = read_url(e, s, url);

	if (err)
		return err;
	value = signal_env(s, "TIMEOUT", name);
	if (value && value_uint(value, 1, 3600000, &n)) {
		log_error("%s: '%s' is not accepted: it takes milliseconds, from 1 to 3600000", name, value);
		return -EINVAL;
	}
	e->timeout_ms = n;
	value = signal_env(s, "COMPRESSION", name);
	if (value && strcmp(value, "gzip") && strcmp(value, "none")) {
		log_error("%s: '%s' is not accepted: it takes gzip or none", name, value);
		return -EINVAL;
	}
	e->gzip = !value || strcmp(value, "none");
	e->ca = signal_env(s, "CERTIFICATE", name);
	e->cert = signal_env(s, "CLIENT_CERTIFICATE", name);
	e->key = signal_env(s, "CLIENT_KEY", name);
	value = signal_env(s, "HEADERS", name);
	return read_pairs(name, value, &e->headers);
}

static int add_default(struct otlp_pairs *p, const char *key, const char *value)
{
	return otlp_pairs_find(p, key) ? 0 : otlp_pairs_add(p, key, value);
}

/* OTEL_SERVICE_NAME comes before a service.name among the attributes: of one key the last counts. */
static int read_resource(struct otlp_pairs *resource)
{
	const char *service = env("OTEL_SERVICE_NAME");
	int err = read_pairs("OTEL_RESOURCE_ATTRIBUTES", env("OTEL_RESOURCE_ATTRIBUTES"), resource);

	if (!err && service)
		err = otlp_pairs_add(resource, "service.name", service);
	if (!err)
		err = add_default(resource, "service.name", "tcplife-trace");
	return err ?: add_default(resource, "service.version", TCPLIFE_VERSION);
}

static bool is_none(const char *name)
{
	const char *value = env(name);

	return value && !strcmp(value, "none");
}

static int read_all(struct otlp_config *c, const char *url)
{
	const char *protocol = env(PREFIX "PROTOCOL");
	int err = read_resource(&c->resource);

	c->endpoint[OTLP_TRACES].on = !is_none("OTEL_TRACES_EXPORTER");
	c->endpoint[OTLP_LOGS].on = !is_none("OTEL_LOGS_EXPORTER");
	for (int s = 0; s < OTLP_SIGNALS && !err; s++)
		if (c->endpoint[s].on)
			err = read_endpoint(&c->endpoint[s], s, url);
	if (!err && protocol && strcmp(protocol, "http/json"))
		log_notice(PREFIX "PROTOCOL: %s is not supported; http/json is used", protocol);
	if (!err && !c->endpoint[OTLP_TRACES].on && !c->endpoint[OTLP_LOGS].on) {
		log_error("output otlp: OTEL_TRACES_EXPORTER and OTEL_LOGS_EXPORTER are both none");
		err = -EINVAL;
	}
	return err;
}

int otlp_config_read(struct otlp_config *out, const char *url)
{
	int err;

	*out = (struct otlp_config) { 0 };
	err = read_all(out, url);
	if (err == -ENOMEM)
		log_errno(err, "output otlp");
	if (err)
		otlp_config_free(out);
	return err;
}

void otlp_config_free(struct otlp_config *c)
{
	for (int s = 0; s < OTLP_SIGNALS; s++) {
		free(c->endpoint[s].url);
		otlp_pairs_free(&c->endpoint[s].headers);
	}
	otlp_pairs_free(&c->resource);
	*c = (struct otlp_config) { 0 };
}
