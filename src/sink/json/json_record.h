/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The records of src/assets/tcplife.schema.json as text: which one is due, and what it contains. */
#ifndef TCPLIFE_JSON_RECORD_H
#define TCPLIFE_JSON_RECORD_H

#include "lib/strbuf.h"
#include "options.h"
#include "sink/json/json_plan.h"
#include "sink/sink.h"

#define JSON_RECORD_VERSION "1.0" /* adding keys raises the minor number */

enum json_record_kind {
	JSON_RECORD_NONE,
	JSON_RECORD_CONNECTION,
	JSON_RECORD_TIME_WAIT,
	JSON_RECORD_OPEN, /* --open: a connection that is alive; only for outputs that ask json_record_listed() */
	JSON_RECORD_KINDS
};

/* Made with the first record of its kind. */
struct json_beginning {
	struct strbuf text;
	size_t time_at;
};

struct json_record {
	struct json_plan connection, time_wait;
	enum events_kept events;
	bool advises; /* the caller's to set: records have advice */
	struct json_event_texts *event_texts;
	struct json_beginning beginning[JSON_RECORD_KINDS];
	unsigned int evidence; /* which evidence_text is of */
	struct strbuf evidence_text;
	struct strbuf sentence;
};

/* events: which records have them. 0 or a negative errno, without a message. */
int json_record_init(struct json_record *r, enum events_kept events);
void json_record_free(struct json_record *r);
/* "tcplife.connection", "tcplife.time_wait", "tcplife.open"; NULL for none. */
const char *json_record_schema(enum json_record_kind kind);
/* Which record this change makes due: with --whole one at the very end, else one at the close and one after TIME_WAIT.
 */
enum json_record_kind json_record_due(const struct sink *s, enum conn_change change);
/* Is that of JSON_RECORD_OPEN due instead? */
bool json_record_listed(const struct sink *s, enum conn_change change);
/* Has c's record, or its trace, the events? */
bool json_record_has_events(const struct json_record *r, const struct conn *c);
/* Appends it to out as one object, without a newline; there is none inside either. */
void json_record_add(struct json_record *r, const struct sink *s, const struct conn *c, enum json_record_kind kind,
		     uint64_t now_ns, struct strbuf *out);

#endif
