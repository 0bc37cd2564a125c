/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Events made in C, for tests of the core: one client and one server, microseconds since the story began. */
#ifndef TCPLIFE_STORY_H
#define TCPLIFE_STORY_H

#include <stdlib.h>
#include <string.h>

#include "core/table/conn_table.h"

#define STORY_BASE_NS	  1000000000ULL
#define STORY_SERVER_PORT 8080

/* What was reported to the observer, last and in all. */
struct story {
	struct conn_table *table;
	struct conn last;     /* as it was at the last change; its moments are not to be used */
	unsigned int told[8]; /* by enum conn_change */
	uint16_t client_port;
	uint32_t netns[SIDES];
	uint64_t id[SIDES];
	uint32_t isn[SIDES];
};

static inline void story_changed(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct story *s = ctx;

	(void)now_ns;
	s->last = *c;
	s->told[change]++;
}

static inline void story_begin(struct story *s, size_t max_connections)
{
	struct conn_observer o = { .changed = story_changed, .ctx = s };
	struct conn_table_options options = { .max_connections = max_connections, .names = true };

	*s = (struct story) { .client_port = 40000, .netns = { 11, 11 }, .id = { 101, 201 }, .isn = { 1000, 5000 } };
	if (conn_table_new(&s->table, &options, &o) < 0)
		abort();
}

static inline void story_end(struct story *s)
{
	conn_table_free(&s->table);
}

static inline struct event story_head(struct story *s, enum event_kind kind, size_t size, uint64_t us, int side)
{
	return (struct event) {
		.kind = kind, .size = (uint16_t)size, .netns = s->netns[side], .ts_ns = STORY_BASE_NS + us * 1000
	};
}

/* local = which side [0] is. A client port of 0 is for the time before the kernel chose one. */
static inline struct event_tuple story_tuple(const struct story *s, int local)
{
	struct event_tuple t = { 0 };
	static const uint8_t addr[SIDES][16] = { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 },
						 { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2 } };
	uint16_t port[SIDES] = { s->client_port, STORY_SERVER_PORT };

	for (int i = 0; i < SIDES; i++) {
		int side = i == 0 ? local : 1 - local;

		memcpy(t.addr[i], addr[side], 16);
		t.port[i] = port[side];
	}
	return t;
}

static inline struct event_state story_state_event(struct story *s, uint64_t us, int side, int old_state, int new_state)
{
	struct event_state e = { .event = story_head(s, EVENT_STATE, sizeof(e), us, side),
				 .id = s->id[side],
				 .tuple = story_tuple(s, side),
				 .old_state = (uint8_t)old_state,
				 .new_state = (uint8_t)new_state };

	if (new_state == TCPS_ESTABLISHED) {
		e.flags = STATE_ISN_VALID;
		e.isn = s->isn[side];
		e.peer_isn = s->isn[1 - side];
	}
	return e;
}

static inline void story_state(struct story *s, uint64_t us, int side, int old_state, int new_state)
{
	struct event_state e = story_state_event(s, us, side, old_state, new_state);

	conn_table_apply(s->table, &e.event);
}

static inline void story_close(struct story *s, uint64_t us, int side, int old_state, int err, int flags)
{
	struct event_state e = story_state_event(s, us, side, old_state, TCPS_CLOSE);

	e.err = (uint16_t)err;
	e.flags = (uint8_t)flags;
	conn_table_apply(s->table, &e.event);
}

/* seq and ack are relative to the initial sequence numbers, as Wireshark shows them. */
static inline struct event_segment story_segment_event(struct story *s, uint64_t us, int sender, int flags,
						       uint32_t seq, uint32_t ack, uint32_t len)
{
	return (struct event_segment) { .event = story_head(s, EVENT_SEGMENT, sizeof(struct event_segment), us, sender),
					.tuple = story_tuple(s, sender),
					.tcp_flags = (uint8_t)flags,
					.via = SEGMENT_VIA_TC_EGRESS,
					.seq = s->isn[sender] + seq,
					.ack = flags & TCP_FLAG_ACK_BIT ? s->isn[1 - sender] + ack : 0,
					.payload_len = len,
					.ifindex = 2 };
}

