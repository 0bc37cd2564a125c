// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>

#include "core/recording.h"
#include "test.h"

static struct recording_header header(void)
{
	struct recording_header h;

	recording_header_init(&h, 1700000000000000001ULL, 5, "6.18.0",
			      "a-host-name-that-is-much-longer-than-forty-bytes");
	return h;
}

CASE(round_trip)
{
	struct recording_header h = header(), out;

	CHECK_EQ_INT(recording_header_check(&h, sizeof(h), &out), 0);
	CHECK_EQ_INT(out.wall_ns, 1700000000000000001LL);
	CHECK_EQ_INT(out.ts_ns, 5);
	CHECK_EQ_STR(out.kernel, "6.18.0");
	CHECK_EQ_INT(strlen(out.host), sizeof(out.host) - 1);
	CHECK_EQ_INT(out.header_size, 128);
}

CASE(names_may_be_missing)
{
	struct recording_header h;

	recording_header_init(&h, 1, 1, NULL, NULL);
	CHECK_EQ_STR(h.kernel, "");
	CHECK_EQ_STR(h.host, "");
}

CASE(too_short_is_asked_for_again)
{
	struct recording_header h = header(), out;

	for (size_t len = 0; len < sizeof(h); len++)
		CHECK_EQ_INT(recording_header_check(&h, len, &out), -EAGAIN);
}

CASE(refused)
{
	struct recording_header h, out;

	CHECK_EQ_INT(recording_header_check("#!/bin/sh", 9, &out), -EINVAL);
	CHECK_EQ_INT(recording_header_check("X", 1, &out), -EINVAL);
	h = header();
	h.endian = __builtin_bswap32(h.endian);
	CHECK_EQ_INT(recording_header_check(&h, sizeof(h), &out), -EPROTO);
	h = header();
	h.version = h.min_readable = RECORDING_VERSION + 1;
	CHECK_EQ_INT(recording_header_check(&h, sizeof(h), &out), -EPROTONOSUPPORT);
	h = header();
	h.header_size = 124;
	CHECK_EQ_INT(recording_header_check(&h, sizeof(h), &out), -EINVAL);
	h.header_size = 1U << 31;
	CHECK_EQ_INT(recording_header_check(&h, sizeof(h), &out), -EINVAL);
}

CASE(newer_but_readable_with_a_longer_header)
{
	struct {
		struct recording_header h;
		uint64_t more[2];
	} longer = { .h = header() };
	struct recording_header out;

	longer.h.version = RECORDING_VERSION + 1;
	longer.h.header_size = sizeof(longer);
	CHECK_EQ_INT(recording_header_check(&longer, sizeof(longer.h), &out), -EAGAIN);
	CHECK_EQ_INT(recording_header_check(&longer, sizeof(longer), &out), 0);
	CHECK_EQ_INT(out.header_size, sizeof(longer));
}

CASE(the_range_of_local_ports)
{
	struct local_ports ports = {
		.known = true, .netns = 7, .low = 32768, .high = 60999, .reserved = 3, .tw_reuse = 2
	};
	struct recording_header h = header(), out;
	struct local_ports back;

	recording_header_ports(&h, &back);
	CHECK(!back.known);
	recording_header_set_ports(&h, &ports);
	CHECK_EQ_INT(recording_header_check(&h, sizeof(h), &out), 0);
	recording_header_ports(&out, &back);
	CHECK(back.known);
	CHECK_EQ_INT(back.netns, 0); /* the number means nothing elsewhere */
	CHECK_EQ_INT(back.low, 32768);
	CHECK_EQ_INT(back.high, 60999);
	CHECK_EQ_INT(back.reserved, 3);
	CHECK_EQ_INT(back.tw_reuse, 2);
	out.port_low = 61000; /* damaged */
	recording_header_ports(&out, &back);
	CHECK(!back.known);
}
