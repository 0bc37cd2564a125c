// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is the same segment seen again, and what was sent again. */
#include "core/capture/sightings.h"

#include "test.h"

#define MS 1000000ULL

static const struct dissect_packet data = {
	.seq = 100, .ack = 1, .payload_len = 10, .ttl = 64, .tcp_flags = TCP_FLAG_ACK_BIT, .tcp_checksum = 0x1234
};

/* Is b, so many ns after a, a seen again? */
static bool again(struct dissect_packet a, uint64_t place_a, struct dissect_packet b, uint64_t place_b, uint64_t ns)
{
	struct sightings s;
	bool seen;

	CHECK_EQ_INT(sightings_init(&s), 0);
	CHECK(!sightings_again(&s, &a, place_a, 1000 * MS));
	seen = sightings_again(&s, &b, place_b, 1000 * MS + ns);
	sightings_free(&s);
	return seen;
}

CASE(elsewhere)
{
	struct dissect_packet p = data;

	CHECK(again(data, 0, data, 1, 500 * MS));
	CHECK(!again(data, 0, data, 1, 1001 * MS));
	p.ttl = 63;
	CHECK(again(data, 0, p, 0, 500 * MS));
	p = data;
	p.tunnels = 1;
	CHECK(again(data, 0, p, 0, 500 * MS));
	p = data;
	p.vlan[0] = 8;
	CHECK(again(data, 0, p, 0, 500 * MS));
	p = data;
	p.point = 3;
	CHECK(again(data, 0, p, 0, 500 * MS));
	p.tcp_checksum++;
	CHECK(!again(data, 0, p, 0, 500 * MS)); /* another time stamp in it: sent again, and by another way */
	p.checksum = CHECKSUM_OFFLOAD;
	CHECK(again(data, 0, p, 0, 500 * MS));
	p = data;
	p.ttl = 63;
	p.seq++;
	CHECK(!again(data, 0, p, 0, 1));
}

CASE(at_the_same_point)
{
	struct dissect_packet p = data, ack = data;

	CHECK(again(data, 0, data, 0, 1 * MS));
	CHECK(!again(data, 0, data, 0, 10 * MS));
	p.ip_id = 77;
	CHECK(again(p, 0, p, 0, 500 * MS));
	CHECK(!again(data, 0, p, 0, 1 * MS));
	ack.payload_len = 0;
	CHECK(!again(ack, 0, ack, 0, 1 * MS)); /* duplicate ACKs look like that */
	ack.tcp_flags |= TCP_FLAG_RST_BIT;
	CHECK(!again(ack, 0, ack, 0, 1 * MS)); /* one RST for each segment that came */
}

CASE(how_often_each)
{
	struct sightings s;
	struct dissect_packet p = data;

	CHECK_EQ_INT(sightings_init(&s), 0);
	CHECK_EQ_INT(sightings_each(&s), 1);
	for (uint32_t i = 0; i < 300; i++) {
		p.seq = i / 3;
		sightings_again(&s, &p, i % 3, i);
	}
	CHECK_EQ_INT(s.again, 200);
	CHECK_EQ_INT(sightings_each(&s), 3);
	sightings_free(&s);
}
