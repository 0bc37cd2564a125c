/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The way out of the kernel: one ring for all records, and a count of those that were lost because it was full. */
#ifndef TCPLIFE_RING_BPF_H
#define TCPLIFE_RING_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "event.h"
#include "config.h"

struct event_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22); /* user space sets the size before load */
};

struct lost_counters {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EVENT_KINDS);
	__type(key, __u32);
	__type(value, __u64);
};

extern struct event_ring events SEC(".maps");
extern struct lost_counters lost SEC(".maps");
/* Not "config": the kernel has a typedef of that name. */
extern const volatile struct bpf_config knobs;
/*
 * User space attaches and detaches one hook after the other. No hook sends anything before the last is attached, nor
 * after the first is detached.
 */
extern volatile __u32 paused;
/* The ring was filled to knobs.detail_bytes when it was looked at last. */
extern volatile __u32 crowded;

static __always_inline __u64 event_now(void)
{
	return bpf_ktime_get_ns();
}

static __always_inline void event_lost(__u32 kind)
{
	__u64 *count = bpf_map_lookup_elem(&lost, &kind);

	if (count)
		*count += 1;
}

/* Records that a connection's history from first to last step does not depend on. */
static __always_inline int is_detail(__u32 kind)
{
	return kind == EVENT_SEGMENT || kind == EVENT_RETRANSMIT || kind == EVENT_DROP || kind == EVENT_ICMP ||
	       kind == EVENT_TRANSFER || kind == EVENT_DNS;
}

/* How full the ring is, which a record in eight asks: a fill that matters is thousands of them. */
#define LOOK_MASK 7

/* True if the consumer is to be woken. */
static __always_inline int ring_look(void)
{
	__u64 waiting = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
	__u32 now = knobs.detail_bytes && waiting >= knobs.detail_bytes;

	if (crowded != now)
		crowded = now;
	return waiting >= knobs.wakeup_bytes;
}

static __always_inline int has_room_for(__u32 kind)
{
	if (!is_detail(kind) || !crowded)
		return 1;
	ring_look();
	return !crowded;
}

/*
 * Room for one record, its header filled in, or NULL, counted. size must be a constant, so: one call for each
 * combination of optional blocks. ts is event_now(), read before this: a record never carries a time later than its
 * place in the ring. The memory is not cleared: write every field, padding too.
 */
static __always_inline void *event_reserve(__u32 kind, __u16 size, __u8 flags, __u32 netns, __u64 ts)
{
	struct event *e;

	if (paused)
		return NULL;
	e = has_room_for(kind) ? bpf_ringbuf_reserve(&events, size, 0) : NULL;
	if (!e) {
		event_lost(kind);
		return NULL;
	}
	e->kind = kind;
	e->flags = flags;
	e->size = size;
	e->netns = netns;
	e->ts_ns = ts;
	return e;
}

/* The consumer has a timer; it is woken only when the ring fills faster than that. */
static __always_inline void event_submit(void *record)
{
	const struct event *e = record;
	int wake = !(e->ts_ns & LOOK_MASK) && ring_look();

	bpf_ringbuf_submit(record, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
