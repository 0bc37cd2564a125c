// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>

#include "core/recording.h"
#include "event.h"
#include "test.h"

static struct recording_header header(void)
{
	struct recording_header h;

	recording_header_init(&h, 1700000000000000001ULL, 5,
			      &(struct recording_origin) { .kernel = "6.18.0",
							   .host = "a-host-name-that-is-much-longer-than-forty-bytes",
							   .hooks = "tp_btf/a fentry/b" });
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
	CHECK_EQ_INT(out.header_size, 656);
	CHECK_EQ_STR(out.hooks, "tp_btf/a fentry/b");
	CHECK_EQ_INT(out.features, RECORDING_HAS_HOOKS | RECORDING_HAS_SIZES);
}

CASE(names_may_be_missing)
{
	struct recording_header h;

	recording_header_init(&h, 1, 1, &(struct recording_origin) { 0 });
	CHECK_EQ_STR(h.kernel, "");
	CHECK_EQ_STR(h.host, "");
	CHECK_EQ_INT(h.features, RECORDING_HAS_SIZES);
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

/* The header that version 1 wrote: the first 128 bytes, and no hooks. */
CASE(version_1_is_read)
{
	struct recording_header h = header(), out;

	h.version = h.min_readable = 1;
	h.header_size = 128;
	CHECK_EQ_INT(recording_header_check(&h, 127, &out), -EAGAIN);
	CHECK_EQ_INT(recording_header_check(&h, 128, &out), 0);
	CHECK_EQ_INT(out.header_size, 128);
	CHECK_EQ_STR(out.kernel, "6.18.0");
	CHECK_EQ_STR(out.hooks, "");
}

CASE(items_behind_the_header)
{
	struct {
		struct event_clock clock;
		struct recording_header h;
		struct event_clock last;
	} body = { .h = header() };
	size_t size;

	body.clock.event = body.last.event = (struct event) { .kind = EVENT_CLOCK, .size = sizeof(body.clock) };
	CHECK_EQ_INT(recording_next(&body, 15, &size), RECORDING_MORE);
	CHECK_EQ_INT(recording_next(&body, sizeof(body.clock) - 1, &size), RECORDING_MORE);
	CHECK_EQ_INT(recording_next(&body, sizeof(body), &size), RECORDING_RECORD);
	CHECK_EQ_INT(size, sizeof(body.clock));
	CHECK_EQ_INT(recording_next(&body.h, sizeof(body.h) - 1, &size), RECORDING_MORE);
	CHECK_EQ_INT(recording_next(&body.h, sizeof(body.h), &size), RECORDING_HEADER);
	CHECK_EQ_INT(size, sizeof(body.h));
	body.h.header_size = 4;
	CHECK_EQ_INT(recording_next(&body.h, sizeof(body.h), &size), RECORDING_DAMAGED);
	body.clock.event.size = 12;
	CHECK_EQ_INT(recording_next(&body, sizeof(body), &size), RECORDING_DAMAGED);
	body.clock.event.size = 8;
	CHECK_EQ_INT(recording_next(&body, sizeof(body), &size), RECORDING_DAMAGED);
}
