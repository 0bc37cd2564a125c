// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Segments of the client's, as its own host and the server's saw them; the server's clock is 1 s ahead. */
#include <stdlib.h>
#include <string.h>

#include "core/story/passages.h"
#include "test.h"

#define AHEAD_NS 1000000000LL
#define SYN	 TCP_FLAG_SYN_BIT
#define FIN	 (TCP_FLAG_FIN_BIT | TCP_FLAG_ACK_BIT)
#define RST	 TCP_FLAG_RST_BIT

struct two {
	struct conn k, v;
	struct moment list[2][8];
	struct passages p;
};

static void begin(struct two *t)
{
	*t = (struct two) { 0 };
	t->k.flags = t->v.flags = CONN_COMPLETE;
	t->k.side[CLIENT].id = t->v.side[SERVER].id = 1;
	t->k.side[CLIENT].syn_count = t->v.side[CLIENT].syn_count = 1;
	t->k.moments.list = t->list[0];
	t->v.moments.list = t->list[1];
}

static void add(struct conn *c, uint64_t ts_ns, uint8_t flags, uint32_t seq)
{
	c->moments.list[c->moments.count++] = (struct moment) {
		.kind = EVENT_SEGMENT, .side = CLIENT, .ts_ns = ts_ns, .tcp_flags = flags, .seq = seq
	};
}

static void leaves(struct two *t, uint64_t ts_ns, uint8_t flags, uint32_t seq)
{
	add(&t->k, ts_ns, flags, seq);
}

static void comes(struct two *t, uint64_t ts_ns, uint8_t flags, uint32_t seq)
{
	add(&t->v, ts_ns + AHEAD_NS, flags, seq);
}

static void match(struct two *t)
{
	passages_match(&t->k, &t->v, CLIENT, -AHEAD_NS, 10, &t->p);
}

CASE(what_arrives_has_its_delay)
{
	static struct two t;

	begin(&t);
	leaves(&t, 1000, SYN, 1);
	comes(&t, 1500, SYN, 1);
	match(&t);
	CHECK(t.p.counted);
	CHECK_EQ_INT(t.p.sent[0].fate, PASSAGE_ARRIVED);
	CHECK_EQ_INT(t.p.sent[0].delay_ns, 500);
	CHECK_EQ_INT(t.p.received[0].fate, PASSAGE_ARRIVED);
}

CASE(of_two_copies_the_one_before_arrived)
{
	static struct two t;

	begin(&t);
	leaves(&t, 1000, SYN, 1);
	leaves(&t, 9000, SYN, 1);
	comes(&t, 9500, SYN, 1);
	match(&t);
	CHECK_EQ_INT(t.p.sent[0].fate, PASSAGE_LOST);
	CHECK_EQ_INT(t.p.sent[1].fate, PASSAGE_ARRIVED);
	begin(&t);
	leaves(&t, 1000, SYN, 1);
	leaves(&t, 9000, SYN, 1);
	comes(&t, 1500, SYN, 1);
	match(&t);
	CHECK_EQ_INT(t.p.sent[0].fate, PASSAGE_ARRIVED);
	CHECK_EQ_INT(t.p.sent[1].fate, PASSAGE_LOST);
}

CASE(a_fin_may_have_come_with_its_data)
{
	static struct two t;

	begin(&t);
	leaves(&t, 1000, FIN, 101);
	comes(&t, 1100, FIN, 1);
	t.list[1][0].payload_len = 100;
	match(&t);
	CHECK_EQ_INT(t.p.sent[0].fate, PASSAGE_ARRIVED);
}

CASE(a_rst_that_nobody_sent_is_injected)
{
	static struct two t;

	begin(&t);
	comes(&t, 1000, RST, 5);
	match(&t);
	CHECK_EQ_INT(t.p.injected, 1);
	CHECK_EQ_INT(t.p.received[0].fate, PASSAGE_INJECTED);
}

/* Each of these is a reason to say nothing. */
CASE(honest_ones_are_not_accused)
{
	static struct two t;

	begin(&t);
	comes(&t, 1000, RST, 5);
	t.k.side[CLIENT].reset_sent = 1; /* its kernel says it sent one */
	match(&t);
	CHECK_EQ_INT(t.p.injected, 0);
	begin(&t);
	comes(&t, 1000, RST, 5);
	t.k.side[CLIENT].mark[MARK_CLOSE] = 900; /* there is no socket any more: the host itself answered */
	t.k.close_ns = 900;
	match(&t);
	CHECK_EQ_INT(t.p.injected, 0);
	begin(&t);
	comes(&t, 1000, RST, 5);
	t.k.flags = 0; /* its host did not see all */
	match(&t);
	CHECK_EQ_INT(t.p.injected, 0);
	CHECK(!t.p.counted);
	begin(&t);
	comes(&t, 1000, RST, 5);
	t.k.moments.dropped = 1;
	match(&t);
	CHECK_EQ_INT(t.p.injected, 0);
}

CASE(what_is_not_the_paths_is_not_lost)
{
	static struct two t;

	begin(&t);
	leaves(&t, 1000, FIN, 5);
	t.v.side[SERVER].mark[MARK_CLOSE] = 900 + AHEAD_NS; /* there it was over */
	t.v.close_ns = 900 + AHEAD_NS;
	match(&t);
	CHECK_EQ_INT(t.p.sent[0].fate, PASSAGE_UNKNOWN);
	begin(&t);
	leaves(&t, 1000, FIN, 5);
	leaves(&t, 1001, FIN, 5);
	t.list[0][1] = (struct moment) {
		.kind = EVENT_DROP, .side = CLIENT, .ts_ns = 1001, .seq = 5, .old_state = DROP_LEAVING
	};
	match(&t);
	CHECK_EQ_INT(t.p.sent[0].fate, PASSAGE_UNKNOWN);
}
