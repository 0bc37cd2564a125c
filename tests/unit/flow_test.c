// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>

#include "core/flow.h"
#include "test.h"

static struct endpoint parsed(const char *text)
{
	struct endpoint e;

	memset(&e, 0xaa, sizeof(e));
	CHECK_EQ_INT(endpoint_parse(text, &e), 0);
	return e;
}

CASE(parse_and_print_round_trip)
{
	static const char *const texts[] = { "10.0.0.1:80", "255.255.255.255:65535", "0.0.0.0:0",
					     "[::1]:443",   "[2001:db8::1]:8080",    "[fe80::1:2:3:4]:1" };
	char buf[ENDPOINT_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct endpoint e = parsed(texts[i]);

		CHECK_EQ_STR(endpoint_text(&e, buf), texts[i]);
	}
}

CASE(longest_text_fits)
{
	char buf[ENDPOINT_TEXT_SIZE];
	struct endpoint e = parsed("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");

	CHECK_EQ_STR(endpoint_text(&e, buf), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

CASE(v4_mapped_is_ipv4)
{
	struct endpoint a = parsed("10.1.2.3:80"), b = parsed("[::ffff:10.1.2.3]:80");
	char buf[ENDPOINT_TEXT_SIZE];

	CHECK(endpoint_equal(&a, &b));
	CHECK(endpoint_is_ipv4(&b));
	CHECK_EQ_STR(endpoint_address(&b, buf), "10.1.2.3");
}

CASE(rejects)
{
	static const char *const bad[] = { "",
					   "10.0.0.1",
					   "10.0.0.1:",
					   "10.0.0.1:65536",
					   "10.0.0.1:-1",
					   "10.0.0.1:8x",
					   "10.0.0:80",
					   "::1:80",
					   "[::1]",
					   "[::1:80",
					   "::1]:80",
					   "[]:80",
					   "[10.0.0.1]:80",
					   "host:80",
					   "10.0.0.1:000080",
					   "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1" };
	struct endpoint e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (endpoint_parse(bad[i], &e) != -EINVAL)
			TEST_FAIL("\"%s\" was taken", bad[i]);
}

CASE(loopback)
{
	struct endpoint e = parsed("127.8.9.1:1"), six = parsed("[::1]:1"), other = parsed("[::2]:1"),
			v4 = parsed("1.27.0.0:1");

	CHECK(endpoint_is_loopback(&e));
	CHECK(endpoint_is_loopback(&six));
	CHECK(!endpoint_is_loopback(&other));
	CHECK(!endpoint_is_loopback(&v4));
}

CASE(hash_is_the_same_both_ways_and_spreads)
{
	struct endpoint server = parsed("10.0.0.1:80"), client = parsed("10.0.0.2:1000");
	unsigned int used[64] = { 0 };

	CHECK(flow_hash(&server, &client) == flow_hash(&client, &server));
	for (unsigned int port = 1; port <= 6400; port++) {
		client.port = port;
		used[flow_hash(&server, &client) & 63]++;
	}
	for (int i = 0; i < 64; i++)
		CHECK(used[i] > 50 && used[i] < 200);
}

CASE(a_self_connection_hashes_like_no_other)
{
	struct endpoint a = parsed("127.0.0.1:5000"), b = parsed("127.0.0.1:6000");

	CHECK(flow_hash(&a, &a) != flow_hash(&b, &b));
}
