// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Expressions: what they say when they are wrong, what they leave to the kernel, and bounds. What they match is
 * compared with jq by tests/where.py. */
#include <stdlib.h>

#include "core/query/query.h"
#include "test.h"

static struct conn sample(void)
{
	struct conn c = { .start_ns = 1000, .close_ns = 5000, .flags = CONN_COMPLETE };

	c.flow.end[CLIENT] = (struct endpoint) { .addr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 9 }, .port = 40000 };
	c.flow.end[SERVER] = (struct endpoint) { .addr = { [10] = 0xff, [11] = 0xff, 10, 0, 0, 5 }, .port = 443 };
	c.verdict.ending = ENDING_RESET;
	c.side[CLIENT].id = 1;
	c.side[CLIENT].actor[OPENER] = (struct actor) { .pid = 7, .certainty = ACTOR_CERTAIN, .comm = "curl" };
	return c;
}

/* 1, 0, or -1 if it is refused. */
static int matches(const char *expression)
{
	struct conn c = sample();
	struct query_error e;
	struct query *w;
	int result;

	if (query_compile(expression, &w, &e))
		return -1;
	result = query_matches(w, &c);
	query_free(&w);
	return result;
}

CASE(operators_bind_as_in_other_languages)
{
	CHECK(matches("ending == reset") == 1);
	CHECK(matches("ending == closed and port == 1 or port == 443") == 1);
	CHECK(matches("port == 443 or port == 1 and ending == closed") == 1);
	CHECK(matches("(port == 443 or port == 1) and ending == closed") == 0);
	CHECK(matches("not port == 1 and ending == reset") == 1);
	CHECK(matches("!(port == 1 || port == 2) && (ending == reset)") == 1);
	CHECK(matches("a == 1") == -1);
	CHECK(matches("PORT == 443") == -1);
	CHECK(matches("port == 443 AND ending == reset") == 1);
}

CASE(what_is_not_there_fits_nothing)
{
	CHECK(matches("container == x") == 0);
	CHECK(matches("container != x") == 0);
	CHECK(matches("not container == x") == 1);
	CHECK(matches("container !~ x") == 0);
	CHECK(matches("container not in {x}") == 0);
	CHECK(matches("container") == 0);
	CHECK(matches("not container") == 1);
	CHECK(matches("port < 0") == 0);
	CHECK(matches("port > 18446744073709551615") == 0);
}

CASE(words_and_quotes)
{
	CHECK(matches("process == curl") == 1);
	CHECK(matches("process == \"curl\"") == 1);
	CHECK(matches("process == 'curl'") == 1);
	CHECK(matches("process in {in, curl, and}") == 1);
	CHECK(matches("process == in") == 0);
	CHECK(matches("process == \"a\\\"b\"") == 0);
	CHECK(matches("process == \"curl") == -1);
	CHECK(matches("\"process\" == curl") == -1);
}

static void check_error(const char *expression, size_t column, const char *text)
{
	struct query_error e;
	struct query *w = NULL;

	if (!query_compile(expression, &w, &e)) {
		TEST_FAIL("'%s' is not refused", expression);
		query_free(&w);
		return;
	}
	if (e.column != column || !strstr(e.text, text))
		TEST_FAIL("'%s': column %zu: %s", expression, e.column, e.text);
}

CASE(errors_have_their_place)
{
	check_error("", 1, "the name of a field is missing");
	check_error("handshke > 1ms", 1, "near to it: handshake");
	check_error("port == 80 and endin == reset", 16, "ending");
	check_error("ending == rest", 11, "did you mean reset?");
	check_error("port ~ 4", 6, "a number");
	check_error("server > 10.0.0.1", 8, "prefixes");
	check_error("server == nginx", 11, "neither an address nor a prefix");
	check_error("handshake > 100", 13, "needs its unit");
	check_error("handshake > 10kB", 13, "a duration");
	check_error("bytes > 10ms", 9, "a number of bytes");
	check_error("port == 99999999999999999999", 9, "too large");
	check_error("duration > 9999999999999d", 12, "too large");
	check_error("port == 9-8", 9, "backwards");
	check_error("port > 8-9", 8, "a range is for");
	check_error("complete == maybe", 13, "neither true nor false");
	check_error("start > yesterday", 9, "it takes a time");
	check_error("start > 2026-13-01", 9, "it takes a time");
	check_error("start > 2026-02-29", 9, "it takes a time");
	check_error("start > 2026-04-31T03:00", 9, "it takes a time");
	check_error("(port == 80", 12, ")");
	check_error("port == 80)", 11, "or the end");
	check_error("port in 80", 9, "{");
	check_error("port in {80, }", 14, "a value");
	check_error("port == \x01", 9, "\\x01");
	/* Columns are of characters; the place inside a regular expression is shown, too. */
	check_error("process == \"\xc3\xa4\xc3\xb6\" and x", 21, "no field 'x'");
	check_error("process ~ \"ab[\"", 15, "a ] is missing");
}

