// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "sink/export/otlp_pairs.h"
#include "test.h"

/* "k=v;k=v" of what was parsed, or the error as text. */
static const char *parsed(const char *text)
{
	static char out[256];
	struct otlp_pairs p = { 0 };
	int err = otlp_pairs_parse(text, &p), len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p.count && !err; i++)
		len += snprintf(out + len, sizeof(out) - len, "%s%s=%s", i ? ";" : "", p.list[i].key, p.list[i].value);
	if (err)
		snprintf(out, sizeof(out), "%d", err);
	otlp_pairs_free(&p);
	CHECK(!p.list && !p.count);
	return out;
}

CASE(pairs_are_read_as_baggage)
{
	CHECK_EQ_STR(parsed(""), "");
	CHECK_EQ_STR(parsed("a=1"), "a=1");
	CHECK_EQ_STR(parsed(" a = 1 , b=2,"), "a=1;b=2");
	CHECK_EQ_STR(parsed("a=1,,b=2"), "a=1;b=2");
	CHECK_EQ_STR(parsed("a="), "a=");
	CHECK_EQ_STR(parsed("a=b=c"), "a=b=c");
	CHECK_EQ_STR(parsed("a=x%20y%2Cz%3d"), "a=x y,z=");
	CHECK_EQ_STR(parsed("service.name=caf%C3%A9"), "service.name=caf\xc3\xa9");
}

CASE(what_is_no_pair_is_refused)
{
	static const char *const bad[] = { "a",	    "=1",	    "a=1,b", "a=%",   "a=%4",  "a=%4g",
					   "a=%00", "a=%0d%0aX: y", "a b=1", "a:b=1", "a=\x7f" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ_STR(parsed(bad[i]), "-22");
}

CASE(of_one_key_the_last_counts)
{
	struct otlp_pairs p = { 0 };

	CHECK_EQ_INT(otlp_pairs_parse("a=1,b=2,a=3", &p), 0);
	CHECK_EQ_INT(p.count, 3);
	CHECK_EQ_STR(otlp_pairs_find(&p, "a"), "3");
	CHECK_EQ_STR(otlp_pairs_find(&p, "b"), "2");
	CHECK(!otlp_pairs_find(&p, "c"));
	otlp_pairs_free(&p);
}

/* Whatever comes from the environment: no crash, no read past the end (ASAN=1), and a printable result. */
CASE(any_bytes)
{
	unsigned int seed = 1;
	char text[24];

	for (int round = 0; round < 100000; round++) {
		for (size_t i = 0; i < sizeof(text) - 1; i++) {
			static const char letters[] = "a=,% 0\x01\xff";

			seed = seed * 1103515245 + 12345;
			text[i] = letters[(seed >> 16) % (sizeof(letters) - 1)];
		}
		text[sizeof(text) - 1] = '\0';
		for (const char *p = parsed(text); *p; p++)
			CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
	}
}
