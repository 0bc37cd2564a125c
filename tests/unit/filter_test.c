// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/filter.h"

#include "test.h"

/* 10.0.0.1:40000 to 10.0.0.2:8080. */
static struct conn sample(bool client_local, bool server_local)
{
	struct conn c = { .flow.end = { { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 }, 40000 },
					{ { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2 }, 8080 } } };

	c.side[CLIENT].id = client_local;
	c.side[SERVER].id = server_local ? 2 : 0;
	return c;
}

static bool wants_with(const struct conn *c, uint32_t kinds, uint16_t port, uint8_t bits)
{
	static struct port_filter ports;
	struct filter_config f = { .port_kinds = kinds };
	bool wanted;

	ports.port[port] = bits;
	wanted = filter_wants(&f, &ports, c);
	ports.port[port] = 0;
	return wanted;
}

CASE(nothing_asked_takes_all)
{
	struct filter_config f = { 0 };
	struct conn c = sample(true, false);

	CHECK(filter_wants(&f, NULL, &c));
}

CASE(port_of_either_side)
{
	struct conn c = sample(true, false);

	CHECK(wants_with(&c, PORT_EITHER, 8080, PORT_EITHER));
	CHECK(wants_with(&c, PORT_EITHER, 40000, PORT_EITHER));
	CHECK(!wants_with(&c, PORT_EITHER, 8081, PORT_EITHER));
}

CASE(local_and_remote_are_of_a_local_socket)
{
	struct conn client = sample(true, false), server = sample(false, true), both = sample(true, true);

	CHECK(!wants_with(&client, PORT_LOCAL, 8080, PORT_LOCAL));
	CHECK(wants_with(&server, PORT_LOCAL, 8080, PORT_LOCAL));
	CHECK(wants_with(&both, PORT_LOCAL, 8080, PORT_LOCAL));
	CHECK(wants_with(&client, PORT_REMOTE, 8080, PORT_REMOTE));
	CHECK(!wants_with(&server, PORT_REMOTE, 8080, PORT_REMOTE));
	CHECK(wants_with(&both, PORT_REMOTE, 8080, PORT_REMOTE));
}

CASE(family_and_prefix)
{
	struct conn c = sample(true, false);
	struct filter_config v6 = { .family = 6 }, v4 = { .family = 4 };
	struct filter_config in = { .cidr_count = 1,
				    .cidr = { { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2 }, 127 } } };
	struct filter_config out = in;

	CHECK(!filter_wants(&v6, NULL, &c));
	CHECK(filter_wants(&v4, NULL, &c));
	CHECK(filter_wants(&in, NULL, &c)); /* 10.0.0.2/31 has .2 */
	out.cidr[0].addr[15] = 4;
	CHECK(!filter_wants(&out, NULL, &c));
}

CASE(process_of_any_part)
{
	struct conn c = sample(true, true);
	struct filter_config f = { .pid = 77 };

	CHECK(!filter_wants(&f, NULL, &c));
	c.side[SERVER].actor[CLOSER].pid = 77;
	CHECK(filter_wants(&f, NULL, &c));
}
