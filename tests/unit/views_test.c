// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* One connection under several tuples, and several connections under one. */
#include "story.h"
#include "test.h"

/* An end as some place sees it: 10.0.0.HOST:PORT. */
struct seen {
	uint8_t host;
	uint16_t port;
};

static const struct seen CALLER = { 1, 40000 }, DIALLED = { 200, 80 }, OUTSIDE = { 3, 61000 }, LISTENER = { 2, 8080 };

static struct event_tuple tuple_of(struct seen from, struct seen to)
{
	struct event_tuple t = { .port = { from.port, to.port } };
	struct seen end[2] = { from, to };

	for (int i = 0; i < 2; i++) {
		memcpy(t.addr[i], (const uint8_t[16]) { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = end[i].host }, 16);
	}
	return t;
}

/* Where a segment is seen. */
struct spot {
	uint32_t ifindex;
	uint8_t via, flags;
	uint64_t id;
};

static const struct spot LO = { 1, SEGMENT_VIA_TC_EGRESS, SEGMENT_LOOPBACK, 0 };
static const struct spot IN = { 2, SEGMENT_VIA_TC_INGRESS, 0, 0 }, OUT = { 3, SEGMENT_VIA_TC_EGRESS, 0, 0 };

static struct spot of_socket(struct spot spot, uint64_t id)
{
	spot.id = id;
	return spot;
}

static void segment(struct story *s, uint64_t us, int sender, int flags, uint32_t seq, uint32_t ack, struct spot spot,
		    struct seen from, struct seen to)
{
	struct event_segment e = story_segment_event(s, us, sender, flags, seq, ack, 0);

	e.tuple = tuple_of(from, to);
	e.ifindex = spot.ifindex;
	e.via = spot.via;
	e.flags = spot.flags;
	e.id = spot.id;
	conn_table_apply(s->table, &e.event);
}

static void state(struct story *s, uint64_t us, int side, int old_state, int new_state, struct seen local,
		  struct seen remote)
{
	struct event_state e = story_state_event(s, us, side, old_state, new_state);

	e.tuple = tuple_of(local, remote);
	conn_table_apply(s->table, &e.event);
}

static void opens(struct story *s, uint64_t us)
{
	state(s, us, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT, (struct seen) { CALLER.host, 0 }, DIALLED);
}

static void is_at(const struct endpoint *e, struct seen seen)
{
	CHECK_EQ_INT(e->addr[15], seen.host);
	CHECK_EQ_INT(e->port, seen.port);
}

/* One record, with the opener's own tuple and what it was translated to. */
static void ends_as(struct story *s, struct seen client_nat, struct seen server_nat)
{
	const struct endpoint *nat[SIDES] = { conn_translated(&s->last, CLIENT), conn_translated(&s->last, SERVER) };

	CHECK_EQ_INT(s->told[CONN_OPENED], 1);
	CHECK_EQ_INT(s->told[CONN_FINISHED], 1);
	is_at(&s->last.flow.end[CLIENT], CALLER);
	is_at(&s->last.flow.end[SERVER], DIALLED);
	CHECK_EQ_INT(!!nat[CLIENT], !!client_nat.port);
	CHECK_EQ_INT(!!nat[SERVER], !!server_nat.port);
	if (nat[CLIENT])
		is_at(nat[CLIENT], client_nat);
	if (nat[SERVER])
		is_at(nat[SERVER], server_nat);
}

static const struct seen SAME = { 0, 0 };

/* OUTPUT redirect: on lo a segment is seen translated, its answer translated back. */
CASE(redirect)
{
	struct story s;

	story_begin(&s, 0);
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(LO, 101), CALLER, LISTENER);
	segment(&s, 20, SERVER, S | A, 0, 1, of_socket(LO, 201), DIALLED, CALLER);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	segment(&s, 40, CLIENT, A, 1, 1, of_socket(LO, 101), CALLER, LISTENER);
	state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV, LISTENER, CALLER);
	state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED, LISTENER, CALLER);
	conn_table_finish(s.table);
	ends_as(&s, SAME, LISTENER);
	CHECK(s.last.side[SERVER].id == 201);
	CHECK_EQ_INT(s.last.side[SERVER].syn_count, 1);
	story_end(&s);
}

