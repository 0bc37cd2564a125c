// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Connections over loopback as a recording, each with the records that a live tracer got of `churn`: both ends, client
 * closes first, three segments at the end, TIME_WAIT for 60 s at the client. They begin in a steady rate.
 */
#include "load.h"

#include <string.h>
#include <stdio.h>

#include "core/recording.h"
#include "event.h"

#define BEGINNING_NS   1000000000000ULL
#define WALL_NS	       1790000000000000000ULL
#define NS_PER_S       1000000000ULL
#define TIMEWAIT_NS    (61 * NS_PER_S)
#define CLOCK_EVERY_NS (100000000ULL)
#define STEP_NS	       1500 /* between two records of a connection */
#define SERVER_PORT    8080
#define NETNS	       4026531840U
#define MAX_RECORD     256

enum end { CLIENT, SERVER };
enum { ESTABLISHED = 1, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, CLOSE_WAIT, LAST_ACK, LISTEN };

static uint64_t now_ns;

static uint64_t cookie(uint64_t nth, enum end side)
{
	return nth * 2 + 1 + side;
}

static uint32_t isn(uint64_t nth, enum end side)
{
	return (uint32_t)((nth * 2 + side + 1) * 0x9e3779b1U);
}

/* [0] is this side. */
static struct event_tuple tuple_of(uint64_t nth, enum end side)
{
	struct event_tuple t = { .addr = { [0 ... 1] = { [10] = 0xff, 0xff, 127, 0, 0, 1 } } };
	int client = side == CLIENT ? 0 : 1;

	/* 28000 ports of each of 127.1.0.0/16. */
	t.port[client] = (uint16_t)(32768 + nth % 28000);
	t.port[!client] = SERVER_PORT;
	t.addr[client][13] = 1;
	t.addr[client][14] = (uint8_t)(nth / 28000 >> 8);
	t.addr[client][15] = (uint8_t)(nth / 28000);
	return t;
}

static struct event header(uint8_t kind, uint8_t flags, size_t size)
{
	now_ns += STEP_NS;
	return (struct event) { .kind = kind, .flags = flags, .size = (uint16_t)size, .netns = NETNS, .ts_ns = now_ns };
}

static void put(const void *record, size_t size)
{
	if (fwrite(record, size, 1, stdout) != 1)
		load_die("stdout");
}

static char *add_task(char *at, enum end side)
{
	struct event_task task = { .pid = 1000U + side, .uid = 1000, .cgroup = 4242 };

	snprintf(task.comm, sizeof(task.comm), "%s", side == CLIENT ? "client" : "server");
	memcpy(at, &task, sizeof(task));
	return at + sizeof(task);
}

static char *add_stats(char *at)
{
	struct event_stats stats = { .segs_out = 4, .segs_in = 2, .srtt_us = 160, .min_rtt_us = 20, .mss = 32768 };

	memcpy(at, &stats, sizeof(stats));
	return at + sizeof(stats);
}

static void state(uint64_t nth, enum end side, uint8_t from, uint8_t to, uint8_t flags, uint8_t blocks)
{
	struct event_state e = {
		.id = cookie(nth, side),
		.tuple = tuple_of(nth, side),
		.old_state = from,
		.new_state = to,
		.flags = flags,
		.isn = isn(nth, side),
		.peer_isn = isn(nth, !side),
	};
	char record[MAX_RECORD], *end = record + sizeof(e);

	if (to == SYN_SENT)
		e.tuple.port[0] = 0;
	if (blocks & EVENT_HAS_TASK)
		end = add_task(end, side);
	if (blocks & EVENT_HAS_STATS)
		end = add_stats(end);
	e.event = header(EVENT_STATE, blocks, (size_t)(end - record));
	memcpy(record, &e, sizeof(e));
	put(record, (size_t)(end - record));
}

static void segment(uint64_t nth, enum end side, uint8_t tcp_flags, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct event_segment e = {
		.event = header(EVENT_SEGMENT, 0, sizeof(e)),
		.id = cookie(nth, side),
		.tuple = tuple_of(nth, side),
		.tcp_flags = tcp_flags,
		.via = SEGMENT_VIA_TC_EGRESS,
		.flags = flags | SEGMENT_LOOPBACK,
		.ttl = 64,
		.seq = isn(nth, side) + seq,
		.ack = tcp_flags & TCP_FLAG_ACK_BIT ? isn(nth, !side) + ack : 0,
		.ifindex = 1,
		.window = 65495,
	};

	put(&e, sizeof(e));
}

static void timewait(uint64_t nth, uint8_t action, uint8_t cause)
{
	struct event_timewait e = {
		.event = header(EVENT_TIMEWAIT, 0, sizeof(e)),
		.id = cookie(nth, CLIENT),
		.tuple = tuple_of(nth, CLIENT),
		.action = action,
		.substate = TIME_WAIT,
		.cause = cause,
		.timeout_ms = action == TIMEWAIT_START ? 60000 : 0,
		.address = 0xffff888000000000ULL + nth * 256,
	};

	put(&e, sizeof(e));
}

