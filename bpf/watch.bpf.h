/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Requests and minisockets count no segments. While one of them holds a connection each segment of it is reported, so
 * that it can be counted, and so that the one that ends the matter is not missed behind one that did not.
 */
#ifndef TCPLIFE_WATCH_BPF_H
#define TCPLIFE_WATCH_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "event.h"

/* hash: of either direction; on: 1 or 0. Global, and with numbers only, as minisocket_find(). */
int flow_watch(__u64 hash, __u32 on);

/* A segment of this direction with that ACK number was dropped: if it was awaited, another one still is. */
int flow_await(__u64 hash, __u32 ack);

/* The hash, from ends as watch_end() makes them. */
__u64 flow_hash_ends(__u64 from, __u64 to);

/* As packet_info.fold and .tuple have it. */
static __always_inline __u64 watch_end(const struct event_tuple *t, int which)
{
	const __u32 *word = (const __u32 *)t->addr[which];
	__u32 fold = 0;
	int i;

	if (!(word[0] | word[1]) && word[2] == bpf_htonl(0xffff)) {
		fold = word[3];
	} else {
		for (i = 0; i < 4; i++)
			fold = (fold ^ word[i]) * 0x9e3779b1U;
	}
	return (__u64)fold << 16 | t->port[which];
}

/* A connection by its socket's tuple: where an address is translated, its segments have another one. */
static __always_inline void watch_tuple(const struct event_tuple *t, __u32 on)
{
	flow_watch(flow_hash_ends(watch_end(t, 0), watch_end(t, 1)), on);
}

/* Of the tuple of a segment that was dropped. */
static __always_inline void watch_for_another(const struct event_tuple *t, __u32 ack)
{
	flow_await(flow_hash_ends(watch_end(t, 0), watch_end(t, 1)), ack);
}

#endif
