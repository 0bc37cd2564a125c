/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The history of a connection that the timeline draws and the record lists: bounded, in order of time. */
#ifndef TCPLIFE_MOMENT_H
#define TCPLIFE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

/*
 * What happened is named by the kind of the event that reported it, and the fields mean:
 *   EVENT_STATE       a socket's step: old_state -> new_state; arg = errno, tcp_flags = STATE_*
 *   EVENT_SEGMENT     sent by .side; seen at moment_set_place()
 *   EVENT_RETRANSMIT  .side's kernel sent again: old_state = the state it did so in, arg = enum retransmit_cause,
 *                     tcp_flags = the segment's or 0, new_state = enum drop_reason if this host had dropped it
 *   EVENT_RESET       .side's kernel sent (arg 0) or received (arg 1) a RST; tcp_flags = enum reset_reason
 *   EVENT_TIMEWAIT    old_state = enum timewait_action, new_state = substate, tcp_flags = enum timewait_exit at the end
 *   EVENT_ACCEPT      accept() returned it
 *   EVENT_FREE        .side's socket was freed
 *   EVENT_DROP        a segment that .side sent was dropped: arg = enum drop_reason, old_state = DROP_*
 *   EVENT_ICMP        an ICMP error about the segment seq of .side: tcp_flags = type, arg = code, old_state = version
 *   EVENT_ERROR       .side's process was notified of an error: arg = errno, old_state = the socket's state
 * The other kinds are in no history.
 */
struct moment {
	uint64_t ts_ns;
	uint32_t seq, ack; /* EVENT_SEGMENT: raw. EVENT_RETRANSMIT: seq */
	uint32_t payload_len;
	uint8_t kind; /* enum event_kind */
	uint8_t side; /* enum side_name: whose step, or who sent */
	uint8_t old_state, new_state;
	uint8_t tcp_flags;
	uint8_t arg;
	uint16_t window; /* EVENT_SEGMENT: as on the wire. EVENT_TIMEWAIT: restarts so far */
};

/* Of a EVENT_SEGMENT: where it was seen, which shows only whether one segment was sighted twice. Interfaces with
 * numbers from 8192 on may be taken for others. */
static inline void moment_set_place(struct moment *m, const struct event_segment *e)
{
	m->arg = (uint8_t)e->ifindex;
	m->old_state = (uint8_t)(e->ifindex >> 8 << 3 | (e->via & 7));
}

static inline void moment_get_place(const struct moment *m, struct event_segment *e)
{
	e->ifindex = m->arg | (uint32_t)m->old_state >> 3 << 8;
	e->via = m->old_state & 7;
}

static inline bool moment_is_place(const struct moment *m, const struct event_segment *e)
{
	struct moment here = { 0 };

	moment_set_place(&here, e);
	return m->arg == here.arg && m->old_state == here.old_state;
}

/* new_state of a EVENT_SEGMENT */
#define SEGMENT_DROPPED	 (1 << 0) /* its receiver threw it away */
#define SEGMENT_ODD	 (1 << 1) /* no TCP accepts it */
#define SEGMENT_UNUSABLE (SEGMENT_DROPPED | SEGMENT_ODD)

#define MOMENTS_MAX 64 /* a connection keeps its first 48 and its last 16; what is between is counted */

struct moments {
	struct moment *list; /* NULL while empty */
	uint16_t count, capacity;
	uint32_t dropped;
};

/* Inserts by time (stable). Beyond MOMENTS_MAX the oldest of the last 16 is dropped. -ENOMEM counts as dropped. */
int moments_add(struct moments *m, const struct moment *moment);
/* Room for that many. 0 or -ENOMEM. */
int moments_reserve(struct moments *m, unsigned int count);
/* Takes out those of that kind at that very time. */
void moments_forget(struct moments *m, enum event_kind kind, uint64_t ts_ns);
void moments_free(struct moments *m);

#endif
