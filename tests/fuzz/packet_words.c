// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* tcpdump's words: what comes out is an expression, or there is a reason. */
#include "fuzz.h"

#include "core/query/packet_words.h"
#include "core/query/query.h"

static bool host(const char *name, struct strbuf *out)
{
	strbuf_puts(out, "10.0.0.7, ::7");
	return name[0] != 'x';
}

static bool service(const char *name, struct strbuf *out)
{
	strbuf_puts(out, "443");
	return name[0] != 'x';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct packet_names names = { .host = host, .service = service };
	char *text = memchr(data, '\0', size) ? NULL : strndup((const char *)data, size);
	char why[256] = "";
	struct strbuf s = { 0 };
	struct query_error e;
	struct query *q;

	if (!text)
		return 0;
	if (packet_words_parse(text, &names, &s, why, sizeof(why))) {
		if (!why[0])
			abort();
	} else if (!query_compile(strbuf_text(&s), &q, &e)) {
		query_free(&q);
	} else if (!strstr(e.text, "too large") && !strstr(e.text, "backwards") && !strstr(e.text, "longer than") &&
		   !strstr(e.text, "in each other") && !strstr(e.text, "number without a unit")) {
		abort();
	}
	strbuf_free(&s);
	free(text);
	return 0;
}
