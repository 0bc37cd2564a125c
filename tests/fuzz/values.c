// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Values of options: numbers, sizes, ages, ports, prefixes, endpoints, URLs; what receivers answer. */
#include "fuzz.h"

#include "core/flow.h"
#include "lib/hostport.h"
#include "option_values.h"
#include "sink/export/clickhouse_answer.h"
#include "sink/export/otlp_answer.h"

#define MAX_SIZE 256

static void check_endpoint(const char *text)
{
	char back[ENDPOINT_TEXT_SIZE];
	struct endpoint e, again;

	if (endpoint_parse(text, &e))
		return;
	/* What was read is written so that it reads the same. */
	if (endpoint_parse(endpoint_text(&e, back), &again) || memcmp(&e, &again, sizeof(e)))
		abort();
}

static void check_receivers(const char *text)
{
	struct http_post_verdict v = otlp_answer(200, text, 10);
	struct strbuf url = { 0 };

	if (v.refused > 10 || clickhouse_answer(200, text, 10).refused)
		abort();
	/* What is not refused has no space, which would end the request line. */
	if (!clickhouse_url(text, "INSERT INTO x", "s=1", &url) && strpbrk(strbuf_text(&url), " \t\r\n"))
		abort();
	strbuf_free(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct port_filter ports;
	struct hostport address = { .port = 1 };
	char *text = size <= MAX_SIZE ? strndup((const char *)data, size) : NULL;
	struct cidr cidr;
	uint64_t n;

	if (!text)
		return 0;
	if (!value_uint(text, 5, 1000, &n) && (n < 5 || n > 1000))
		abort();
	if (!value_size(text, 4096, 1 << 30, &n) && (n < 4096 || n > 1 << 30))
		abort();
	if (!value_age(text, 1, 4000000, &n) && (n < 1 || n > 4000000))
		abort();
	value_moment(text, 1795773600000000000ULL, &n);
	value_ports(text, PORT_EITHER, &ports);
	if (ports.port[0])
		abort();
	value_cidr(text, &cidr);
	hostport_parse(text, &address);
	check_endpoint(text);
	check_receivers(text);
	free(text);
	return 0;
}
