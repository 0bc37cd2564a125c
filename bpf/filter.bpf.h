/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the user wants to see, as far as one record shows. The user side filters whole connections again, so this may
 * let through too much, never too little.
 */
#ifndef TCPLIFE_FILTER_BPF_H
#define TCPLIFE_FILTER_BPF_H

#include "ring.bpf.h"
#include <bpf/bpf_endian.h>

struct port_filter_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct port_filter);
};

extern struct port_filter_map ports SEC(".maps");

enum wanted {
	UNWANTED,
	WANTED,
	WANTED_UNDECIDED, /* depends on the local port, which connect() chooses after the step to SYN_SENT */
};

static __always_inline int tuple_is_v4(const struct event_tuple *t)
{
	const __u32 *word = (const __u32 *)t->addr[0];

	return !(word[0] | word[1]) && word[2] == bpf_htonl(0xffff);
}

/* What is asked of a port. The verifier of 5.10 and 6.1 forgets that a number whose bytes were swapped has 16 bits. */
static __always_inline __u32 port_kinds(const struct port_filter *filter, __u32 port)
{
	barrier_var(port);
	return filter->port[port & 0xffff];
}

/*
 * -L and -D are about the local end, and both ends may be on this host: either port may be the one that is meant. Given
 * together, both must match.
 */
static __always_inline enum wanted wanted_ports(const struct event_tuple *t)
{
	struct port_filter *filter;
	__u32 zero = 0, kinds = knobs.filter.port_kinds, met;

	if (!kinds)
		return WANTED;
	filter = bpf_map_lookup_elem(&ports, &zero);
	if (!filter)
		return WANTED;
	met = port_kinds(filter, t->port[0]) | port_kinds(filter, t->port[1]);
	if ((met & kinds) == kinds)
		return WANTED;
	return t->port[0] && t->port[1] ? UNWANTED : WANTED_UNDECIDED;
}

static __always_inline int cidr_holds(const volatile struct cidr *c, const __u8 *addr)
{
	const __u32 *word = (const __u32 *)addr;
	__u32 i;

#pragma unroll
	for (i = 0; i < 4; i++) {
		__u32 bits = c->prefix_len > 32 * i ? c->prefix_len - 32 * i : 0;
		__u32 mask = bits >= 32 ? ~0U : bpf_htonl(~(~0U >> bits));
		__u32 prefix = *(const volatile __u32 *)&c->addr[4 * i];

		if ((prefix ^ word[i]) & mask)
			return 0;
	}
	return 1;
}

static __always_inline int wanted_addresses(const struct event_tuple *t)
{
	__u32 i;

	if (!knobs.filter.cidr_count)
		return 1;
	for (i = 0; i < CONFIG_MAX_CIDRS; i++) {
		if (i >= knobs.filter.cidr_count)
			break;
		if (cidr_holds(&knobs.filter.cidr[i], t->addr[0]) || cidr_holds(&knobs.filter.cidr[i], t->addr[1]))
			return 1;
	}
	return 0;
}

/* The one predicate, for sockets and for segments. netns 0 = not known, passes. */
static __always_inline enum wanted wanted(const struct event_tuple *t, __u32 netns)
{
	if (knobs.filter.netns && netns && netns != knobs.filter.netns)
		return UNWANTED;
	if (knobs.filter.family && knobs.filter.family != (tuple_is_v4(t) ? 4 : 6))
		return UNWANTED;
	if (!wanted_addresses(t))
		return UNWANTED;
	return wanted_ports(t);
}

#endif
