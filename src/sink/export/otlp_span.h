/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A connection as OTLP: one trace whose root span is the connection and whose children are its phases, and the record
 * of --json as a log. The trace's id is the record's. JSON Protobuf encoding: lowerCamelCase keys, ids in hexadecimal,
 * 64-bit integers as decimal strings (opentelemetry-proto, docs/specification.md).
 */
#ifndef TCPLIFE_OTLP_SPAN_H
#define TCPLIFE_OTLP_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/strbuf.h"
#include "sink/export/otlp_config.h"

struct otlp_fields;

/* The keys under which fields become attributes. 0 or -ENOMEM. */
int otlp_fields_new(struct otlp_fields **out);
void otlp_fields_free(struct otlp_fields **f);

/* Appends the root span, with the connection's events if wanted, and those of the phases that are over, joined by
 * commas. verdict: the sentence. */
void otlp_add_spans(const struct otlp_fields *f, const struct conn *c, uint64_t now_ns, const char *verdict,
		    bool with_events, struct strbuf *out);
/* Appends the span of TIME_WAIT, with what happened in it if wanted; nothing if there was none. */
void otlp_add_time_wait_span(const struct otlp_fields *f, const struct conn *c, bool with_events, struct strbuf *out);
/* Appends a log whose body is `record`; name is the record's schema. */
void otlp_add_log(const struct otlp_fields *f, const struct conn *c, uint64_t now_ns, const char *name,
		  const char *record, struct strbuf *out);

#endif
