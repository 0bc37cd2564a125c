/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A unit test is one file: CASE(name) { CHECK(...); } as often as needed. Each case registers itself and main() is
 * here, so that none can be forgotten. A failed check is reported with its place; the case goes on.
 */
#ifndef TCPLIFE_TEST_H
#define TCPLIFE_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct test_case {
	const char *name;
	void (*fn)(void);
	struct test_case *next;
};

static struct test_case *test_cases, **test_cases_end = &test_cases;
static const char *test_name;
static bool test_case_failed;

static inline void test_register(struct test_case *c)
{
	*test_cases_end = c;
	test_cases_end = &c->next;
}

#define CASE(case_name)                                                                                                \
	static void case_name(void);                                                                                   \
	static struct test_case case_##case_name = { .name = #case_name, .fn = case_name };                            \
	__attribute__((constructor)) static void register_##case_name(void)                                            \
	{                                                                                                              \
		test_register(&case_##case_name);                                                                      \
	}                                                                                                              \
	static void case_name(void)

#define TEST_FAIL(...)                                                                                                 \
	do {                                                                                                           \
		test_case_failed = true;                                                                               \
		printf("%s:%d: %s: ", __FILE__, __LINE__, test_name);                                                  \
		printf(__VA_ARGS__);                                                                                   \
		putchar('\n');                                                                                         \
	} while (0)

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond))                                                                                           \
			TEST_FAIL("%s", #cond);                                                                        \
	} while (0)

#define CHECK_EQ_INT(actual, expected)                                                                                 \
	do {                                                                                                           \
		long long actual_ = (long long)(actual), expected_ = (long long)(expected);                            \
		if (actual_ != expected_)                                                                              \
			TEST_FAIL("%s is %lld, not %lld", #actual, actual_, expected_);                                \
	} while (0)

#define CHECK_EQ_STR(actual, expected)                                                                                 \
	do {                                                                                                           \
		const char *actual_ = (actual), *expected_ = (expected);                                               \
		if (!actual_ || !expected_ || strcmp(actual_, expected_))                                              \
			TEST_FAIL("%s is \"%s\", not \"%s\"", #actual, actual_ ? actual_ : "(null)",                   \
				  expected_ ? expected_ : "(null)");                                                   \
	} while (0)

int main(void)
{
	unsigned int passed = 0, failed = 0;

	for (struct test_case *c = test_cases; c; c = c->next) {
		test_name = c->name;
		test_case_failed = false;
		c->fn();
		if (test_case_failed)
			failed++;
		else
			passed++;
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}

#endif