static inline void story_segment(struct story *s, uint64_t us, int sender, int flags, uint32_t seq, uint32_t ack,
				 uint32_t len)
{
	struct event_segment e = story_segment_event(s, us, sender, flags, seq, ack, len);

	conn_table_apply(s->table, &e.event);
}

static inline void story_timewait(struct story *s, uint64_t us, int side, int action, int substate, int cause)
{
	struct event_timewait e = { .event = story_head(s, EVENT_TIMEWAIT, sizeof(e), us, side),
				    .id = s->id[side],
				    .tuple = story_tuple(s, side),
				    .action = (uint8_t)action,
				    .substate = (uint8_t)substate,
				    .cause = (uint8_t)cause,
				    .timeout_ms = 60000,
				    .address = 0xffff000000000000ULL + s->id[side] };

	conn_table_apply(s->table, &e.event);
}

static inline void story_present(struct story *s, uint64_t us, int side, int state, int substate)
{
	struct event_present e = { .event = story_head(s, EVENT_PRESENT, sizeof(e), us, side),
				   .id = s->id[side],
				   .tuple = story_tuple(s, side),
				   .state = (uint8_t)state,
				   .substate = (uint8_t)substate,
				   .expires_ms = 50000 };

	conn_table_apply(s->table, &e.event);
}

static inline void story_absent_of(struct story *s, uint64_t us, uint64_t since_us, unsigned int flags)
{
	struct event_absent e = { .event = story_head(s, EVENT_ABSENT, sizeof(e), us, CLIENT),
				  .since_ns = STORY_BASE_NS + since_us * 1000 };

	e.event.flags = (uint8_t)flags;
	conn_table_apply(s->table, &e.event);
}

/* since_us: when the kernel began to be asked what there is. */
static inline void story_absent(struct story *s, uint64_t us, uint64_t since_us)
{
	story_absent_of(s, us, since_us, 0);
}

static inline void story_free(struct story *s, uint64_t us, int side)
{
	struct event_free e = { .event = story_head(s, EVENT_FREE, sizeof(e), us, side),
				.id = s->id[side],
				.tuple = story_tuple(s, side),
				.state = TCPS_CLOSE };

	conn_table_apply(s->table, &e.event);
}

static inline void story_clock(struct story *s, uint64_t us)
{
	struct event_clock e = { .event = story_head(s, EVENT_CLOCK, sizeof(e), us, 0),
				 .wall_ns = 1700000000000000000ULL + us * 1000 };

	conn_table_apply(s->table, &e.event);
}

#define S TCP_FLAG_SYN_BIT
#define A TCP_FLAG_ACK_BIT
#define F TCP_FLAG_FIN_BIT
#define R TCP_FLAG_RST_BIT

/* Both ends on this host, established; 0 to 60 us. */
static inline void story_open(struct story *s)
{
	story_state(s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT);
	story_segment(s, 10, CLIENT, S, 0, 0, 0);
	story_segment(s, 20, SERVER, S | A, 0, 1, 0);
	story_state(s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED);
	story_segment(s, 40, CLIENT, A, 1, 1, 0);
	story_state(s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV);
	story_state(s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED);
}

/* The client closes first, four segments; 1000 to 1080 us. Its minisocket runs on. */
static inline void story_close_by_client(struct story *s)
{
	story_state(s, 1000, CLIENT, TCPS_ESTABLISHED, TCPS_FIN_WAIT1);
	story_segment(s, 1010, CLIENT, F | A, 1, 1, 0);
	story_state(s, 1020, SERVER, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT);
	story_segment(s, 1030, SERVER, A, 1, 2, 0);
	story_state(s, 1040, CLIENT, TCPS_FIN_WAIT1, TCPS_FIN_WAIT2);
	story_state(s, 1050, SERVER, TCPS_CLOSE_WAIT, TCPS_LAST_ACK);
	story_segment(s, 1060, SERVER, F | A, 1, 2, 0);
	story_segment(s, 1065, CLIENT, A, 2, 2, 0);
	story_close(s, 1070, CLIENT, TCPS_FIN_WAIT2, 0, STATE_MINISOCKET);
	story_timewait(s, 1071, CLIENT, TIMEWAIT_START, TCPS_TIME_WAIT, 0);
	story_close(s, 1080, SERVER, TCPS_LAST_ACK, 0, 0);
}

#endif
