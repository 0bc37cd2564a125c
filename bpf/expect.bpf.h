/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which ACKs matter: those that answer a SYN+ACK or a FIN. What is waited for lies in a set-associative cache of fixed
 * size in global memory, so that a data packet costs a hash and one cache line, and no helper call. Nothing is ever
 * freed: an answer clears its slot, and a full set loses a slot, whose ACK is then not sent (the socket's state changes
 * still show it). So a SYN flood costs no memory. Races lose a slot at worst.
 *
 * Only the very number that is awaited is met: a later segment is never taken for an ACK that was not seen, and an ACK
 * of what was never sent takes nothing away. An ACK may come by another interface than what it answers went: none is
 * asked.
 *
 * In the same line stand the directions whose FIN was seen. Where both have sent theirs only answers to lost or old
 * segments can follow, and each of them matters: it may come to a minisocket, which counts nothing and may start anew.
 * Both stand there, too, as long as a request or a FIN_WAIT2 minisocket holds the connection (flow_watch()).
 */
#ifndef TCPLIFE_EXPECT_BPF_H
#define TCPLIFE_EXPECT_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "packet.h"

#define EXPECT_SETS (1 << 14)
#define EXPECT_WAYS 4
#define EXPECT_FINS 6

/* A slot: tag of the awaited segment's direction, addresses and ports in the high half, ACK number in the low. */
struct expect_set {
	__u64 way[EXPECT_WAYS];
	__u64 met;		/* the slot that was met last */
	__u32 fin[EXPECT_FINS]; /* tags; the oldest are overwritten, a SYN clears that of its direction */
} __attribute__((aligned(64)));

static struct expect_set expected[EXPECT_SETS];

#define EXPECT_USED    (1ULL << 33) /* no tag is 0 */
#define EXPECT_UPWARDS (1ULL << 32)

static __always_inline __u64 expect_end(const struct packet_info *p, int which)
{
	return (__u64)p->fold[which] << 16 | p->tuple.port[which];
}

/*
 * Of this segment's direction, or with reverse 1 of the segments that answer it. The high half is the tag, the low one
 * chooses the set. Both directions have one set, and their tags differ in a bit: the cache line, as a rule not in the
 * cache, costs more than all the rest. The ends are put in order without a branch (see expect_maybe()).
 */
static __always_inline __u64 expect_hash_ends(__u64 from, __u64 to)
{
	__u64 upwards = (from - to) >> 63; /* both have 48 bits */
	__u64 low = to ^ ((from ^ to) & -upwards), high = from ^ to ^ low;
	__u64 hash = low * 0x9e3779b97f4a7c15ULL ^ high;

	/* A product carries bits upwards only: the ports must come down first, or they would not choose the set. */
	hash = (hash ^ (hash >> 32)) * 0xbf58476d1ce4e5b9ULL;
	hash ^= hash >> 32;
	return ((hash | EXPECT_USED) & ~EXPECT_UPWARDS) | upwards << 32;
}

static __always_inline __u64 expect_hash(const struct packet_info *p, int reverse)
{
	return expect_hash_ends(expect_end(p, reverse), expect_end(p, 1 - reverse));
}

static __always_inline __u32 expect_tag(__u64 hash)
{
	return (__u32)(hash >> 32);
}

static __always_inline void expect_ack(__u64 hash, __u32 ack)
{
	struct expect_set *set = &expected[hash & (EXPECT_SETS - 1)];
	__u64 slot = (__u64)expect_tag(hash) << 32 | ack;
	__u32 victim = ack & (EXPECT_WAYS - 1);
	int i;

#pragma unroll
	for (i = EXPECT_WAYS - 1; i >= 0; i--) {
		if (!set->way[i])
			victim = i;
	}
#pragma unroll
	for (i = 0; i < EXPECT_WAYS; i++) {
		if (set->way[i] == slot)
			victim = i; /* sent again */
	}
	set->way[victim & (EXPECT_WAYS - 1)] = slot;
}

/* May this be awaited? Without a branch, so that each way through the headers stays one way for the verifier. */
static __always_inline int expect_maybe(__u64 hash)
{
	const struct expect_set *set = &expected[hash & (EXPECT_SETS - 1)];
	__u64 tag = expect_tag(hash), equal = 0;
	int i;

#pragma unroll
	for (i = 0; i < EXPECT_WAYS; i++)
		equal |= ((set->way[i] >> 32) ^ tag) - 1; /* below 0 only if it was 0: both have 32 bits */
	return equal >> 63;
}

/*
 * This direction has sent its FIN. The slots stand in pairs, one of each for each direction, so that the two directions
 * of a connection do not push each other out of a full set.
 */
static __always_inline void expect_fin(__u64 hash)
{
	struct expect_set *set = &expected[hash & (EXPECT_SETS - 1)];
	__u32 tag = expect_tag(hash), victim = ((tag >> 1 & 0xff) * (EXPECT_FINS / 2) >> 8) * 2 + (tag & 1);
	__u32 i;

#pragma unroll
	for (i = 0; i < EXPECT_FINS; i++) {
		if (!set->fin[i] && (i & 1) == (tag & 1))
			victim = i;
	}
#pragma unroll
	for (i = 0; i < EXPECT_FINS; i++) {
		if (set->fin[i] == tag)
			victim = i;
	}
	barrier_var(victim); /* the verifier does not know what the compiler does */
	if (victim < EXPECT_FINS)
		set->fin[victim] = tag;
}

static __always_inline void expect_no_fin(__u64 hash)
{
	struct expect_set *set = &expected[hash & (EXPECT_SETS - 1)];
	__u32 tag = expect_tag(hash);
	int i;

#pragma unroll
	for (i = 0; i < EXPECT_FINS; i++) {
		if (set->fin[i] == tag)
			set->fin[i] = 0;
	}
}

/* Without a branch, as expect_maybe(). */
static __always_inline int expect_fin_sent(__u64 hash)
{
	const struct expect_set *set = &expected[hash & (EXPECT_SETS - 1)];
	__u64 tag = expect_tag(hash), equal = 0;
	int i;

#pragma unroll
	for (i = 0; i < EXPECT_FINS; i++)
		equal |= (set->fin[i] ^ tag) - 1;
	return equal >> 63;
}

/* Global, so that it is verified once and not again behind every way through the headers. */
__noinline int expect_met(__u64 hash, __u32 ack)
{
	struct expect_set *set = &expected[hash & (EXPECT_SETS - 1)];
	__u64 slot = (__u64)expect_tag(hash) << 32 | ack;
	int i;

#pragma unroll
	for (i = 0; i < EXPECT_WAYS; i++) {
		if (set->way[i] == slot) {
			set->way[i] = 0;
			set->met = slot;
			return 1;
		}
	}
	return 0;
}

#endif
