// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/query/packet_words.h"

#include "core/query/query.h"
#include "test.h"

static bool host(const char *name, struct strbuf *out)
{
	strbuf_puts(out, "10.0.0.7, ::7");
	return !strcmp(name, "seven");
}

static bool service(const char *name, struct strbuf *out)
{
	strbuf_puts(out, "443");
	return !strcmp(name, "https");
}

static const struct packet_names NAMES = { .host = host, .service = service };

/* The expression is one that compiles, too. */
static void becomes(const char *words, const char *expression)
{
	struct strbuf s = { 0 };
	struct query_error e;
	struct query *q;
	char why[256];

	if (packet_words_parse(words, &NAMES, &s, why, sizeof(why)))
		TEST_FAIL("'%s': %s", words, why);
	else if (query_compile(strbuf_text(&s), &q, &e))
		TEST_FAIL("'%s': %s", strbuf_text(&s), e.text);
	else
		query_free(&q);
	CHECK_EQ_STR(strbuf_text(&s), expression);
	strbuf_free(&s);
}

static void refuses(const char *words, const char *text)
{
	struct strbuf s = { 0 };
	char why[256] = "nothing";

	if (!packet_words_parse(words, &NAMES, &s, why, sizeof(why)) || !strstr(why, text))
		TEST_FAIL("'%s': %s", words, why);
	strbuf_free(&s);
}

CASE(what_concerns_connections)
{
	becomes("port 443", "port == 443");
	becomes("tcp port 443", "(port == 443)");
	becomes("port https", "port == 443");
	becomes("host 10.0.0.5 and port 80", "host == 10.0.0.5 and port == 80");
	becomes("host seven", "host in {10.0.0.7, ::7}");
	becomes("net 10.0.0.0/8", "host == 10.0.0.0/8");
	becomes("net 192.168", "host == 192.168.0.0/16");
	becomes("portrange 8000-8099", "port == 8000-8099");
	becomes("ip6 and not port 22", "(network.type == ipv6) and not port == 22");
	becomes("port 80 or 443", "port == 80 or port == 443");
	becomes("host seven or ::1", "host in {10.0.0.7, ::7} or host == ::1");
	becomes("!(port 80||port 443)", "not (port == 80 or port == 443)");
	becomes("ip host 10.0.0.5", "(network.type == ipv4 and host == 10.0.0.5)");
}

/* As pcap-filter(7) has it, unlike in an expression. */
CASE(and_binds_as_or_does)
{
	becomes("port 1 or port 2 and port 3", "(port == 1 or port == 2) and port == 3");
	becomes("port 1 and port 2 or port 3 and port 4", "((port == 1 and port == 2) or port == 3) and port == 4");
}

CASE(what_concerns_packets)
{
	refuses("src host 10.0.0.5", "client == 10.0.0.5");
	refuses("tcp dst port 80", "server.port == 443");
	refuses("udp", "only TCP");
	refuses("port 80 and less 100", "bytes < 1000");
	refuses("tcp[13] & 4 != 0", "ending == reset");
	refuses("host 10.0.0.5 and", "missing at the end");
	refuses("port 80)", "a ( is missing");
	refuses("(port 80", "a ) is missing");
	refuses("port none", "no service");
	refuses("host none", "no host");
	refuses("net 10.0.0.0/33", "no network");
	refuses("portrange 80", "no range");
	refuses("", "missing");
}

CASE(bounds)
{
	static char text[PACKET_WORDS_MAX + 10];

	memset(text, '(', sizeof(text) - 1);
	refuses(text, "bytes of words");
	text[1000] = '\0';
	refuses(text, "in each other");
	memset(text, 'a', 1000);
	refuses(text, "no word");
	memcpy(text, "port 1", 6);
	for (size_t len = 6; len + 12 < PACKET_WORDS_MAX; len += 10)
		memcpy(text + len, " or port 1", 11);
	CHECK(strlen(text) > 1000);
}
