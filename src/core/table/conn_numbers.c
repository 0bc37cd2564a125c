// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/conn_numbers.h"

#include <string.h>

#include "core/seq.h"
#include "lib/hash_mix.h"

/* From a SYN's first sight to its last: the time in queues of this host. */
#define SAME_SYN_NS 1000000000ULL

static struct recent_isn *set_of(const struct conn_index *x, uint32_t isn)
{
	return x->recent + hash_mix(isn) % RECENT_ISN_SETS * RECENT_ISN_WAYS;
}

void conn_numbers_add(struct conn_index *x, const struct conn *c)
{
	uint32_t isn = c->side[CLIENT].isn;
	struct recent_isn *set = set_of(x, isn);

	if (c->track || !c->side[CLIENT].isn_known)
		return;
	for (int i = RECENT_ISN_WAYS - 1; i > 0; i--)
		set[i] = set[i - 1];
	set[0] = (struct recent_isn) { .isn = isn, .number = c->entry->number };
}

/* Those with that client's number that are not over, newest first. An entry may have become another connection's. */
struct search {
	const struct conn_index *index;
	const struct recent_isn *set;
	uint32_t isn;
	int way;
};

static struct search search_begin(const struct conn_index *x, uint32_t isn)
{
	return (struct search) { .index = x, .set = set_of(x, isn), .isn = isn };
}

static struct conn *search_next(struct search *s)
{
	while (s->way < RECENT_ISN_WAYS) {
		const struct recent_isn *r = &s->set[s->way++];
		struct conn *c = NULL;

		if (r->number && r->isn == s->isn)
			c = conn_index_entry(s->index, r->number);
		if (c && !c->track && c->side[CLIENT].isn_known && c->side[CLIENT].isn == s->isn && !c->close_ns &&
		    !(c->flags & CONN_REPORTED))
			return c;
	}
	return NULL;
}

/* How many of an end's address and port are the same. */
static unsigned int common(const struct endpoint *a, const struct endpoint *b)
{
	return !memcmp(a->addr, b->addr, sizeof(a->addr)) + (a->port == b->port);
}

/* Of a connection's tuples and another one: in the one that is most like it. */
static unsigned int likeness(const struct conn *c, const struct endpoint *client, const struct endpoint *server)
{
	unsigned int best = common(&c->flow.end[CLIENT], client) + common(&c->flow.end[SERVER], server);

	for (unsigned int i = 0; i < c->views; i++) {
		const struct flow *f = &c->view[i];
		unsigned int n = common(&f->end[CLIENT], client) + common(&f->end[SERVER], server);

		best = n > best ? n : best;
	}
	return best;
}

static bool same_vlan(const struct conn *c, const struct event_segment *e)
{
	return c->vlan[0] == e->vlan[0] && c->vlan[1] == e->vlan[1];
}

/* ---- the same SYN ---- */

/* A scanner's SYNs have one number, and come to one place: there each of them begins something. */
static bool is_same_syn(const struct conn *c, const struct event_segment *e)
{
	const struct side *k = &c->side[CLIENT];
	const struct moment *syn = NULL;

	if ((e->id && k->id && e->id != k->id) || !same_vlan(c, e) || c->side[SERVER].id)
		return false;
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (m->kind != EVENT_SEGMENT || m->side != CLIENT || m->tcp_flags != e->tcp_flags || m->seq != e->seq)
			continue;
		if (moment_is_place(m, e))
			return false;
		syn = m;
	}
	return syn && syn->window == e->window && syn->payload_len == e->payload_len &&
	       e->event.ts_ns - syn->ts_ns < SAME_SYN_NS;
}

struct place conn_numbers_find_syn(const struct conn_index *x, const struct event_segment *e, bool *undecided)
{
	struct endpoint from = event_tuple_end(&e->tuple, 0), to = event_tuple_end(&e->tuple, 1);
	struct search s = search_begin(x, e->seq);
	struct place best = { .side = CLIENT };
	unsigned int score = 0;
	struct conn *c;

	*undecided = false;
	while ((c = search_next(&s))) {
		/* One that passed a second place already is less likely to be looked for. */
		unsigned int n = 1 + likeness(c, &from, &to) + (c->views ? 0 : 8);

		if (!is_same_syn(c, e) || n < score)
			continue;
		*undecided = n == score;
		best.conn = c;
		score = n;
	}
	if (*undecided)
		best.conn = NULL;
	return best;
}

/* ---- what answers it ---- */

/* Whoever is far away may know the number, too: from there nothing is taken. */
static bool is_of_this_host(const struct event_segment *e)
{
	return e->via == SEGMENT_VIA_TC_EGRESS || e->flags & SEGMENT_LOOPBACK;
}

static bool is_answered_by(const struct conn *c, const struct event_segment *e)
{
	const struct side *v = &c->side[SERVER];

	if (v->isn_known)
		return e->tcp_flags & TCP_FLAG_SYN_BIT && v->isn == e->seq;
	return !(e->id && v->id && e->id != v->id);
}

struct place conn_numbers_find_answer(const struct conn_index *x, const struct event_segment *e)
{
	struct endpoint from = event_tuple_end(&e->tuple, 0), to = event_tuple_end(&e->tuple, 1);
	struct place p = { .side = SERVER };
	uint8_t answer = TCP_FLAG_SYN_BIT | TCP_FLAG_RST_BIT;
	struct search s;

	if (!(e->tcp_flags & TCP_FLAG_ACK_BIT) || !(e->tcp_flags & answer) || !is_of_this_host(e))
		return p;
	s = search_begin(x, e->ack - 1);
	while ((p.conn = search_next(&s))) {
		if (is_answered_by(p.conn, e) && likeness(p.conn, &to, &from))
			return p;
	}
	return p;
}

/* ---- sockets ---- */

static bool lacks_socket(const struct conn *c, enum side_name side, uint32_t netns)
{
	const struct side *s = &c->side[side];

	if (side_has_socket(s) || s->timewait.made_ns || (s->netns && s->netns != netns))
		return false;
	return !(c->flags & CONN_LOOPBACK) || !c->side[other_side(side)].netns ||
	       c->side[other_side(side)].netns == netns;
}

struct place conn_numbers_find_socket(const struct conn_index *x, struct place mine, const struct event_state *e)
{
	bool server = mine.side == SERVER;
	uint32_t number = server ? e->isn : e->peer_isn;
	struct search s = search_begin(x, server ? e->peer_isn : e->isn);
	struct place p = { .side = mine.side };

	while ((p.conn = search_next(&s))) {
		const struct side *v = &p.conn->side[SERVER];

		if (p.conn != mine.conn && v->isn_known && v->isn == number &&
		    lacks_socket(p.conn, mine.side, e->event.netns))
			return p;
	}
	return p;
}
