// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Numbers with units, ranges of them, and times: text -> value. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "core/query/query_private.h"

static const struct unit {
	const char *name;
	enum query_unit kind;
	uint64_t factor;
} UNITS[] = {
	{ "ns", UNIT_NS, 1 },
	{ "us", UNIT_NS, 1000 },
	{ "µs", UNIT_NS, 1000 },
	{ "μs", UNIT_NS, 1000 }, /* the Greek letter */
	{ "ms", UNIT_NS, 1000000 },
	{ "s", UNIT_NS, 1000000000 },
	{ "min", UNIT_NS, 60000000000 },
	{ "h", UNIT_NS, 3600000000000 },
	{ "d", UNIT_NS, 86400000000000 },
	{ "B", UNIT_BYTES, 1 },
	{ "kB", UNIT_BYTES, 1000 },
	{ "KB", UNIT_BYTES, 1000 },
	{ "MB", UNIT_BYTES, 1000000 },
	{ "GB", UNIT_BYTES, 1000000000 },
	{ "TB", UNIT_BYTES, 1000000000000 },
	{ "KiB", UNIT_BYTES, 1ULL << 10 },
	{ "MiB", UNIT_BYTES, 1ULL << 20 },
	{ "GiB", UNIT_BYTES, 1ULL << 30 },
	{ "TiB", UNIT_BYTES, 1ULL << 40 },
};

static const struct unit *find_unit(const char *text, size_t len)
{
	for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++)
		if (strlen(UNITS[i].name) == len && !memcmp(UNITS[i].name, text, len))
			return &UNITS[i];
	return NULL;
}

static const char *wanted_units(enum query_unit unit)
{
	return unit == UNIT_NS	    ? "it takes a duration: 100ms, 2s, 5min"
	       : unit == UNIT_BYTES ? "it takes a number of bytes: 1500, 10kB, 64KiB"
				    : "it takes a number without a unit";
}

/* Exactly: 0.1 of a unit is a tenth, not what binary makes of it. What is smaller than the field's unit is cut off. */
static bool scale(uint64_t whole, const char *fraction, size_t digits, uint64_t factor, uint64_t *out)
{
	uint64_t part = 0, of = 1;

	for (size_t i = 0; i < digits && i < 18; i++) {
		part = part * 10 + (uint64_t)(fraction[i] - '0');
		of *= 10;
	}
	part = (uint64_t)((unsigned __int128)part * factor / of);
	return !__builtin_mul_overflow(whole, factor, &whole) && !__builtin_add_overflow(whole, part, out);
}

/* One number of text[0..len). */
static const char *parse_one(const char *text, size_t len, enum query_unit unit, bool plain_ok, uint64_t *out)
{
	const char *end = text + len, *p = text, *fraction = NULL;
	size_t digits = 0;
	uint64_t whole = 0, factor = 1;
	const struct unit *u;

	for (; p < end && isdigit((unsigned char)*p); p++)
		if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, *p - '0', &whole))
			return "the number is too large";
	if (p == text)
		return wanted_units(unit);
	if (p + 1 < end && *p == '.' && isdigit((unsigned char)p[1])) {
		for (fraction = ++p; p < end && isdigit((unsigned char)*p); p++)
			digits++;
	}
	u = p < end ? find_unit(p, (size_t)(end - p)) : NULL;
	if (p < end && (!u || u->kind != unit))
		return wanted_units(unit);
	if (!u && unit == UNIT_NS && !plain_ok && whole)
		return "a duration needs its unit: 100ms, 2s, 5min";
	if (!u && digits)
		return wanted_units(unit);
	if (u)
		factor = u->factor;
	return scale(whole, fraction, digits, factor, out) ? NULL : "the number is too large";
}

const char *query_parse_number(const char *text, enum query_unit unit, bool plain_ok, struct query_value *out)
{
	const char *dash = strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : strlen(text);
	const char *why = parse_one(text, len, unit, plain_ok, &out->low);

	out->high = out->low;
	if (!why && dash)
		why = parse_one(dash + 1, strlen(dash + 1), unit, plain_ok, &out->high);
	if (!why && out->high < out->low)
		why = "the range goes backwards";
	return why;
}

/* ---- times ---- */

static const char TIME_SHAPE[] = "0000-00-00T00:00:00.000000000Z";
_Static_assert(sizeof(TIME_SHAPE) == TIMESTAMP_SIZE, "as timestamp_utc() writes it");

/* Two digits there, at most so many. */
static bool two_within(const char *at, int least, int most)
{
	int n = (at[0] - '0') * 10 + at[1] - '0';

	return n >= least && n <= most;
}

/* The days of its month, in a date of digits. */
static int days_of_month(const char *date)
{
	int year = (date[0] - '0') * 1000 + (date[1] - '0') * 100 + (date[2] - '0') * 10 + date[3] - '0';
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (two_within(date + 5, 2, 2))
		return leap ? 29 : 28;
	return two_within(date + 5, 4, 4) || two_within(date + 5, 6, 6) || two_within(date + 5, 9, 9) ||
			       two_within(date + 5, 11, 11)
		       ? 30
		       : 31;
}

/* Dates, and times of them, in UTC: what is left out is 0. */
const char *query_parse_time(const char *text, char *out)
{
	static const char why[] = "it takes a time (UTC): 2026-11-27, 2026-11-27T03:00 or 2026-11-27T03:00:07.5Z";
	size_t len = strlen(text);

	if (len && text[len - 1] == 'Z')
		len--;
	/* a date; and hours with minutes; and seconds; and a fraction of one to nine digits */
	if (len != 10 && len != 16 && len != 19 && (len < 21 || len > 29))
		return why;
	memcpy(out, TIME_SHAPE, sizeof(TIME_SHAPE));
	for (size_t i = 0; i < len; i++) {
		if (TIME_SHAPE[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != TIME_SHAPE[i])
			return why;
		out[i] = text[i];
	}
	return two_within(out + 5, 1, 12) && two_within(out + 8, 1, days_of_month(out)) &&
			       two_within(out + 11, 0, 23) && two_within(out + 14, 0, 59) && two_within(out + 17, 0, 60)
		       ? NULL
		       : why;
}
