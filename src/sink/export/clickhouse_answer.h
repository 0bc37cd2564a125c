/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What ClickHouse says about an INSERT over HTTP, and the URLs at which it takes one. Pure. */
#ifndef TCPLIFE_CLICKHOUSE_ANSWER_H
#define TCPLIFE_CLICKHOUSE_ANSWER_H

#include "lib/strbuf.h"
#include "sink/export/http_post.h"

/* An error has its number in the text ("Code: 252, ..."); of many, the same INSERT may be taken later. */
struct http_post_verdict clickhouse_answer(long status, const char *answer, size_t records);
/*
 * "http://host:8123/db?async_insert=1" -> the same without /db, with the parameters database=db, query= and setting
 * where these are not NULL; its own parameters come last, so that they count. 0; -EINVAL: not such a URL, or a database
 * whose name has other characters than letters, digits and _; -ENOMEM.
 */
int clickhouse_url(const char *url, const char *query, const char *setting, struct strbuf *out);

#endif
