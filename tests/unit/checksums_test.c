// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which wrong checksums are damage. */
#include "core/capture/checksums.h"

#include "test.h"

static struct dissect_packet packet(uint8_t host, enum dissect_checksum what)
{
	struct dissect_packet p = { .checksum = what };

	p.tuple.addr[0][15] = host;
	return p;
}

static void note(struct checksums *c, uint8_t host, enum dissect_checksum what, unsigned int times)
{
	struct dissect_packet p = packet(host, what);

	while (times--)
		checksums_note(c, &p);
}

static enum checksums_verdict judge(const struct checksums *c, uint8_t host)
{
	struct dissect_packet p = packet(host, CHECKSUM_WRONG);

	return checksums_judge(c, &p);
}

CASE(one_in_twenty_is_damage_and_more_is_not)
{
	struct checksums c;

	CHECK_EQ_INT(checksums_init(&c), 0);
	note(&c, 1, CHECKSUM_RIGHT, 19);
	note(&c, 1, CHECKSUM_WRONG, 1);
	CHECK_EQ_INT(judge(&c, 1), CHECKSUMS_DAMAGE);
	note(&c, 1, CHECKSUM_WRONG_IP, 1);
	CHECK_EQ_INT(judge(&c, 1), CHECKSUMS_MANY_OF_ALL);
	checksums_free(&c);
}

CASE(all_of_one_host_is_none)
{
	struct checksums c;

	CHECK_EQ_INT(checksums_init(&c), 0);
	note(&c, 1, CHECKSUM_RIGHT, 100);
	note(&c, 2, CHECKSUM_WRONG, 1);
	CHECK_EQ_INT(judge(&c, 2), CHECKSUMS_DAMAGE); /* one alone says nothing */
	note(&c, 2, CHECKSUM_WRONG, 1);
	CHECK_EQ_INT(judge(&c, 2), CHECKSUMS_ALL_OF_HOST);
	CHECK_EQ_INT(judge(&c, 1), CHECKSUMS_DAMAGE);
	CHECK_EQ_INT(judge(&c, 3), CHECKSUMS_DAMAGE);
	note(&c, 2, CHECKSUM_OFFLOAD, 1);
	CHECK_EQ_INT(judge(&c, 2), CHECKSUMS_DAMAGE);
	checksums_free(&c);
}

CASE(what_cannot_be_checked_does_not_count)
{
	struct checksums c;

	CHECK_EQ_INT(checksums_init(&c), 0);
	note(&c, 1, CHECKSUM_UNCHECKED, 1000);
	CHECK_EQ_INT(c.checked, 0);
	note(&c, 1, CHECKSUM_WRONG, 1);
	CHECK_EQ_INT(judge(&c, 1), CHECKSUMS_MANY_OF_ALL);
	checksums_free(&c);
}

CASE(hosts_are_bounded)
{
	struct checksums c;
	struct dissect_packet p = packet(1, CHECKSUM_RIGHT);

	CHECK_EQ_INT(checksums_init(&c), 0);
	for (uint32_t i = 0; i < CHECKSUMS_MAX_HOSTS + 100; i++) {
		p.tuple.addr[0][0] = i;
		p.tuple.addr[0][1] = i >> 8;
		p.tuple.addr[0][2] = i >> 16;
		checksums_note(&c, &p);
	}
	CHECK_EQ_INT(c.hosts, CHECKSUMS_MAX_HOSTS);
	CHECK_EQ_INT(c.checked, CHECKSUMS_MAX_HOSTS + 100);
	checksums_free(&c);
}
