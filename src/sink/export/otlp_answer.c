// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/export/otlp_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http_url.h"

static uint64_t number_after(const char *answer, const char *key)
{
	const char *p = strstr(answer, key);

	if (!p)
		return 0;
	p += strlen(key);
	p += strspn(p, " \t\r\n:\"");
	return *p >= '0' && *p <= '9' ? strtoull(p, NULL, 10) : 0;
}

struct http_post_verdict otlp_answer(long status, const char *answer, size_t records)
{
	uint64_t refused;

	if (status < 200 || status >= 300)
		return (struct http_post_verdict) { .err = http_status_may_pass(status) ? -EAGAIN : -EBADMSG };
	refused = number_after(answer, "\"rejectedSpans\"") ?: number_after(answer, "\"rejectedLogRecords\"");
	return (struct http_post_verdict) { .refused = refused < records ? refused : records };
}