CASE(length_and_depth_are_bounded)
{
	static char text[100002];
	struct query_error e;
	struct query *w;

	memset(text, '(', sizeof(text) - 1);
	CHECK(query_compile(text, &w, &e) && strstr(e.text, "longer than"));
	text[QUERY_LENGTH_MAX] = '\0';
	CHECK(query_compile(text, &w, &e) && strstr(e.text, "in each other"));
	for (size_t i = 0; i < QUERY_LENGTH_MAX; i += 4)
		memcpy(text + i, "not ", 4);
	CHECK(query_compile(text, &w, &e) && strstr(e.text, "in each other"));
	memcpy(text, "port==1", 8);
	for (size_t len = 7; len + 12 < QUERY_LENGTH_MAX; len += 11)
		memcpy(text + len, " or port==1", 12);
	CHECK(!query_compile(text, &w, &e));
	query_free(&w);
}

struct narrowed {
	struct filter_config f;
	struct port_filter *ports;
};

static struct narrowed narrow(const char *expression)
{
	struct narrowed n = { 0 };
	struct query_error e;
	struct query *w;

	if (query_compile(expression, &w, &e)) {
		TEST_FAIL("%s: %s", expression, e.text);
		return n;
	}
	CHECK(query_narrow(w, &n.f, &n.ports) == 0);
	query_free(&w);
	return n;
}

CASE(the_kernel_gets_what_it_can_decide)
{
	struct narrowed n = narrow("server.port in {443, 8000-8001} and ending == reset and client == 10.0.0.0/8");

	CHECK(n.f.port_kinds == PORT_WHERE);
	CHECK(n.ports->port[443] && n.ports->port[8001] && !n.ports->port[8002] && !n.ports->port[80]);
	CHECK(n.f.cidr_count == 1 && n.f.cidr[0].prefix_len == 104);
	free(n.ports);
	n = narrow("port < 1024 and (port == 80 and client.process.opener.pid == 7)");
	CHECK(n.ports->port[80] && !n.ports->port[81] && n.f.pid == 7);
	free(n.ports);
	n = narrow("network.type == ipv6");
	CHECK(n.f.family == 6 && !n.ports);
}

CASE(and_nothing_else)
{
	static const char *const undecided[] = {
		"port == 80 or ending == reset",
		"not port == 80",
		"port != 80",
		"server.nat.port == 80",
		"pid == 7",
		"not (port == 80 and host == 10.0.0.1)",
		"process == nginx",
		"host != 10.0.0.0/8",
		"(port == 80 or port == 443)",
		"netns == 4026531840",
		"tcp.icmp.from == ::1",
	};

	for (size_t i = 0; i < sizeof(undecided) / sizeof(undecided[0]); i++) {
		static const struct filter_config nothing;
		struct narrowed n = narrow(undecided[i]);

		if (memcmp(&n.f, &nothing, sizeof(nothing)) || n.ports)
			TEST_FAIL("%s is narrowed", undecided[i]);
		free(n.ports);
	}
}

CASE(what_waits_for_the_end_of_time_wait)
{
	struct query_error e;
	struct query *w;

	CHECK(!query_compile("time_wait > 60s", &w, &e) && query_needs_whole(w));
	query_free(&w);
	CHECK(!query_compile("not time_wait", &w, &e) && !query_needs_whole(w));
	query_free(&w);
}

/* Every short name stands for fields that are there. */
CASE(short_names)
{
	for (size_t i = 0; query_name_at(i); i++) {
		struct query_error e;
		struct query *w;

		if (query_compile(query_name_at(i)->name, &w, &e))
			TEST_FAIL("%s", query_name_at(i)->name);
		else
			query_free(&w);
	}
}
