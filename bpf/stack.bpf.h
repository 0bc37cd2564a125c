/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Through which functions did we get here? Asked only in rare cases: a stack walk takes about a microsecond. */
#ifndef TCPLIFE_STACK_BPF_H
#define TCPLIFE_STACK_BPF_H

#include "ring.bpf.h"

/* The tracer's own frames and the timer's come first; what is looked for lies 3 to 12 deep. */
#define STACK_FRAMES 20

/* 1 if ip lies in the range; without a branch, for 20 frames times 24 ranges would be as many paths for the verifier.
 */
static __always_inline __u32 in_range(__u64 ip, const volatile struct stack_range *range)
{
	__u64 offset = ip - range->start;

	return (~offset & (offset - range->length)) >> 63;
}

/* Which of the functions in knobs.stack_range are on the call stack: bits by enum stack_place. */
static __noinline __u32 stack_places(void *ctx)
{
	__u64 frame[STACK_FRAMES] = {};
	__u32 places = 0, i, r;

	if (bpf_get_stack(ctx, frame, sizeof(frame), 0) < 0)
		return 0;
	for (i = 0; i < STACK_FRAMES; i++) {
		for (r = 0; r < CONFIG_MAX_STACK_RANGES; r++) {
			if (r >= knobs.stack_range_count)
				break;
			places |= in_range(frame[i], &knobs.stack_range[r]) << (knobs.stack_range[r].place & 7);
		}
	}
	return places;
}

#endif
