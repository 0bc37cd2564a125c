// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What clients write in requests, taken apart. */
#include <errno.h>
#include <string.h>

#include "lib/http_accept.h"
#include "lib/http_target.h"

#include "test.h"

CASE(weights)
{
	static const struct {
		const char *header;
		unsigned int weight;
	} cases[] = {
		{ "gzip", 1000 },
		{ "GZIP", 1000 },
		{ "br, gzip", 1000 },
		{ " gzip ,br", 1000 },
		{ "gzip;q=0.5", 500 },
		{ "gzip ; Q=0.125", 125 },
		{ "gzip;level=9;q=0.2", 200 },
		{ "gzip;q=1.000", 1000 },
		{ "br;q=0.1,gzip", 1000 },
		{ "gzip;q=0, gzip;q=0.3", 300 },
		{ "gzip;q=0", 0 },
		{ "gzip;q=0.", 0 },
		{ "gzip;q=0.000", 0 },
		{ "gzip;q=0.0000", 0 },
		{ "gzip;Q=0", 0 },
		{ "gzip; q=0 , br", 0 },
		{ "gzip;q=", 0 },
		{ "gzip;q=x", 0 },
		{ "gzip;q=-1", 0 },
		{ "gzip;q=2", 0 },
		{ "gzip;q=0.5e9", 0 },
		{ "gzip;xq=0", 1000 },
		{ "gzip;", 1000 },
		{ "gzipped", 0 },
		{ "x-gzip", 0 },
		{ "br;a=gzip", 0 },
		{ "*", 0 },
		{ "", 0 },
		{ ",,;,", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int weight = http_weight(cases[i].header, "gzip");

		if (weight != cases[i].weight)
			TEST_FAIL("'%s' weighs %u, not %u", cases[i].header, weight, cases[i].weight);
	}
	CHECK_EQ_INT(http_weight(NULL, "gzip"), 0);
	CHECK_EQ_INT(http_weight("a/b;v=1;q=0.6,a/b;v=0;q=0.4,*/*;q=0.1", "a/b"), 600);
}

static void leads_to(const char *text, const char *path, const char *authority)
{
	struct http_target t;

	CHECK_EQ_INT(http_target_parse(text, &t), 0);
	CHECK_EQ_STR(t.path, path);
	CHECK_EQ_STR(t.authority, authority);
}

CASE(targets)
{
	char text[HTTP_AUTHORITY_SIZE + 16] = "http://";
	struct http_target t;

	leads_to("/", "/", "");
	leads_to("/http://x/", "/http://x/", "");
	leads_to("*", "*", "");
	leads_to("", "", "");
	leads_to("http:/", "http:/", "");
	leads_to("https://a/b", "https://a/b", "");
	leads_to("http://localhost", "/", "localhost");
	leads_to("HTTP://[::1]:80/metrics", "/metrics", "[::1]:80");
	leads_to("http://a@b//c", "//c", "a@b");
	CHECK_EQ_INT(http_target_parse("http://", &t), -EINVAL);
	CHECK_EQ_INT(http_target_parse("http:///x", &t), -EINVAL);
	memset(text + 7, 'a', HTTP_AUTHORITY_SIZE);
	CHECK_EQ_INT(http_target_parse(text, &t), -EINVAL);
	text[7 + HTTP_AUTHORITY_SIZE - 1] = '/';
	CHECK_EQ_INT(http_target_parse(text, &t), 0);
	CHECK_EQ_STR(t.path, text + 7 + HTTP_AUTHORITY_SIZE - 1);
}

CASE(values_of_a_query)
{
	static const struct {
		const char *text, *value; /* NULL = refused */
	} values[] = {
		{ "", "" },
		{ "ending%20%3D%3D%20reset", "ending == reset" },
		{ "a+b%2Bc", "a b+c" },
		{ "%c3%A9", "\xc3\xa9" },
		{ "%", NULL },
		{ "%4", NULL },
		{ "%4g", NULL },
		{ "%00", NULL },
		{ "a%zz", NULL },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct strbuf out = { 0 };

		CHECK_EQ_INT(http_target_unescape(values[i].text, &out), values[i].value ? 0 : -EINVAL);
		if (values[i].value)
			CHECK_EQ_STR(strbuf_text(&out), values[i].value);
		strbuf_free(&out);
	}
}
