// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Regular expressions: by cases, against regexec(3) on random ones, and those that others blow up on. */
#include <regex.h>
#include <stdint.h>

#include "lib/pattern.h"
#include "test.h"

/* 1, 0, or -1 if it is refused. */
static int matches(const char *pattern, const char *text)
{
	struct pattern *p;
	const char *why;
	size_t at;
	int result;

	if (pattern_compile(pattern, &p, &why, &at))
		return -1;
	result = pattern_matches(p, text);
	pattern_free(&p);
	return result;
}

CASE(what_it_matches)
{
	static const struct {
		const char *pattern, *text;
		int result;
	} cases[] = {
		{ "", "", 1 },
		{ "", "x", 1 },
		{ "b", "abc", 1 },
		{ "^b", "abc", 0 },
		{ "c$", "abc", 1 },
		{ "^$", "", 1 },
		{ "^$", "a", 0 },
		{ "$^", "", 1 },
		{ "^^a", "a", 1 },
		{ "a|^b", "cb", 0 },
		{ "(^|x)b", "axb", 1 },
		{ "x*$", "aaa", 1 },
		{ "^(a*)*$", "aaaa", 1 },
		{ "^(|a)+$", "aa", 1 },
		{ "a{2}", "aba", 0 },
		{ "a{2}", "baa", 1 },
		{ "^a{2,3}$", "aaaa", 0 },
		{ "^a{2,}$", "aaaa", 1 },
		{ "^a{0}b", "b", 1 },
		{ "^a{0,2}b", "aab", 1 },
		{ "^[a-c]+$", "abcd", 0 },
		{ "[^a]", "aaa", 0 },
		{ "^[]a]+$", "]a", 1 },
		{ "^[a-]+$", "a-", 1 },
		{ "^[[:digit:][:upper:]_]+$", "A_1", 1 },
		{ "^\\d+\\s\\w+$", "12 a_b", 1 },
		{ "^\\D$", "1", 0 },
		{ "[\\d]", "x3", 1 },
		{ "a.c", "abc", 1 },
		{ "a\\.c", "abc", 0 },
		{ "(?i)^NGINX", "nginx: worker", 1 },
		{ "(?i)[a-c]x", "BX", 1 },
		{ "(?:ab)+c", "ababc", 1 },
		{ "a+?b", "aab", 1 },
		{ "{", "{", 1 },
		{ "\\t", "\t", 1 },
		{ "\xc3\xa4", "\xc3\xa4", 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (matches(cases[i].pattern, cases[i].text) != cases[i].result)
			TEST_FAIL("%s on '%s' is not %d", cases[i].pattern, cases[i].text, cases[i].result);
}

CASE(what_it_refuses)
{
	static const char *const bad[] = { "(",	      ")",	"a)",	    "[",     "[a",  "*",   "a**",
					   "a{3}{2}", "a{2,1}", "a{256}",   "[b-a]", "\\",  "\\q", "(?=a)",
					   "(?<a>b)", "a|*",	"[[:no:]]", "a{1,2", "\\1", "\\b" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (matches(bad[i], "a") != -1)
			TEST_FAIL("%s is not refused", bad[i]);
}

CASE(none_blows_up)
{
	char text[4096], deep[PATTERN_LENGTH_MAX + 2];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(matches("^(a+)+b", text) == 0);
	CHECK(matches("^(a|aa)+b$", text) == 0);
	CHECK(matches("(x+x+)+y", text) == 0);
	CHECK(matches("((a{200}){200}){200}", text) == -1);
	CHECK(matches("(((){255}){255}){255}", text) == -1);
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	CHECK(matches(deep, text) == -1);
	deep[200] = '\0';
	CHECK(matches(deep, text) == -1);
	memset(deep, 'a', sizeof(deep) - 1);
	CHECK(matches(deep, text) == -1);
}

/* The same ones in each run (xorshift). */
static size_t chance(size_t below)
{
	static uint32_t state = 18;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* Of few letters, so that many match. */
static void random_text(char *out, size_t max, const char *letters)
{
	size_t len = chance(max), count = strlen(letters);

	for (size_t i = 0; i < len; i++)
		out[i] = letters[chance(count)];
	out[len] = '\0';
}

CASE(as_regexec_has_it)
{
	unsigned int compared = 0, matched = 0;

	for (int i = 0; i < 20000; i++) {
		char pattern[12], text[10];
		regex_t theirs;
		int ours;

		random_text(pattern, sizeof(pattern), "ab.|()*+?^$[]");
		random_text(text, sizeof(text), "abc");
		ours = matches(pattern, text);
		/* What POSIX leaves open is refused here, or has another meaning there. */
		if (ours < 0 || strstr(pattern, "[]") || strstr(pattern, "[^]") || strstr(pattern, "*?") ||
		    strstr(pattern, "+?") || strstr(pattern, "??") || strstr(pattern, "^*") || strstr(pattern, "()"))
			continue;
		if (regcomp(&theirs, pattern, REG_EXTENDED | REG_NOSUB))
			continue;
		compared++;
		matched += ours;
		if (ours != !regexec(&theirs, text, 0, NULL, 0))
			TEST_FAIL("%s on '%s' is %d", pattern, text, ours);
		regfree(&theirs);
	}
	CHECK(compared > 2000);
	CHECK(matched > 500);
}
