// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <time.h>

#include "core/timestamp.h"
#include "test.h"

static void check_against_libc(uint64_t seconds)
{
	time_t t = (time_t)seconds;
	char expected[64], actual[TIMESTAMP_SIZE];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.000000123Z", &tm);
	CHECK_EQ_STR(timestamp_utc(seconds * 1000000000ULL + 123, actual), expected);
}

CASE(nine_digits_always)
{
	char buf[TIMESTAMP_SIZE];

	CHECK_EQ_STR(timestamp_utc(0, buf), "1970-01-01T00:00:00.000000000Z");
	CHECK_EQ_STR(timestamp_utc(1763845200000000123ULL, buf), "2025-11-22T21:00:00.000000123Z");
	CHECK_EQ_STR(timestamp_utc(UINT64_MAX, buf), "2554-07-21T23:34:33.709551615Z");
}

CASE(leap_days)
{
	static const uint64_t seconds[] = { 951782399,	951782400,  951868799, 951868800, /* 2000-02-28 to 03-01 */
					    4107542399, 4107542400,			  /* 2100 has none */
					    1709164800, 1735689599, 1735689600 };

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		check_against_libc(seconds[i]);
}

CASE(every_day_until_2500)
{
	for (uint64_t day = 0; day < 193500; day++)
		check_against_libc(day * 86400 + day % 86400);
}
