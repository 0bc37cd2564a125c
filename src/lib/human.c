// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides how many digits and which unit a number gets, and which characters of foreign text are safe on a terminal. */
#include "lib/human.h"

#include <string.h>

#include "lib/utf8.h"

#define NS_PER_S  1000000000ULL
#define MINUTES_S 120 /* from here on minutes and seconds say more than seconds */

/* n / unit with three significant digits, trailing zeros of the fraction cut: "3.45", "1.2", "61.8", "40". */
static void put_three_digits(struct strbuf *out, uint64_t n, uint64_t unit)
{
	unsigned int decimals = n < unit * 10 ? 2 : n < unit * 100 ? 1 : 0;
	uint64_t scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
	uint64_t step = unit / scale, whole = (n + step / 2) / step;

	while (decimals && whole % 10 == 0) {
		whole /= 10;
		scale /= 10;
		decimals--;
	}
	if (decimals)
		strbuf_printf(out, "%llu.%0*llu", (unsigned long long)(whole / scale), (int)decimals,
			      (unsigned long long)(whole % scale));
	else
		strbuf_uint(out, whole);
}

static void put_two_units(struct strbuf *out, uint64_t big, char big_unit, uint64_t small, char small_unit,
			  unsigned int style)
{
	strbuf_printf(out, "%llu%c%s%llu%c", (unsigned long long)big, big_unit, style & HUMAN_COMPACT ? "" : " ",
		      (unsigned long long)small, small_unit);
}

static void put_long_duration(struct strbuf *out, uint64_t seconds, unsigned int style)
{
	uint64_t minutes = seconds / 60, hours = minutes / 60;

	if (hours >= 24)
		put_two_units(out, hours / 24, 'd', hours % 24, 'h', style);
	else if (hours)
		put_two_units(out, hours, 'h', minutes % 60, 'm', style);
	else
		put_two_units(out, minutes, 'm', seconds % 60, 's', style);
}

void human_duration(struct strbuf *out, uint64_t ns, unsigned int style)
{
	/* A value within half a digit of the next unit is shown in that one: 999.6 µs is 1 ms. */
	static const struct {
		uint64_t ns, from;
		const char *ascii, *utf8;
	} units[] = {
		{ NS_PER_S, 999500000, "s", "s" },
		{ 1000000, 999500, "ms", "ms" },
		{ 1000, 1000, "us", "µs" },
	};

	if (ns / NS_PER_S >= MINUTES_S) {
		put_long_duration(out, ns / NS_PER_S + (ns % NS_PER_S >= NS_PER_S / 2), style);
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns < units[i].from)
			continue;
		put_three_digits(out, ns, units[i].ns);
		strbuf_puts(out, style & HUMAN_COMPACT ? "" : " ");
		strbuf_puts(out, style & HUMAN_UTF8 ? units[i].utf8 : units[i].ascii);
		return;
	}
	strbuf_uint(out, ns);
	strbuf_puts(out, style & HUMAN_COMPACT ? "ns" : " ns");
}

void human_bytes(struct strbuf *out, uint64_t bytes)
{
	static const char *const units[] = { " KiB", " MiB", " GiB", " TiB", " PiB" };
	unsigned int shift = 10;

	if (bytes < 10000) {
		strbuf_printf(out, "%llu byte%s", (unsigned long long)bytes, bytes == 1 ? "" : "s");
		return;
	}
	while (shift < 50 && bytes >> shift >= 1000)
		shift += 10;
	/* Tenths are enough; done in shifted units so that nothing overflows. */
	put_three_digits(out, (bytes >> (shift - 10)) * 100, 1024 * 100);
	strbuf_puts(out, units[shift / 10 - 1]);
}

/* What turns the reading direction can make a name look like another one (Unicode TR 36). */
static int is_bidi_control(uint32_t code)
{
	return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

static int is_safe(const char *bytes, size_t len, uint32_t code, unsigned int style)
{
	if (len == 1)
		return code < 0x80 && !utf8_is_control(code);
	/* A decoder's replacement stands for broken bytes; the character itself is EF BF BD. */
	if (code == UTF8_REPLACEMENT && memcmp(bytes, "\xef\xbf\xbd", len))
		return 0;
	return style & HUMAN_UTF8 && !utf8_is_control(code) && !is_bidi_control(code);
}

void human_text(struct strbuf *out, const char *raw, size_t len, unsigned int style)
{
	uint32_t code = 0;
	size_t step;

	len = strnlen(raw, len);
	for (size_t i = 0; i < len; i += step) {
		step = utf8_decode(raw + i, len - i, &code);
		if (is_safe(raw + i, step, code, style)) {
			strbuf_add(out, raw + i, step);
			continue;
		}
		for (size_t k = 0; k < step; k++)
			strbuf_printf(out, "\\x%02x", (unsigned char)raw[i + k]);
	}
}

static int begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t human_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += begins_character(*text);
	return n;
}

/* The byte at which character number n begins. */
static const char *character_at(const char *text, size_t n)
{
	for (; *text; text++) {
		if (begins_character(*text) && n-- == 0)
			break;
	}
	return text;
}

static const char *cut_mark(unsigned int style)
{
	return style & HUMAN_UTF8 ? "…" : "+";
}

void human_cut(struct strbuf *out, const char *text, size_t width, unsigned int style)
{
	if (human_width(text) <= width) {
		strbuf_puts(out, text);
	} else if (width) {
		strbuf_add(out, text, character_at(text, width - 1) - text);
		strbuf_puts(out, cut_mark(style));
	}
}

void human_cut_middle(struct strbuf *out, const char *text, size_t width, unsigned int style)
{
	size_t whole = human_width(text), tail;

	if (whole <= width) {
		strbuf_puts(out, text);
	} else if (width) {
		tail = (width - 1) / 2;
		strbuf_add(out, text, character_at(text, width - 1 - tail) - text);
		strbuf_puts(out, cut_mark(style));
		strbuf_puts(out, character_at(text, whole - tail));
	}
}
