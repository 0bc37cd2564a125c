/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Batches as POST requests: an exporter whose receiver speaks HTTP. */
#ifndef TCPLIFE_HTTP_POST_H
#define TCPLIFE_HTTP_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "sink/export/exporter.h"
#include "sink/export/otlp_pairs.h"

struct http_post;

/* What an answer means. */
struct http_post_verdict {
	int err;	/* as in struct exporter_result: 0, -EAGAIN, or another: all is given up */
	size_t refused; /* without err: of the batch's records, those that were rejected */
};

/* What is sent where. All that it points to must outlive the http_post. */
struct http_post_form {
	const char *url;
	const char *name; /* for messages; NULL = the URL. What stands before an @ in it is left out */
	const char *content_type;
	/* A body is before + the batch's lines, joined by `between`, + after. */
	const char *before, *after;
	char between;
	bool gzip;
	unsigned int timeout_ms; /* of a request */
	unsigned int linger_ms;	 /* how long a batch may wait to become fuller */
	const struct otlp_pairs *headers;
	const char *ca, *cert, *key; /* files; NULL = libcurl's own */
	/* answer: as much as was kept of it. Pure; in the exporter's thread. */
	struct http_post_verdict (*judge)(long status, const char *answer, size_t records);
};

/* 0, or a negative errno after a message. */
int http_post_new(struct http_post **out, const struct http_post_form *form, const struct options *o);
struct exporter *http_post_exporter(struct http_post *p);
void http_post_close(struct http_post **p);
/* One request, now, before the first batch: body as it is. 0, or a negative errno after a message. */
int http_post_once(struct http_post *p, const char *url, const char *body, size_t len);

#endif