/* The RST that refuses it has the dialled address, which nothing has shown yet. */
CASE(redirect_refused)
{
	struct story s;

	story_begin(&s, 0);
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(LO, 101), CALLER, LISTENER);
	segment(&s, 20, SERVER, R | A, (uint32_t)-5000, 1, LO, DIALLED, CALLER);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_CLOSE, CALLER, DIALLED);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(s.last.side[SERVER].rst_count, 1);
	is_at(&s.last.flow.end[SERVER], DIALLED);
	story_end(&s);
}

/* Both addresses rewritten on the way out; both ends are here. */
CASE(dnat_and_masquerade)
{
	struct story s;

	story_begin(&s, 0);
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(OUT, 101), OUTSIDE, LISTENER);
	CHECK_EQ_INT(s.told[CONN_OPENED], 0); /* its port is not known */
	segment(&s, 20, SERVER, S | A, 0, 1, IN, LISTENER, OUTSIDE);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	segment(&s, 40, CLIENT, A, 1, 1, of_socket(OUT, 101), OUTSIDE, LISTENER);
	s.netns[SERVER] = 22;
	state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV, LISTENER, OUTSIDE);
	state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED, LISTENER, OUTSIDE);
	conn_table_finish(s.table);
	ends_as(&s, OUTSIDE, LISTENER);
	CHECK_EQ_INT(s.last.views, 1);
	story_end(&s);
}

/* A port that masquerading changed alone is taken for the socket's until that says otherwise. */
CASE(port_alone)
{
	struct story s;
	const struct seen changed = { CALLER.host, 61000 };

	story_begin(&s, 0);
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(OUT, 101), changed, DIALLED);
	segment(&s, 20, SERVER, S | A, 0, 1, IN, DIALLED, changed);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	segment(&s, 40, CLIENT, A, 1, 1, of_socket(OUT, 101), changed, DIALLED);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	conn_table_finish(s.table);
	ends_as(&s, changed, SAME);
	story_end(&s);
}

/* A port that a former connect() of the socket left behind was never translated to anything. */
CASE(stale_port)
{
	struct story s;

	story_begin(&s, 0);
	state(&s, 0, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT, (struct seen) { CALLER.host, 39999 }, DIALLED);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(OUT, 101), CALLER, DIALLED);
	segment(&s, 20, SERVER, S | A, 0, 1, IN, DIALLED, CALLER);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	segment(&s, 40, CLIENT, A, 1, 1, of_socket(OUT, 101), CALLER, DIALLED);
	conn_table_finish(s.table);
	ends_as(&s, SAME, SAME);
	CHECK_EQ_INT(s.last.views, 0);
	CHECK_EQ_INT(s.last.side[CLIENT].segs_seen, 2);
	story_end(&s);
}

/* The server's host translates, and its wire is not watched: the pair of numbers is all that the two have in common. */
CASE(by_the_pair_alone)
{
	struct story s;

	story_begin(&s, 0);
	s.netns[SERVER] = 22;
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(OUT, 101), CALLER, DIALLED);
	segment(&s, 20, SERVER, S | A, 0, 1, IN, DIALLED, CALLER);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	segment(&s, 40, CLIENT, A, 1, 1, of_socket(OUT, 101), CALLER, DIALLED);
	state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV, LISTENER, OUTSIDE);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED, LISTENER, OUTSIDE);
	conn_table_finish(s.table);
	ends_as(&s, OUTSIDE, LISTENER);
	CHECK(s.last.side[SERVER].mark[MARK_SYN_RECV]);
	story_end(&s);
}

/* A pod with a sidecar, whose lo nobody watches. */
CASE(sockets_alone)
{
	struct story s;

	story_begin(&s, 0);
	opens(&s, 0);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV, LISTENER, CALLER);
	state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED, LISTENER, CALLER);
	conn_table_finish(s.table);
	ends_as(&s, SAME, LISTENER);
	story_end(&s);
}

