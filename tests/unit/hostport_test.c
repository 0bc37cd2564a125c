// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/hostport.h"

#include <errno.h>

#include "test.h"

static void accepts(const char *text, const char *host, unsigned int port)
{
	struct hostport h = { .host = "default", .port = 1234 };

	CHECK_EQ_INT(hostport_parse(text, &h), 0);
	CHECK_EQ_STR(h.host, host);
	CHECK_EQ_INT(h.port, port);
}

static void refuses(const char *text)
{
	struct hostport h = { .host = "default", .port = 1234 };

	if (hostport_parse(text, &h) != -EINVAL)
		TEST_FAIL("'%s' is accepted", text);
	CHECK_EQ_STR(h.host, "default");
	CHECK_EQ_INT(h.port, 1234);
}

CASE(what_is_left_out_stays)
{
	accepts("10.0.0.1:9000", "10.0.0.1", 9000);
	accepts("9000", "default", 9000);
	accepts(":80", "default", 80);
	accepts("10.0.0.1", "10.0.0.1", 1234);
	accepts("localhost", "localhost", 1234);
	accepts("db-1.example.org:1", "db-1.example.org", 1);
	accepts("[::1]:65535", "::1", 65535);
	accepts("[::1]", "::1", 1234);
	accepts("::1", "::1", 1234);
	accepts("[fe80::1%eth0]:80", "fe80::1%eth0", 80);
}

CASE(what_is_none)
{
	static const char *const texts[] = {
		"",    ":",	 "host:", "host:0",  "host:65536", "host:99999999999999999999",
		"a b", "a:8x",	 "[::1",  "[]:80",   "[::1]80",	   "a@b:80",
		"a/b", "\x1b:1", "-1:-1", "host:+80"
	};
	char too_long[HOSTPORT_HOST_SIZE + 1];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuses(texts[i]);
	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	refuses(too_long);
	too_long[HOSTPORT_HOST_SIZE - 1] = '\0';
	accepts(too_long, too_long, 1234);
}
