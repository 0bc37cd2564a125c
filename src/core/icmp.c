// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/icmp.h"

#include <errno.h>
#include <stddef.h>

struct meaning {
	const char *text;
	unsigned int err;
};

#define ICMP_UNREACHABLE 3
#define ICMP_FRAG_NEEDED 4
#define ICMP_TIME	 11
#define ICMP_PARAMETER	 12

#define ICMP6_UNREACHABLE 1
#define ICMP6_TOO_BIG	  2
#define ICMP6_TIME	  3
#define ICMP6_PARAMETER	  4

static const struct meaning UNREACHABLE[] = {
	{ "network unreachable", ENETUNREACH },
	{ "host unreachable", EHOSTUNREACH },
	{ "protocol unreachable", ENOPROTOOPT },
	{ "port unreachable", ECONNREFUSED },
	{ "fragmentation needed", EMSGSIZE },
	{ "source route failed", EOPNOTSUPP },
	{ "network unknown", ENETUNREACH },
	{ "host unknown", EHOSTDOWN },
	{ "source host isolated", ENONET },
	{ "network administratively prohibited", ENETUNREACH },
	{ "host administratively prohibited", EHOSTUNREACH },
	{ "network unreachable for this type of service", ENETUNREACH },
	{ "host unreachable for this type of service", EHOSTUNREACH },
	{ "administratively prohibited", EHOSTUNREACH },
	{ "host precedence violation", EHOSTUNREACH },
	{ "precedence cutoff in effect", EHOSTUNREACH },
};

static const struct meaning UNREACHABLE6[] = {
	{ "no route", ENETUNREACH },
	{ "administratively prohibited", EACCES },
	{ "beyond the scope of the source address", EHOSTUNREACH },
	{ "address unreachable", EHOSTUNREACH },
	{ "port unreachable", ECONNREFUSED },
	{ "source address failed policy", EACCES },
	{ "route rejected", EACCES },
};

static const struct meaning TIME[] = {
	{ "time exceeded in transit", EHOSTUNREACH },
	{ "fragment reassembly time exceeded", EHOSTUNREACH },
};

static const struct meaning TIME6[] = {
	{ "hop limit exceeded in transit", EHOSTUNREACH },
	{ "fragment reassembly time exceeded", EHOSTUNREACH },
};

#define ENTRY(table, code) ((code) < sizeof(table) / sizeof((table)[0]) ? (table)[code] : OTHER)

static const struct meaning OTHER = { "error", EHOSTUNREACH };

static struct meaning meaning4(unsigned int type, unsigned int code)
{
	switch (type) {
	case ICMP_UNREACHABLE:
		return ENTRY(UNREACHABLE, code);
	case ICMP_TIME:
		return ENTRY(TIME, code);
	case ICMP_PARAMETER:
		return (struct meaning) { "parameter problem", EPROTO };
	}
	return (struct meaning) { "error", 0 };
}

static struct meaning meaning6(unsigned int type, unsigned int code)
{
	switch (type) {
	case ICMP6_UNREACHABLE:
		return ENTRY(UNREACHABLE6, code);
	case ICMP6_TOO_BIG:
		return (struct meaning) { "packet too big", EMSGSIZE };
	case ICMP6_TIME:
		return ENTRY(TIME6, code);
	case ICMP6_PARAMETER:
		return (struct meaning) { "parameter problem", EPROTO };
	}
	return (struct meaning) { "error", 0 };
}

static struct meaning meaning(unsigned int version, unsigned int type, unsigned int code)
{
	return version == 6 ? meaning6(type, code) : meaning4(type, code);
}

const char *icmp_text(unsigned int version, unsigned int type, unsigned int code)
{
	return meaning(version, type, code).text;
}

unsigned int icmp_errno(unsigned int version, unsigned int type, unsigned int code)
{
	return meaning(version, type, code).err;
}

bool icmp_is_too_big(unsigned int version, unsigned int type, unsigned int code)
{
	return version == 6 ? type == ICMP6_TOO_BIG : type == ICMP_UNREACHABLE && code == ICMP_FRAG_NEEDED;
}