/* Nothing else is known of it, and nothing will be. */
CASE(alone)
{
	struct story s;

	story_begin(&s, 0);
	state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV, LISTENER, CALLER);
	CHECK_EQ_INT(s.told[CONN_OPENED], 0);
	state(&s, 60, SERVER, TCPS_SYN_RECV, TCPS_ESTABLISHED, LISTENER, CALLER);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	state(&s, 70, SERVER, TCPS_ESTABLISHED, TCPS_CLOSE, LISTENER, CALLER);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	story_end(&s);
}

/* Tracing ends before its second step. */
CASE(alone_and_young)
{
	struct story s;

	story_begin(&s, 0);
	state(&s, 50, SERVER, TCPS_LISTEN, TCPS_SYN_RECV, LISTENER, CALLER);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 1);
	story_end(&s);
}

/* Tracing ends before the socket has shown its port. */
CASE(pending_to_the_end)
{
	struct story s;

	story_begin(&s, 0);
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(OUT, 101), OUTSIDE, LISTENER);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(s.told[CONN_STILL_OPEN], 1);
	is_at(&s.last.flow.end[CLIENT], OUTSIDE);
	story_end(&s);
}

/* A router, on which no socket is: all four components change. Each segment counts once. */
CASE(router)
{
	struct story s;

	story_begin(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, IN, CALLER, DIALLED);
	segment(&s, 11, CLIENT, S, 0, 0, OUT, OUTSIDE, LISTENER);
	segment(&s, 20, SERVER, S | A, 0, 1, IN, LISTENER, OUTSIDE);
	segment(&s, 21, SERVER, S | A, 0, 1, OUT, DIALLED, CALLER);
	segment(&s, 30, CLIENT, A, 1, 1, IN, CALLER, DIALLED);
	segment(&s, 31, CLIENT, A, 1, 1, OUT, OUTSIDE, LISTENER);
	conn_table_finish(s.table);
	ends_as(&s, OUTSIDE, LISTENER);
	CHECK_EQ_INT(s.last.side[CLIENT].segs_seen, 2);
	CHECK_EQ_INT(s.last.side[SERVER].segs_seen, 1);
	CHECK_EQ_INT(s.last.sights, 3);
	story_end(&s);
}

/* What comes later than a segment is sent again is not the same one elsewhere. */
CASE(sent_again_by_another_way)
{
	struct story s;

	story_begin(&s, 0);
	segment(&s, 0, CLIENT, S, 0, 0, IN, CALLER, DIALLED);
	segment(&s, 1000000, CLIENT, S, 0, 0, OUT, CALLER, DIALLED);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.last.side[CLIENT].syn_count, 2);
	story_end(&s);
}

/* A scanner's SYNs have one number and come by one interface. */
CASE(scanner)
{
	struct story s;

	story_begin(&s, 0);
	for (uint16_t port = 1; port <= 20; port++)
		segment(&s, port, CLIENT, S, 0, 0, IN, CALLER, (struct seen) { DIALLED.host, port });
	CHECK_EQ_INT(s.told[CONN_OPENED], 20);
	/* One of them goes on translated. */
	segment(&s, 30, CLIENT, S, 0, 0, OUT, OUTSIDE, LISTENER);
	CHECK_EQ_INT(s.told[CONN_OPENED], 21);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_FINISHED], 21);
	story_end(&s);
}

/* Which of several it is has to be decided by the numbers alone, and they are the same. */
CASE(undecided)
{
	struct story s;

	story_begin(&s, 0);
	segment(&s, 1, CLIENT, S, 0, 0, IN, CALLER, DIALLED);
	segment(&s, 2, CLIENT, S, 0, 0, IN, CALLER, (struct seen) { DIALLED.host, 81 });
	segment(&s, 3, CLIENT, S, 0, 0, OUT, OUTSIDE, LISTENER);
	CHECK_EQ_INT(s.told[CONN_OPENED], 3);
	segment(&s, 4, CLIENT, R, 1, 0, OUT, OUTSIDE, LISTENER);
	story_clock(&s, 1000000);
	CHECK(s.last.flags & CONN_UNDECIDED);
	CHECK(!(s.last.flags & CONN_COMPLETE));
	story_end(&s);
}

