// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/utf8.h"

#include "test.h"

static const char *encoded(uint32_t code)
{
	static char text[5];

	text[utf8_encode(code, text)] = '\0';
	return text;
}

CASE(code_points_become_bytes)
{
	CHECK_EQ_STR(encoded('a'), "a");
	CHECK_EQ_STR(encoded(0x7f), "\x7f");
	CHECK_EQ_STR(encoded(0x80), "\xc2\x80");
	CHECK_EQ_STR(encoded(0xe9), "é");
	CHECK_EQ_STR(encoded(0x7ff), "\xdf\xbf");
	CHECK_EQ_STR(encoded(0x20ac), "€");
	CHECK_EQ_STR(encoded(0x1f600), "😀");
	CHECK_EQ_STR(encoded(0x10ffff), "\xf4\x8f\xbf\xbf");
}

CASE(what_is_encoded_is_decoded_to_the_same)
{
	for (uint32_t code = 1; code <= 0x10ffff; code++) {
		char bytes[4];
		uint32_t back;
		size_t len = utf8_encode(code, bytes);

		if (code >= 0xd800 && code < 0xe000) /* surrogates are no characters */
			continue;
		if (utf8_decode(bytes, len, &back) != len || back != code)
			TEST_FAIL("U+%X", (unsigned int)code);
	}
}
