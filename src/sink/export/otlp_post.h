/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Batches as POST requests: an exporter whose receiver is an OTLP/HTTP endpoint. */
#ifndef TCPLIFE_OTLP_POST_H
#define TCPLIFE_OTLP_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "sink/export/exporter.h"
#include "sink/export/otlp_config.h"

struct otlp_post;

/* A body is before + the batch's lines, joined by commas, + after. */
struct otlp_post_form {
	const char *before, *after;
};

/* e remains the caller's, and must outlive this. 0, or a negative errno after a message. */
int otlp_post_new(struct otlp_post **out, const struct otlp_endpoint *e, const struct otlp_post_form *form,
		  const struct options *o);
struct exporter *otlp_post_exporter(struct otlp_post *p);
void otlp_post_close(struct otlp_post **p);

/* "rejectedSpans":"12" or "rejectedLogRecords":12 of an answer with partialSuccess; 0 if there is none. Pure. */
uint64_t otlp_rejected(const char *answer);

#endif
