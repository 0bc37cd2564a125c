/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the page asks beside the stream: which connections fit an expression, them as files, and what their steps mean.
 */
#ifndef TCPLIFE_WEB_ASK_H
#define TCPLIFE_WEB_ASK_H

#include "lib/http.h"
#include "sink/json/json_record.h"
#include "sink/keep/kept_conn.h"
#include "sink/web/web_figures.h"
#include "sink/web/web_store.h"

#define WEB_EXPORT_MAX 64 /* connections in one answer */

struct web_ask {
	const struct sink *sink;
	const struct web_store *store;
	const struct web_figures *figures;
	struct json_record *record;
	struct whole_conn whole; /* of the answer that is being made */
};

/* "0123...": 32 hexadecimal digits. */
bool web_parse_id(const char *text, size_t len, uint64_t id[2]);
/* The whole connection, kept or open, in a->whole; to be freed by whole_conn_free(). */
bool web_ask_find(struct web_ask *a, const uint64_t id[2]);

/* ctx is a struct web_ask. */
/* /api/match?where=EXPRESSION&since=N: the ids of those kept from number N on that fit, the next N, and the rows of
 * open ones that fit. */
void web_ask_match(void *ctx, const struct http_request *r, struct http_reply *out);
/* /api/export?format=json|pcapng&ids=ID,ID,...: at most WEB_EXPORT_MAX; what is not kept any more is left out. */
void web_ask_export(void *ctx, const struct http_request *r, struct http_reply *out);
/* /api/explain?id=ID: the texts of --explain, each with its time and side. */
void web_ask_explain(void *ctx, const struct http_request *r, struct http_reply *out);

#endif
