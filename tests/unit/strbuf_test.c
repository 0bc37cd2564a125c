// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/strbuf.h"
#include "test.h"

CASE(empty_is_empty_text)
{
	struct strbuf s = { 0 };

	CHECK_EQ_STR(strbuf_text(&s), "");
	strbuf_free(&s);
}

CASE(grows_and_stays_terminated)
{
	struct strbuf s = { 0 };

	for (int i = 0; i < 10000; i++) {
		strbuf_putc(&s, 'x');
		if (strlen(s.text) != (size_t)i + 1)
			TEST_FAIL("not terminated after %d", i);
	}
	CHECK_EQ_INT(s.len, 10000);
	strbuf_reset(&s);
	CHECK_EQ_STR(strbuf_text(&s), "");
	strbuf_free(&s);
}

CASE(numbers)
{
	static const uint64_t numbers[] = { 0, 9, 10, 99, 100, 101, 999, 1000, 12345678901ULL, UINT64_MAX };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct strbuf s = { 0 };
		char expected[32];

		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)numbers[i]);
		strbuf_uint(&s, numbers[i]);
		CHECK_EQ_STR(strbuf_text(&s), expected);
		strbuf_free(&s);
	}
}

CASE(printf_of_any_length)
{
	struct strbuf s = { 0 };

	strbuf_printf(&s, "%s-%d", "a", 5);
	strbuf_printf(&s, "%0500d", 7);
	CHECK_EQ_INT(s.len, 503);
	CHECK_EQ_INT(s.text[502], '7');
	strbuf_free(&s);
}

CASE(pads_by_characters_not_bytes)
{
	struct strbuf s = { 0 };

	strbuf_puts(&s, "|");
	strbuf_puts(&s, "\xc3\xa9\xe2\x86\x92"); /* é→ */
	strbuf_pad(&s, 1, 4);
	CHECK_EQ_STR(strbuf_text(&s), "|\xc3\xa9\xe2\x86\x92  ");
	strbuf_pad(&s, 1, 2);
	CHECK_EQ_INT(s.len, 8);
	strbuf_free(&s);
}

CASE(too_much_fails_and_keeps_what_was)
{
	struct strbuf s = { 0 };

	strbuf_puts(&s, "kept");
	CHECK(strbuf_room(&s, SIZE_MAX - 2) == NULL);
	CHECK(s.failed);
	CHECK_EQ_STR(strbuf_text(&s), "kept");
	strbuf_free(&s);
}

/* Each length, and both sides of each power of ten. */
CASE(digits_are_those_of_printf)
{
	uint64_t power = 1;

	for (int i = 0; i < 20; i++, power *= 10) {
		for (int k = -1; k <= 1; k++) {
			unsigned long long n = power + k;
			char expected[24], got[24];

			snprintf(expected, sizeof(expected), "%llu", n);
			*uint_digits(got, n) = '\0';
			CHECK_EQ_STR(got, expected);
		}
	}
}

static void check_digits(unsigned long long n)
{
	unsigned long long read = 0;
	char got[24];

	for (char *p = got, *end = uint_digits(got, n); p < end; p++)
		read = read * 10 + (unsigned int)(*p - '0');
	CHECK(read == n);
	CHECK(got[0] != '0');
}

/* Each multiple of a power of ten, and its neighbours: where what is rounded would come out one too small or too large.
 */
CASE(no_digit_is_rounded)
{
	for (unsigned long long power = 1000; power <= 10000000000ULL; power *= 10) {
		for (unsigned long long i = 1; i < 20000; i++) {
			check_digits(i * power - 1);
			check_digits(i * power);
			check_digits(i * power + 1);
		}
	}
	for (unsigned long long n = 1; n <= UINT32_MAX; n += 9973)
		check_digits(n);
}
