// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static char said[1024];

static void say(void *ctx, const struct dns_answer *a)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%s %u.%u.%u.%u %u;", a->name, a->addr[12], a->addr[13], a->addr[14],
		 a->addr[15], a->ttl_s);
}

/* At the end of a block of its own size, so that a sanitizer sees a read beyond it. */
static int take(const void *message, size_t len)
{
	void *copy = malloc(len ? len : 1);
	int n;

	if (!copy)
		abort();
	memcpy(copy, message, len);
	said[0] = '\0';
	n = dns_answers(copy, len, say, NULL);
	free(copy);
	return n;
}

#define HEADER(answers) 0x12, 0x34, 0x81, 0x80, 0, 1, 0, (answers), 0, 0, 0, 0
#define WWW		3, 'W', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0
#define QUESTION	WWW, 0, 1, 0, 1
#define A_RECORD(last)	0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, (last)
#define ALIAS		0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 44, 0, 4, 1, 'x', 0xc0, 16

CASE(addresses_have_the_name_that_was_asked_for)
{
	static const uint8_t m[] = { HEADER(3), QUESTION, ALIAS, A_RECORD(1), A_RECORD(2) };

	CHECK_EQ_INT(take(m, sizeof(m)), 2);
	CHECK_EQ_STR(said, "www.example.org 192.0.2.1 300;www.example.org 192.0.2.2 300;");
}

CASE(ipv6)
{
	static const uint8_t m[] = { HEADER(1), QUESTION, 0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 9, 0, 16, 0xfd,
				     0,		0,	  0,	0,  0, 0,  0, 0, 0, 0, 0, 0, 1, 2,  3 };

	CHECK_EQ_INT(take(m, sizeof(m)), 1);
	CHECK_EQ_STR(said, "www.example.org 0.1.2.3 9;");
}

/* However it is cut: what is whole counts, and nothing beyond is read. */
CASE(truncation)
{
	static const uint8_t m[] = { HEADER(2), QUESTION, A_RECORD(1), A_RECORD(2) };
	static const size_t fixed = 12 + 17 + 4, record = 16;

	for (size_t len = 0; len <= sizeof(m); len++)
		CHECK_EQ_INT(take(m, len), len < fixed ? -EINVAL : (int)((len - fixed) / record));
}

CASE(a_name_that_points_to_itself)
{
	static const uint8_t here[] = { HEADER(1), 0xc0, 12, 0, 1, 0, 1, A_RECORD(1) };
	static const uint8_t ahead[] = { HEADER(1), 0xc0, 14, 0xc0, 12, 0, 1, 0, 1, A_RECORD(1) };
	static const uint8_t round[] = { HEADER(1), 1, 'a', 0xc0, 12, 0, 1, 0, 1, A_RECORD(1) };

	CHECK_EQ_INT(take(here, sizeof(here)), -EINVAL);
	CHECK_EQ_INT(take(ahead, sizeof(ahead)), -EINVAL);
	CHECK_EQ_INT(take(round, sizeof(round)), -EINVAL);
}

CASE(names_of_other_bytes)
{
	static const uint8_t escape[] = { HEADER(1), 2, 'a', 0x1b, 0, 0, 1, 0, 1, A_RECORD(1) };
	static const uint8_t root[] = { HEADER(1), 0, 0, 1, 0, 1, A_RECORD(1) };
	static const uint8_t reserved[] = { HEADER(1), 0x41, 'a', 0, 0, 1, 0, 1, A_RECORD(1) };

	CHECK_EQ_INT(take(escape, sizeof(escape)), -EINVAL);
	CHECK_EQ_INT(take(root, sizeof(root)), -EINVAL);
	CHECK_EQ_INT(take(reserved, sizeof(reserved)), -EINVAL);
}

/* 255 bytes are allowed on the wire, 253 as text. */
CASE(long_names)
{
	uint8_t m[600] = { HEADER(1) };
	static const uint8_t record[] = { 0, 1, 0, 1, A_RECORD(1) };

	for (int labels = 3; labels <= 5; labels++) {
		size_t at = 12;

		for (int i = 0; i < labels; i++) {
			m[at++] = 62;
			memset(m + at, 'a' + i, 62);
			at += 62;
		}
		m[at++] = 0;
		memcpy(m + at, record, sizeof(record));
		CHECK_EQ_INT(take(m, at + sizeof(record)), labels <= 4 ? 1 : -EINVAL);
	}
}

CASE(what_is_no_answer)
{
	static const uint8_t query[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, QUESTION, A_RECORD(1) };
	static const uint8_t nxdomain[] = { 0x12, 0x34, 0x81, 0x83, 0, 1, 0, 1, 0, 0, 0, 0, QUESTION, A_RECORD(1) };
	static const uint8_t two[] = {
		0x12, 0x34, 0x81, 0x80, 0, 2, 0, 1, 0, 0, 0, 0, QUESTION, QUESTION, A_RECORD(1)
	};
	static const uint8_t chaos[] = { HEADER(1), QUESTION, 0xc0, 12, 0, 1, 0, 3, 0, 0, 1, 44, 0, 4, 1, 2, 3, 4 };

	CHECK_EQ_INT(take(query, sizeof(query)), -EINVAL);
	CHECK_EQ_INT(take(nxdomain, sizeof(nxdomain)), -EINVAL);
	CHECK_EQ_INT(take(two, sizeof(two)), -EINVAL);
	CHECK_EQ_INT(take(chaos, sizeof(chaos)), 0);
}
