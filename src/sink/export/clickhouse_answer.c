// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/export/clickhouse_answer.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http_url.h"

/* ---- answers */

/* ClickHouse's src/Common/ErrorCodes.cpp. */
static bool may_pass(unsigned long code)
{
	static const unsigned short codes[] = {
		159, /* TIMEOUT_EXCEEDED */
		202, /* TOO_MANY_SIMULTANEOUS_QUERIES */
		209, /* SOCKET_TIMEOUT */
		210, /* NETWORK_ERROR */
		241, /* MEMORY_LIMIT_EXCEEDED */
		242, /* TABLE_IS_READ_ONLY: it has lost its keeper */
		243, /* NOT_ENOUGH_SPACE */
		252, /* TOO_MANY_PARTS */
		285, /* TOO_FEW_LIVE_REPLICAS */
		319, /* UNKNOWN_STATUS_OF_INSERT */
		425, /* SYSTEM_ERROR */
		999, /* KEEPER_EXCEPTION */
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}

struct http_post_verdict clickhouse_answer(long status, const char *answer, size_t records)
{
	static const char word[] = "Code: ";
	const char *code = strstr(answer, word);
	bool again;

	/* An error after the headers were sent stands in the text of a 200. */
	if (status >= 200 && status < 300 && !code)
		return (struct http_post_verdict) { 0 };
	again = code ? may_pass(strtoul(code + strlen(word), NULL, 10)) : http_status_may_pass(status);
	return (struct http_post_verdict) { .err = again ? -EAGAIN : -EBADMSG };
}

/* ---- URLs */

static void add_escaped(struct strbuf *out, const char *text)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || *text == '_')
			strbuf_putc(out, *text);
		else
			strbuf_printf(out, "%%%02X", (unsigned char)*text);
}

static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return true;
}

/* "?" or "&" before a parameter. */
static void begin_parameter(struct strbuf *out, bool *more)
{
	strbuf_putc(out, *more ? '&' : '?');
	*more = true;
}

int clickhouse_url(const char *url, const char *query, const char *setting, struct strbuf *out)
{
	const char *host = http_url_is_valid(url) ? strstr(url, "//") + 2 : NULL, *path, *own;
	size_t name;
	bool more = false;

	if (!host || strchr(host, '#'))
		return -EINVAL;
	path = host + strcspn(host, "/?");
	own = path + strcspn(path, "?");
	name = *path == '/' ? (size_t)(own - path) - 1 : 0;
	if (!is_name(path + 1, name))
		return -EINVAL;
	strbuf_add(out, url, path - url);
	strbuf_putc(out, '/');
	if (name) {
		begin_parameter(out, &more);
		strbuf_puts(out, "database=");
		strbuf_add(out, path + 1, name);
	}
	if (query) {
		begin_parameter(out, &more);
		strbuf_puts(out, "query=");
		add_escaped(out, query);
	}
	if (setting) {
		begin_parameter(out, &more);
		strbuf_puts(out, setting);
	}
	if (own[0] && own[1]) {
		begin_parameter(out, &more);
		strbuf_puts(out, own + 1);
	}
	return out->failed ? -ENOMEM : 0;
}
