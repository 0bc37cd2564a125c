// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* --since and --until. */
#include <stdlib.h>
#include <time.h>

#include "option_values.h"
#include "test.h"

#define NS 1000000000ULL
/* 2026-11-27T10:00:00Z */
#define NOW (1795773600 * NS)

/* Seconds after NOW, in Tokyo, which is nine hours ahead and has no summer time; or -1 after a refusal. */
static long long moment(const char *text)
{
	uint64_t out;

	setenv("TZ", "JST-9", 1);
	tzset();
	return value_moment(text, NOW, &out) ? -1 : (long long)(out / NS) - (long long)(NOW / NS);
}

CASE(what_is_a_moment)
{
	CHECK_EQ_INT(moment("18:59"), -60);
	CHECK_EQ_INT(moment("18:59:30"), -30);
	CHECK_EQ_INT(moment("19:00"), 0);
	CHECK_EQ_INT(moment("19:01"), 60 - 86400);
	CHECK_EQ_INT(moment("2026-11-27T09:00Z"), -3600);
	CHECK_EQ_INT(moment("2026-11-27T19:00"), 0);
	CHECK_EQ_INT(moment("2026-11-27 19:00:05"), 5);
	CHECK_EQ_INT(moment("2026-11-27"), -19 * 3600);
	CHECK_EQ_INT(moment("2h"), -7200);
	CHECK_EQ_INT(moment("10min"), -600);
	CHECK_EQ_INT(moment("-10min"), -600);
	CHECK_EQ_INT(moment("10min ago"), -600);
	CHECK_EQ_INT(moment("yesterday 03:00"), -40 * 3600);
	CHECK_EQ_INT(moment("yesterday"), -43 * 3600);
	CHECK_EQ_INT(moment("today 03:00:01"), -16 * 3600 + 1);
}

CASE(what_is_none)
{
	static const char *const bad[] = { "",
					   "25:00",
					   "10:60",
					   "yesterday ",
					   "yesterday 25:00",
					   "yesterdays",
					   "--5min",
					   "-5min ago",
					   " ago",
					   "2026-13-01",
					   "2026-11-27T",
					   "10:00x",
					   "2026-11-27Z0",
					   "1960-01-01",
					   "2026-11-27T03:00:00.5Z0000000000" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (moment(bad[i]) != -1)
			TEST_FAIL("'%s' is taken", bad[i]);
}
