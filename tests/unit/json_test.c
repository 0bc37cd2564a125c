// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/json.h"
#include "test.h"

static void check_text(const char *text, size_t len, const char *expected)
{
	struct strbuf s = { 0 };
	struct json j = { .out = &s };

	json_text_n(&j, NULL, text, len);
	CHECK_EQ_STR(strbuf_text(&s), expected);
	strbuf_free(&s);
}

CASE(commas_and_nesting)
{
	struct strbuf s = { 0 };
	struct json j = { .out = &s };

	json_object_begin(&j, NULL);
	json_text(&j, "a", "x");
	json_array_begin(&j, "list");
	json_uint(&j, NULL, 1);
	json_object_begin(&j, NULL);
	json_object_end(&j);
	json_int(&j, NULL, INT64_MIN);
	json_array_end(&j);
	json_array_begin(&j, "none");
	json_array_end(&j);
	json_bool(&j, "yes", true);
	json_uint(&j, "big", UINT64_MAX);
	json_object_end(&j);
	CHECK_EQ_STR(strbuf_text(&s), "{\"a\":\"x\",\"list\":[1,{},-9223372036854775808],\"none\":[],\"yes\":true,"
				      "\"big\":18446744073709551615}");
	CHECK(!s.failed);
	strbuf_free(&s);
}

CASE(quotes_backslashes_and_controls)
{
	check_text("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	check_text("\b\t\n\f\r\x01\x1b[31m", 11, "\"\\b\\t\\n\\f\\r\\u0001\\u001b[31m\"");
	check_text("\x7f", 1, "\"\\u007f\"");
	check_text("\xc2\x9b"
		   "31m",
		   5, "\"\\u009b31m\""); /* C1 CSI works in some terminals */
}

CASE(stops_at_nul_and_at_len)
{
	check_text("ab\0cd", 5, "\"ab\"");
	check_text("abcdefghijklmnop", 16, "\"abcdefghijklmnop\"");
	check_text("", 0, "\"\"");
}

CASE(valid_utf8_stays)
{
	check_text("\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80", 12, "\"\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80\"");
}

#define BAD "\xef\xbf\xbd"

CASE(invalid_utf8_becomes_the_replacement_character)
{
	check_text("a\xff"
		   "b",
		   3, "\"a" BAD "b\"");
	check_text("\x80", 1, "\"" BAD "\"");
	check_text("\xc0\xaf", 2, "\"" BAD BAD "\"");		      /* overlong */
	check_text("\xe0\x80\xaf", 3, "\"" BAD BAD BAD "\"");	      /* overlong */
	check_text("\xed\xa0\x80", 3, "\"" BAD BAD BAD "\"");	      /* lone surrogate */
	check_text("\xf4\x90\x80\x80", 4, "\"" BAD BAD BAD BAD "\""); /* beyond U+10FFFF */
	check_text("\xe2\x86", 2, "\"" BAD "\"");		      /* cut short: one maximal part */
	check_text("\xe2\x86"
		   "a",
		   3, "\"" BAD "a\"");
	check_text("\xf0\x9f\x98"
		   "\"",
		   4, "\"" BAD "\\\"\"");
}

CASE(a_long_text_that_needs_escapes)
{
	struct strbuf s = { 0 };
	struct json j = { .out = &s };
	char text[1000];

	memset(text, '\n', sizeof(text));
	json_text_n(&j, "k", text, sizeof(text));
	CHECK_EQ_INT(s.len, 4 + 2 + 2000);
	CHECK(!s.failed);
	strbuf_free(&s);
}

/* Each byte at each place of an eight-byte word and behind it: what has to be escaped is, wherever it stands. */
CASE(special_bytes_are_found_at_every_place)
{
	for (unsigned int byte = 1; byte < 256; byte++)
		for (size_t at = 0; at < 12; at++) {
			bool plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
			struct strbuf s = { 0 };
			struct json j = { .out = &s };
			char text[13] = "            ";

			text[at] = byte;
			json_text(&j, NULL, text);
			if ((s.len == 14) != plain)
				TEST_FAIL("byte %02x at %zu: %s", byte, at, strbuf_text(&s));
			strbuf_free(&s);
		}
}

/* Texts are looked at eight bytes at a time: a special one at each place of texts of each length. */
CASE(special_bytes_are_found_anywhere)
{
	static const char specials[] = { '"', '\\', '\n', 0x7f, 0x01 };

	for (size_t len = 1; len <= 26; len++) {
		for (size_t at = 0; at < len; at++) {
			for (size_t k = 0; k < sizeof(specials); k++) {
				struct strbuf out = { 0 };
				struct json j = { .out = &out };
				char text[32];

				memset(text, 'x', len);
				text[at] = specials[k];
				json_text_n(&j, NULL, text, len);
				CHECK(out.len > len + 2);
				CHECK(!memchr(out.text + 1, '\n', out.len - 1));
				CHECK_EQ_INT(strspn(out.text + 1, "x"), at);
				strbuf_free(&out);
			}
		}
	}
}