/* Who is far away may know the numbers, and send them from elsewhere. */
CASE(forged_answer)
{
	struct story s;

	story_begin(&s, 0);
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(OUT, 101), CALLER, DIALLED);
	segment(&s, 20, SERVER, S | A, 0, 1, IN, (struct seen) { DIALLED.host, 81 }, CALLER);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	conn_table_finish(s.table);
	ends_as(&s, SAME, SAME);
	story_end(&s);
}

/* The same addresses and ports on two links. */
CASE(two_links)
{
	static const struct spot link[2] = { { 2, SEGMENT_VIA_TC_INGRESS, 0, 0 }, { 3, SEGMENT_VIA_TC_INGRESS, 0, 0 } };
	static const struct spot out[2] = { { 2, SEGMENT_VIA_TC_EGRESS, 0, 101 },
					    { 3, SEGMENT_VIA_TC_EGRESS, 0, 102 } };
	struct story s[2];

	story_begin(&s[0], 0);
	s[1] = s[0];
	s[1].isn[CLIENT] = 3000000; /* near, so that the interface must decide */
	s[1].isn[SERVER] = 3005000;
	s[1].id[CLIENT] = 102;
	for (int i = 0; i < 2; i++) {
		state(&s[i], i, CLIENT, TCPS_CLOSE, TCPS_SYN_SENT, CALLER, DIALLED);
		segment(&s[i], 10 + i, CLIENT, S, 0, 0, out[i], CALLER, DIALLED);
	}
	for (int i = 0; i < 2; i++) {
		segment(&s[i], 20 + i, SERVER, S | A, 0, 1, link[i], DIALLED, CALLER);
		state(&s[i], 30 + i, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
		segment(&s[i], 40 + i, CLIENT, A, 1, 1, out[i], CALLER, DIALLED);
	}
	for (int i = 0; i < 2; i++)
		segment(&s[i], 50 + i, SERVER, F | A, 1, 1, link[i], DIALLED, CALLER);
	for (int i = 0; i < 2; i++) {
		state(&s[i], 60 + i, CLIENT, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT, CALLER, DIALLED);
		state(&s[i], 70 + i, CLIENT, TCPS_CLOSE_WAIT, TCPS_LAST_ACK, CALLER, DIALLED);
		state(&s[i], 80 + i, CLIENT, TCPS_LAST_ACK, TCPS_CLOSE, CALLER, DIALLED);
		story_clock(&s[i], 200000 * (i + 1));
	}
	CHECK_EQ_INT(s[0].told[CONN_FINISHED], 2);
	CHECK_EQ_INT(s[0].last.side[SERVER].fin_count, 1);
	CHECK_EQ_INT(s[0].last.side[SERVER].syn_count, 1);
	story_end(&s[0]);
}

/* Data are not reported: the FIN behind 3 GB of them belongs to the socket all the same. */
CASE(far_behind)
{
	struct story s;

	story_begin(&s, 0);
	opens(&s, 0);
	segment(&s, 10, CLIENT, S, 0, 0, of_socket(OUT, 101), CALLER, DIALLED);
	segment(&s, 20, SERVER, S | A, 0, 1, IN, DIALLED, CALLER);
	state(&s, 30, CLIENT, TCPS_SYN_SENT, TCPS_ESTABLISHED, CALLER, DIALLED);
	segment(&s, 40, CLIENT, A, 1, 1, of_socket(OUT, 101), CALLER, DIALLED);
	segment(&s, 1000, SERVER, F | A, 3000000001, 1, IN, DIALLED, CALLER);
	state(&s, 1010, CLIENT, TCPS_ESTABLISHED, TCPS_CLOSE_WAIT, CALLER, DIALLED);
	conn_table_finish(s.table);
	CHECK_EQ_INT(s.told[CONN_OPENED], 1);
	CHECK_EQ_INT(s.last.side[SERVER].fin_count, 1);
	CHECK(s.last.side[SERVER].mark[MARK_FIN] != 0);
	story_end(&s);
}
