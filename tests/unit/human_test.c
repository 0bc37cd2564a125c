// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/human.h"

#include "test.h"

static struct strbuf out;

static const char *duration(uint64_t ns, unsigned int style)
{
	strbuf_reset(&out);
	human_duration(&out, ns, style);
	return strbuf_text(&out);
}

static const char *bytes(uint64_t n)
{
	strbuf_reset(&out);
	human_bytes(&out, n);
	return strbuf_text(&out);
}

static const char *text(const char *raw, size_t len, unsigned int style)
{
	strbuf_reset(&out);
	human_text(&out, raw, len, style);
	return strbuf_text(&out);
}

static const char *cut(const char *whole, size_t width, unsigned int style)
{
	strbuf_reset(&out);
	human_cut(&out, whole, width, style);
	return strbuf_text(&out);
}

static const char *cut_middle(const char *whole, size_t width, unsigned int style)
{
	strbuf_reset(&out);
	human_cut_middle(&out, whole, width, style);
	return strbuf_text(&out);
}

CASE(durations_have_three_digits_at_most)
{
	CHECK_EQ_STR(duration(0, HUMAN_UTF8), "0 ns");
	CHECK_EQ_STR(duration(850, HUMAN_UTF8), "850 ns");
	CHECK_EQ_STR(duration(999, HUMAN_UTF8), "999 ns");
	CHECK_EQ_STR(duration(1000, HUMAN_UTF8), "1 µs");
	CHECK_EQ_STR(duration(40211, HUMAN_UTF8), "40.2 µs");
	CHECK_EQ_STR(duration(40000, HUMAN_UTF8), "40 µs");
	CHECK_EQ_STR(duration(1200000, HUMAN_UTF8), "1.2 ms");
	CHECK_EQ_STR(duration(1050000, HUMAN_UTF8), "1.05 ms");
	CHECK_EQ_STR(duration(100000000, HUMAN_UTF8), "100 ms");
	CHECK_EQ_STR(duration(3450000000, HUMAN_UTF8), "3.45 s");
	CHECK_EQ_STR(duration(61800123456, HUMAN_UTF8), "61.8 s");
	CHECK_EQ_STR(duration(60000000000, HUMAN_UTF8), "60 s");
}

CASE(durations_round_into_the_next_unit)
{
	CHECK_EQ_STR(duration(999499, HUMAN_UTF8), "999 µs");
	CHECK_EQ_STR(duration(999500, HUMAN_UTF8), "1 ms");
	CHECK_EQ_STR(duration(999499999, HUMAN_UTF8), "999 ms");
	CHECK_EQ_STR(duration(999600000, HUMAN_UTF8), "1 s");
	CHECK_EQ_STR(duration(9999000, HUMAN_UTF8), "10 ms");
	CHECK_EQ_STR(duration(99960000000, HUMAN_UTF8), "100 s");
	CHECK_EQ_STR(duration(119999000000, HUMAN_UTF8), "120 s");
}

CASE(long_durations_have_two_units)
{
	CHECK_EQ_STR(duration(120000000000, HUMAN_UTF8), "2m 0s");
	CHECK_EQ_STR(duration(123400000000, HUMAN_UTF8), "2m 3s");
	CHECK_EQ_STR(duration(123500000000, HUMAN_COMPACT), "2m4s");
	CHECK_EQ_STR(duration(3599600000000, 0), "1h 0m");
	CHECK_EQ_STR(duration(3725000000000, 0), "1h 2m");
	CHECK_EQ_STR(duration(3600000000000ULL * 76, 0), "3d 4h");
	CHECK_EQ_STR(duration(UINT64_MAX, 0), "213503d 23h");
}

CASE(durations_in_ascii_and_in_a_cell)
{
	CHECK_EQ_STR(duration(40000, 0), "40 us");
	CHECK_EQ_STR(duration(40000, HUMAN_COMPACT), "40us");
	CHECK_EQ_STR(duration(40000, HUMAN_COMPACT | HUMAN_UTF8), "40µs");
	CHECK_EQ_STR(duration(7, HUMAN_COMPACT), "7ns");
}

