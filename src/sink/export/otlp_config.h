/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where OTLP goes and under which name: --otlp=URL and the environment variables of the OpenTelemetry specification
 * ("Protocol Exporter" and "SDK Environment Variables", 1.43).
 */
#ifndef TCPLIFE_OTLP_CONFIG_H
#define TCPLIFE_OTLP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "sink/export/otlp_pairs.h"

enum otlp_signal { OTLP_TRACES, OTLP_LOGS, OTLP_SIGNALS };

struct otlp_endpoint {
	bool on;   /* false: OTEL_TRACES_EXPORTER or OTEL_LOGS_EXPORTER is none */
	char *url; /* whole: http://localhost:4318/v1/traces */
	bool gzip; /* unless OTEL_EXPORTER_OTLP_COMPRESSION is none */
	unsigned int timeout_ms;
	struct otlp_pairs headers;
	const char *ca, *cert, *key; /* files; NULL = libcurl's own */
};

struct otlp_config {
	struct otlp_endpoint endpoint[OTLP_SIGNALS];
	struct otlp_pairs resource; /* of one key the last counts */
};

/*
 * url NULL = from the environment, else http://localhost:4318. 0, or a negative errno after a message that names the
 * wrong variable.
 */
int otlp_config_read(struct otlp_config *out, const char *url);
void otlp_config_free(struct otlp_config *c);

#endif
