/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A connection's moments as the array "events" of its record. */
#ifndef TCPLIFE_JSON_EVENT_H
#define TCPLIFE_JSON_EVENT_H

#include <stdbool.h>

#include "core/conn.h"
#include "lib/json.h"

/* What is known of a moment. A word of "" and a number that it does not have are not known, or do not apply. */
struct event_facts {
	const char *old_state, *new_state, *reason;
	const char *dropped; /* EVENT_RETRANSMIT: why this host had dropped what is sent again */
	bool has_seq, has_ack, has_bytes;
	char flags[TCP_FLAG_LETTERS_SIZE]; /* "" also where a segment has none */
};

/* A moment as the record shows it; kind may differ from m->kind, and one moment may appear twice or not at all. */
typedef void (*json_event_fn)(void *ctx, const struct moment *m, enum event_kind kind, const struct event_facts *f);

/* Those that are no older than since_ns, for who writes them otherwise. */
void json_event_each(const struct conn *c, uint64_t since_ns, json_event_fn fn, void *ctx);

/* Texts of events, made once for each kind of moment. NULL without memory. */
struct json_event_texts;
struct json_event_texts *json_event_texts_new(void);
void json_event_texts_free(struct json_event_texts **x);
/* The same events as an array. */
void json_events(struct json *j, struct json_event_texts *x, const struct conn *c, uint64_t since_ns);

#endif
