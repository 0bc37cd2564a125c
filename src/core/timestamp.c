// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/timestamp.h"

#include "lib/strbuf.h"

#define NS_PER_S	1000000000ULL
#define DAYS_400_YEARS	146097
#define DAYS_0000_03_01 719468 /* from 1 March of year 0 to 1 January 1970 */

/* Years that begin in March have their leap day last, so that months before it never move (153 days are five months).
 */
static char *put_date(char *p, uint64_t days_since_1970)
{
	uint64_t days = days_since_1970 + DAYS_0000_03_01;
	unsigned int era = days / DAYS_400_YEARS, in_era = days % DAYS_400_YEARS;
	unsigned int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (DAYS_400_YEARS - 1)) / 365;
	unsigned int in_year = in_era - (365 * year + year / 4 - year / 100);
	unsigned int month = (5 * in_year + 2) / 153, day = in_year - (153 * month + 2) / 5 + 1;

	year += era * 400 + (month >= 10);
	p = two_digits(two_digits(p, year / 100), year % 100);
	*p++ = '-';
	p = two_digits(p, month < 10 ? month + 3 : month - 9);
	*p++ = '-';
	return two_digits(p, day);
}

const char *timestamp_utc(uint64_t wall_ns, char buf[TIMESTAMP_SIZE])
{
	uint64_t seconds = wall_ns / NS_PER_S;
	unsigned int in_day = seconds % 86400, ns = wall_ns % NS_PER_S;
	char *p = put_date(buf, seconds / 86400);

	*p++ = 'T';
	p = two_digits(p, in_day / 3600);
	*p++ = ':';
	p = two_digits(p, in_day / 60 % 60);
	*p++ = ':';
	p = two_digits(p, in_day % 60);
	*p++ = '.';
	*p++ = '0' + ns / 100000000;
	p = eight_digits(p, ns % 100000000);
	*p++ = 'Z';
	*p = '\0';
	return buf;
}
