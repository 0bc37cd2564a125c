// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "option_values.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#include "core/cidr.h"
#include "lib/cleanup.h"

/* The digits of text[0..len): what strtoul() would also take (sign, space, 0x) is none. */
static int digits(const char *text, size_t len, uint64_t *out)
{
	uint64_t n = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, text[i] - '0', &n))
			return -EINVAL;
	}
	*out = n;
	return 0;
}

static int within(uint64_t n, uint64_t min, uint64_t max, uint64_t *out)
{
	if (n < min || n > max)
		return -EINVAL;
	*out = n;
	return 0;
}

int value_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n;

	return digits(text, strlen(text), &n) ? -EINVAL : within(n, min, max, out);
}

int value_size(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const char units[] = "kKmMgG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	uint64_t n, factor = unit ? 1ULL << (10 * ((unit - units) / 2 + 1)) : 1;

	if (digits(text, len - (unit != NULL), &n) || __builtin_mul_overflow(n, factor, &n))
		return -EINVAL;
	return within(n, min, max, out);
}

int value_age(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 } };
	size_t len = strspn(text, "0123456789");
	uint64_t n;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + len, units[i].name))
			continue;
		if (digits(text, len, &n) || __builtin_mul_overflow(n, units[i].seconds, &n))
			return -EINVAL;
		return within(n, min, max, out);
	}
	return -EINVAL;
}

#define NS_PER_S 1000000000ULL

/* All of it fits the format. */
static bool reads_as(const char *text, const char *format, struct tm *out)
{
	const char *end = strptime(text, format, out);

	return end && !*end;
}

/* "03:00" of the day so many days ago; "" = its beginning. */
static int time_on_day(const char *text, time_t now, int days_ago, time_t *out)
{
	struct tm t;

	localtime_r(&now, &t);
	t.tm_hour = t.tm_min = t.tm_sec = 0;
	if (*text && !reads_as(text, "%H:%M:%S", &t) && !reads_as(text, "%H:%M", &t))
		return -EINVAL;
	t.tm_mday -= days_ago;
	t.tm_isdst = -1;
	*out = mktime(&t);
	return 0;
}

/* "03:00": of today, or of yesterday if that is to come; "yesterday 03:00", "today". */
static int time_of_day(const char *text, time_t now, time_t *out)
{
	static const char *const days[] = { "today", "yesterday" };

	for (int ago = 0; ago < 2; ago++) {
		size_t len = strlen(days[ago]);

		if (!strncmp(text, days[ago], len) && (!text[len] || (text[len] == ' ' && text[len + 1])))
			return time_on_day(text + len + (text[len] == ' '), now, ago, out);
	}
	if (!*text || time_on_day(text, now, 0, out))
		return -EINVAL;
	return *out > now ? time_on_day(text, now, 1, out) : 0;
}

/* "10min", "-10min", "10min ago" */
static int age_before(const char *text, uint64_t most_s, uint64_t *out)
{
	static const char ago[] = " ago";
	size_t len = strlen(text), end = sizeof(ago) - 1;
	char copy[32];

	if (*text == '-') {
		text++;
		len--;
	} else if (len > end && !strcmp(text + len - end, ago)) {
		len -= end;
	}
	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return value_age(copy, 1, most_s, out);
}

static int date_and_time(const char *text, time_t *out)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
					       "%Y-%m-%d %H:%M", "%Y-%m-%d" };
	size_t len = strlen(text);
	bool utc = len && text[len - 1] == 'Z';
	char copy[32];

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len + 1);
	copy[len - utc] = '\0';
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm t = { .tm_isdst = -1 }, day;

		if (!reads_as(copy, formats[i], &t))
			continue;
		day = (struct tm) { .tm_year = t.tm_year, .tm_mon = t.tm_mon, .tm_mday = t.tm_mday };
		timegm(&day); /* makes another day of the 30th of February */
		if (day.tm_mday != t.tm_mday)
			return -EINVAL;
		*out = utc ? timegm(&t) : mktime(&t);
		return *out > 0 ? 0 : -EINVAL;
	}
	return -EINVAL;
}

int value_moment(const char *text, uint64_t now_ns, uint64_t *out)
{
	time_t now = (time_t)(now_ns / NS_PER_S), moment = 0;
	uint64_t age;

	if (!age_before(text, now_ns / NS_PER_S, &age)) {
		*out = now_ns - age * NS_PER_S;
		return 0;
	}
	if (time_of_day(text, now, &moment) && date_and_time(text, &moment))
		return -EINVAL;
	*out = (uint64_t)moment * NS_PER_S;
	return 0;
}

static int port_range(const char *text, size_t len, uint8_t kind, struct port_filter *out)
{
	const char *dash = memchr(text, '-', len);
	size_t first_len = dash ? (size_t)(dash - text) : len;
	uint64_t first, last;

	if (digits(text, first_len, &first))
		return -EINVAL;
	last = first;
	if (dash && digits(dash + 1, len - first_len - 1, &last))
		return -EINVAL;
	if (first < 1 || last > UINT16_MAX || first > last)
		return -EINVAL;
	for (uint64_t port = first; port <= last; port++)
		out->port[port] |= kind;
	return 0;
}

int value_ports(const char *text, uint8_t kind, struct port_filter *out)
{
	for (;;) {
		size_t len = strcspn(text, ",");

		if (port_range(text, len, kind, out))
			return -EINVAL;
		if (!text[len])
			return 0;
		text += len + 1;
	}
}

int value_cidr(const char *text, struct cidr *out)
{
	return cidr_parse(text, out);
}

int value_netns(const char *text, uint32_t *inum)
{
	char path[256];
	struct stat st;
	uint64_t n;

	if (!*text)
		return -EINVAL;
	if (!value_uint(text, 1, UINT32_MAX, &n)) {
		*inum = n;
		return 0;
	}
	if (snprintf(path, sizeof(path), strchr(text, '/') ? "%s" : "/run/netns/%s", text) >= (int)sizeof(path))
		return -EINVAL;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -ENOTTY;
	*inum = st.st_ino;
	return 0;
}

int value_word(const char *text, const char *const *words, unsigned int *out)
{
	for (unsigned int i = 0; words[i]; i++) {
		if (strcmp(text, words[i]))
			continue;
		*out = i;
		return 0;
	}
	return -EINVAL;
}