CASE(byte_counts)
{
	CHECK_EQ_STR(bytes(0), "0 bytes");
	CHECK_EQ_STR(bytes(1), "1 byte");
	CHECK_EQ_STR(bytes(1834), "1834 bytes");
	CHECK_EQ_STR(bytes(9999), "9999 bytes");
	CHECK_EQ_STR(bytes(100000), "97.7 KiB");
	CHECK_EQ_STR(bytes(1048576), "1 MiB");
	CHECK_EQ_STR(bytes(3435973837), "3.2 GiB");
	CHECK_EQ_STR(bytes(UINT64_MAX), "16384 PiB");
}

CASE(control_characters_are_spelt_out)
{
	CHECK_EQ_STR(text("nginx", 16, 0), "nginx");
	CHECK_EQ_STR(text("a\x1b[31mb", 16, HUMAN_UTF8), "a\\x1b[31mb");
	CHECK_EQ_STR(text("a\rb\nc\x7f", 16, HUMAN_UTF8), "a\\x0db\\x0ac\\x7f");
	CHECK_EQ_STR(text("\xc2\x9b"
			  "31m",
			  16, HUMAN_UTF8),
		     "\\xc2\\x9b31m");
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): that it does not mislead is what is tested */
	CHECK_EQ_STR(text("\xe2\x80\xae"
			  "exe",
			  16, HUMAN_UTF8),
		     "\\xe2\\x80\\xaeexe");
}

CASE(text_beyond_ascii)
{
	CHECK_EQ_STR(text("caf\xc3\xa9", 16, HUMAN_UTF8), "caf\xc3\xa9");
	CHECK_EQ_STR(text("caf\xc3\xa9", 16, 0), "caf\\xc3\\xa9");
	CHECK_EQ_STR(text("\xff", 16, HUMAN_UTF8), "\\xff");
	/* TASK_COMM_LEN may cut a character in two. */
	CHECK_EQ_STR(text("caf\xc3\xa9", 4, HUMAN_UTF8), "caf\\xc3");
	CHECK_EQ_STR(text("\xef\xbf\xbd", 16, HUMAN_UTF8), "\xef\xbf\xbd");
	CHECK_EQ_STR(text("\xf0\x9f\x90", 3, HUMAN_UTF8), "\\xf0\\x9f\\x90");
}

CASE(text_ends_at_its_length_or_a_nul)
{
	CHECK_EQ_STR(text("0123456789abcdefXX", 16, 0), "0123456789abcdef");
	CHECK_EQ_STR(text("ab\0cd", 5, 0), "ab");
	CHECK_EQ_STR(text("", 0, 0), "");
}

CASE(width_counts_characters)
{
	CHECK_EQ_INT(human_width(""), 0);
	CHECK_EQ_INT(human_width("40 µs"), 5);
}

CASE(cutting)
{
	CHECK_EQ_STR(cut("kworker", 7, 0), "kworker");
	CHECK_EQ_STR(cut("kworker/0:1", 7, 0), "kworke+");
	CHECK_EQ_STR(cut("kworker/0:1", 7, HUMAN_UTF8), "kworke…");
	CHECK_EQ_STR(cut("kworker", 0, 0), "");
	CHECK_EQ_STR(cut("éééé", 3, HUMAN_UTF8), "éé…");
	CHECK_EQ_STR(cut_middle("2001:db8::1", 15, 0), "2001:db8::1");
	CHECK_EQ_STR(cut_middle("2001:db8:aaaa:bbbb:cccc:dddd:eeee:1234", 15, 0), "2001:db+ee:1234");
	CHECK_EQ_STR(cut_middle("2001:db8:aaaa:bbbb:cccc:dddd:eeee:1234", 15, HUMAN_UTF8), "2001:db…ee:1234");
	CHECK_EQ_STR(cut_middle("abcdef", 1, 0), "+");
	strbuf_free(&out);
}
