// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What receivers answer, and what is made of it. */
#include <errno.h>
#include <stdlib.h>

#include "sink/export/clickhouse_answer.h"
#include "sink/export/otlp_answer.h"
#include "test.h"

CASE(otlp_rejects_some)
{
	CHECK_EQ_INT(otlp_answer(200, "{}", 10).refused, 0);
	CHECK_EQ_INT(otlp_answer(200, "{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}", 10).refused, 3);
	CHECK_EQ_INT(otlp_answer(200, "{\"partialSuccess\":{\"rejectedLogRecords\": 30}}", 10).refused, 10);
	CHECK_EQ_INT(otlp_answer(400, "", 10).err, -EBADMSG);
	CHECK_EQ_INT(otlp_answer(503, "", 10).err, -EAGAIN);
}

CASE(clickhouse_takes_all_or_nothing)
{
	CHECK_EQ_INT(clickhouse_answer(200, "", 10).err, 0);
	CHECK_EQ_INT(clickhouse_answer(404, "Code: 60, e.displayText() = DB::Exception", 10).err, -EBADMSG);
	CHECK_EQ_INT(clickhouse_answer(500, "Code: 252. DB::Exception: Too many parts", 10).err, -EAGAIN);
	CHECK_EQ_INT(clickhouse_answer(200, "Code: 241. DB::Exception: Memory limit", 10).err, -EAGAIN);
	CHECK_EQ_INT(clickhouse_answer(503, "busy", 10).err, -EAGAIN);
	CHECK_EQ_INT(clickhouse_answer(302, "", 10).err, -EBADMSG);
}

/* The URL, or the error as text. */
static const char *url(const char *text, const char *query, const char *setting)
{
	static char out[256];
	struct strbuf b = { 0 };
	int err = clickhouse_url(text, query, setting, &b);

	snprintf(out, sizeof(out), "%s", strbuf_text(&b));
	if (err)
		snprintf(out, sizeof(out), "%d", err);
	strbuf_free(&b);
	return out;
}

CASE(clickhouse_urls)
{
	CHECK_EQ_STR(url("http://h:8123", NULL, NULL), "http://h:8123/");
	CHECK_EQ_STR(url("http://h:8123/", "A B", NULL), "http://h:8123/?query=A%20B");
	CHECK_EQ_STR(url("https://h/db", NULL, "s=1"), "https://h/?database=db&s=1");
	CHECK_EQ_STR(url("http://h/db?async_insert=1", "Q", "s=1"), "http://h/?database=db&query=Q&s=1&async_insert=1");
	CHECK_EQ_STR(url("http://h?x=1", "Q", NULL), "http://h/?query=Q&x=1");
	CHECK_EQ_STR(url("http://h/?", NULL, NULL), "http://h/");
	CHECK_EQ_STR(url("http://h/db/t", NULL, NULL), "-22");
	CHECK_EQ_STR(url("http://h/db#x", NULL, NULL), "-22");
	CHECK_EQ_STR(url("http:///db", NULL, NULL), "-22");
	CHECK_EQ_STR(url("http://?x", NULL, NULL), "-22");
	CHECK_EQ_STR(url("ftp://h", NULL, NULL), "-22");
	CHECK_EQ_STR(url("http://h/ d", NULL, NULL), "-22");
}
