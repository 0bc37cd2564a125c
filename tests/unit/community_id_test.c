// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* An example of the specification, and of what Python's hashlib makes; tests/pcap.sh compares with tshark. */
#include "core/record/community_id.h"

#include <arpa/inet.h>

#include "core/conn.h"
#include "test.h"

static struct endpoint endpoint(const char *address, uint16_t port)
{
	struct endpoint e = { .port = port };

	if (inet_pton(AF_INET6, address, e.addr) != 1) {
		e.addr[10] = e.addr[11] = 0xff;
		inet_pton(AF_INET, address, e.addr + 12);
	}
	return e;
}

static void expect(const char *a, uint16_t a_port, const char *b, uint16_t b_port, const char *id)
{
	struct flow there = { .end = { endpoint(a, a_port), endpoint(b, b_port) } };
	struct flow back = { .end = { there.end[1], there.end[0] } };
	char buf[COMMUNITY_ID_SIZE];

	CHECK_EQ_STR(community_id(&there, buf), id);
	CHECK_EQ_STR(community_id(&back, buf), id);
}

CASE(as_specified)
{
	expect("128.232.110.120", 34855, "66.35.250.204", 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
}

/* Of two equal addresses the ports decide. */
CASE(on_loopback)
{
	expect("127.0.0.1", 40000, "127.0.0.1", 80, "1:5rFr+y3i0wpQbEhThSaj08U8BaE=");
}

CASE(ipv6)
{
	expect("fe80::1", 40000, "2001:db8::1", 80, "1:MqD3StmfMmg4bG6BYVm8ln8rCMI=");
}
