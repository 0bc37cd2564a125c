/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What an OTLP receiver says about a batch. */
#ifndef TCPLIFE_OTLP_ANSWER_H
#define TCPLIFE_OTLP_ANSWER_H

#include "sink/export/http_post.h"

/* A 2xx answer may have rejected some: "rejectedSpans":"12" or "rejectedLogRecords":12. Pure. */
struct http_post_verdict otlp_answer(long status, const char *answer, size_t records);

#endif
