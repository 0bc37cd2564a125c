/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Did a minisocket take over from this socket? tcp_time_wait() puts it into the ehash chain in the socket's place
 * before tcp_done() sets CLOSE (5.10 to 6.18), so at that step it can be found there: no hook of its own is needed.
 */
#ifndef TCPLIFE_MINISOCKET_BPF_H
#define TCPLIFE_MINISOCKET_BPF_H

#include "sock.bpf.h"

/* As much of a minisocket as is asked for, read at once: its timer ends at 192 (6.18). */
struct minisocket_copy {
	__u8 bytes[200];
} __attribute__((aligned(8)));

#define MINISOCKET_OFFSET(field) bpf_core_field_offset(struct inet_timewait_sock, field)

#define MINISOCKET_FIELD(copy, tw, field)                                                                              \
	(MINISOCKET_OFFSET(field) + sizeof((tw)->field) <= sizeof((copy)->bytes)                                       \
		 ? *(const typeof((tw)->field) *)((copy)->bytes + MINISOCKET_OFFSET(field))                            \
		 : BPF_CORE_READ(tw, field))

/*
 * What a program asks minisocket_find(), and what that found. A pointer that is stored here is read back as a number.
 * Each program has a place of its own on a CPU: the second may interrupt the first, none interrupts itself.
 */
struct minisocket_search {
	__u64 net, ehash; /* a struct net, a struct inet_ehash_bucket[] */
	__u32 ehash_mask;
	__u32 hash, daddr;	     /* the socket's */
	__u16 lport, dport;	     /* in host, in network order */
	__u64 address;		     /* of the struct inet_timewait_sock that was found */
	struct minisocket_copy copy; /* of it */
};

enum minisocket_place { MINISOCKET_FIRST, MINISOCKET_NESTED, MINISOCKET_PLACES };

struct minisocket_searches {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MINISOCKET_PLACES);
	__type(key, __u32);
	__type(value, struct minisocket_search);
};

extern struct minisocket_searches minisocket_searches SEC(".maps");

/* Global, so that the verifier looks at it once and not again for each path that leads there. 1 = found. */
int minisocket_find(__u32 place);

/* Address of tw_timer_handler(), read from the first minisocket, where kallsyms may not be read; 0 = none came yet. */
extern __u64 timewait_handler;

#endif