static void freed(uint64_t nth, enum end side)
{
	struct event_free e = {
		.event = header(EVENT_FREE, 0, sizeof(e)),
		.id = cookie(nth, side),
		.tuple = tuple_of(nth, side),
		.state = CLOSE,
	};

	put(&e, sizeof(e));
}

static void accepted(uint64_t nth)
{
	struct event_accept e = { .id = cookie(nth, SERVER), .tuple = tuple_of(nth, SERVER) };
	char record[MAX_RECORD], *end = add_task(record + sizeof(e), SERVER);

	e.event = header(EVENT_ACCEPT, EVENT_HAS_TASK, (size_t)(end - record));
	memcpy(record, &e, sizeof(e));
	put(record, (size_t)(end - record));
}

static void clock_record(void)
{
	struct event_clock e = {
		.event = { .kind = EVENT_CLOCK, .size = sizeof(e), .ts_ns = now_ns },
		.wall_ns = WALL_NS + now_ns - BEGINNING_NS,
	};

	put(&e, sizeof(e));
}

static void open_one(uint64_t nth)
{
	const uint8_t ack = TCP_FLAG_ACK_BIT, syn = TCP_FLAG_SYN_BIT;

	state(nth, CLIENT, CLOSE, SYN_SENT, STATE_TASK_CERTAIN, EVENT_HAS_TASK);
	segment(nth, CLIENT, syn, 0, 0, 0);
	segment(nth, SERVER, syn | ack, 0, 0, 1);
	state(nth, CLIENT, SYN_SENT, ESTABLISHED, STATE_ISN_VALID, 0);
	segment(nth, CLIENT, ack, SEGMENT_EXPECTED, 1, 1);
	state(nth, SERVER, LISTEN, SYN_RECV, 0, 0);
	state(nth, SERVER, SYN_RECV, ESTABLISHED, STATE_ISN_VALID, 0);
	accepted(nth);
}

static void close_one(uint64_t nth)
{
	const uint8_t ack = TCP_FLAG_ACK_BIT, fin = TCP_FLAG_FIN_BIT, all = EVENT_HAS_TASK | EVENT_HAS_STATS;

	state(nth, CLIENT, ESTABLISHED, FIN_WAIT1, STATE_TASK_CERTAIN, all);
	segment(nth, CLIENT, fin | ack, 0, 1, 1);
	state(nth, SERVER, ESTABLISHED, CLOSE_WAIT, 0, EVENT_HAS_STATS);
	state(nth, SERVER, CLOSE_WAIT, LAST_ACK, STATE_TASK_CERTAIN, EVENT_HAS_TASK);
	segment(nth, SERVER, fin | ack, SEGMENT_EXPECTED, 1, 2);
	state(nth, CLIENT, FIN_WAIT1, FIN_WAIT2, STATE_DEAD, 0);
	segment(nth, CLIENT, ack, SEGMENT_EXPECTED, 2, 2);
	state(nth, CLIENT, FIN_WAIT2, CLOSE, STATE_DEAD | STATE_MINISOCKET, EVENT_HAS_STATS);
	timewait(nth, TIMEWAIT_START, TIMEWAIT_CAUSE_NONE);
	freed(nth, CLIENT);
	state(nth, SERVER, LAST_ACK, CLOSE, STATE_DEAD, all);
	freed(nth, SERVER);
}

static void begin_recording(void)
{
	struct recording_header h;

	recording_header_init(&h, WALL_NS, BEGINNING_NS, &(struct recording_origin) { .host = "bench" });
	put(&h, sizeof(h));
	now_ns = BEGINNING_NS;
	clock_record();
}

/* The TIME_WAITs that are over at ts_ns; returns the first that is not. */
static uint64_t end_timewaits(uint64_t nth, uint64_t limit, uint64_t every_ns, uint64_t ts_ns)
{
	for (; nth < limit && BEGINNING_NS + nth * every_ns + TIMEWAIT_NS <= ts_ns; nth++) {
		now_ns = BEGINNING_NS + nth * every_ns + TIMEWAIT_NS;
		timewait(nth, TIMEWAIT_END, TIMEWAIT_CAUSE_TIMER);
	}
	return nth;
}

int load_recording(const struct load_options *o)
{
	uint64_t every_ns = NS_PER_S / (o->rate ? o->rate : LOAD_RATE), over = 0, next_clock_ns = BEGINNING_NS;
	bool closes = strcmp(o->stage, "open") != 0, ends = !strcmp(o->stage, "over");

	begin_recording();
	for (uint64_t nth = 0; nth < o->count; nth++) {
		uint64_t ts_ns = BEGINNING_NS + nth * every_ns;

		if (ends)
			over = end_timewaits(over, nth, every_ns, ts_ns);
		now_ns = ts_ns;
		if (now_ns >= next_clock_ns) {
			clock_record();
			next_clock_ns = now_ns + CLOCK_EVERY_NS;
		}
		open_one(nth);
		if (closes)
			close_one(nth);
	}
	if (ends)
		end_timewaits(over, o->count, every_ns, UINT64_MAX);
	clock_record();
	if (fflush(stdout))
		load_die("stdout");
	return 0;
}
