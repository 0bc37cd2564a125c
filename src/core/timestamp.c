// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/timestamp.h"

#define NS_PER_S	1000000000ULL
#define DAYS_400_YEARS	146097
#define DAYS_0000_03_01 719468 /* from 1 March of year 0 to 1 January 1970 */

static char *put_digits(char *p, unsigned int n, unsigned int width)
{
	for (unsigned int i = width; i-- > 0; n /= 10)
		p[i] = '0' + n % 10;
	return p + width;
}

/* Years that begin in March have their leap day last, so that months before it never move (153 days are five months).
 */
static char *put_date(char *p, uint64_t days_since_1970)
{
	uint64_t days = days_since_1970 + DAYS_0000_03_01;
	unsigned int era = days / DAYS_400_YEARS, in_era = days % DAYS_400_YEARS;
	unsigned int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / (DAYS_400_YEARS - 1)) / 365;
	unsigned int in_year = in_era - (365 * year + year / 4 - year / 100);
	unsigned int month = (5 * in_year + 2) / 153, day = in_year - (153 * month + 2) / 5 + 1;

	p = put_digits(p, year + era * 400 + (month >= 10), 4);
	*p++ = '-';
	p = put_digits(p, month < 10 ? month + 3 : month - 9, 2);
	*p++ = '-';
	return put_digits(p, day, 2);
}

const char *timestamp_utc(uint64_t wall_ns, char buf[TIMESTAMP_SIZE])
{
	uint64_t seconds = wall_ns / NS_PER_S;
	unsigned int in_day = seconds % 86400;
	char *p = put_date(buf, seconds / 86400);

	*p++ = 'T';
	p = put_digits(p, in_day / 3600, 2);
	*p++ = ':';
	p = put_digits(p, in_day / 60 % 60, 2);
	*p++ = ':';
	p = put_digits(p, in_day % 60, 2);
	*p++ = '.';
	p = put_digits(p, wall_ns % NS_PER_S, 9);
	*p++ = 'Z';
	*p = '\0';
	return buf;
}
