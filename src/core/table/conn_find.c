// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which connection an event or a segment belongs to, where addresses are reused and several connections share
 * a tuple.
 */
#include "core/table/conn_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/segment.h"
#include "core/seq.h"
#include "lib/hash_mix.h"

int conn_index_init(struct conn_index *x, struct conn_store *store, bool names)
{
	x->store = store;
	x->recent = calloc(RECENT_ISN_SETS, RECENT_ISN_WAYS * sizeof(*x->recent));
	x->near = calloc(NEAR_IDS, sizeof(*x->near));
	if (!x->near)
		return -ENOMEM;
	if (names && flat_init(&x->by_name, 1024) < 0)
		return -ENOMEM;
	return !x->recent || flat_init(&x->by_id, 1024) < 0 || flat_init(&x->by_flow, 1024) < 0 ? -ENOMEM : 0;
}

void conn_index_free(struct conn_index *x)
{
	flat_free(&x->by_id);
	flat_free(&x->by_flow);
	free(x->recent);
	x->recent = NULL;
	free(x->near);
	x->near = NULL;
	flat_free(&x->by_name);
}

static uint32_t id_hash(uint64_t id)
{
	return (uint32_t)hash_mix(id);
}

static uint32_t tuple_hash(const struct endpoint *a, const struct endpoint *b)
{
	return (uint32_t)flow_hash(a, b);
}

static uint32_t hash_of_flow(const struct flow *f)
{
	return tuple_hash(&f->end[CLIENT], &f->end[SERVER]);
}

static uint32_t name_hash(const uint64_t id[2])
{
	return id_hash(id[0] ^ id[1]);
}

static uint32_t side_number(const struct conn_entry *e, enum side_name side)
{
	return e->number << 1 | side;
}

void conn_index_add_flow(struct conn_index *x, struct conn *c)
{
	conn_index_add_view(x, c, &c->flow);
}

void conn_index_add_view(struct conn_index *x, struct conn *c, const struct flow *view)
{
	if (flat_add(&x->by_flow, hash_of_flow(view), c->entry->number) < 0)
		conn_no_memory(c);
}

void conn_index_drop_view(struct conn_index *x, const struct conn *c, const struct flow *view)
{
	flat_remove(&x->by_flow, hash_of_flow(view), c->entry->number);
}

void conn_index_move_flow(struct conn_index *x, struct conn *c, const struct flow *to)
{
	conn_index_drop_view(x, c, &c->flow);
	conn_index_add_view(x, c, to);
}

struct conn *conn_index_entry(const struct conn_index *x, uint32_t number)
{
	return conn_store_whole(x->store, conn_store_entry(x->store, number));
}

/* Without memory it is not found by its name, and nothing else. */
void conn_index_add_name(struct conn_index *x, const struct conn *c)
{
	if (x->by_name.slot)
		flat_add(&x->by_name, name_hash(c->id), c->entry->number);
}

void conn_index_drop_name(struct conn_index *x, const struct conn *c)
{
	if (x->by_name.slot && c->id[0])
		flat_remove(&x->by_name, name_hash(c->id), c->entry->number);
}

static struct near_id *near_slot(const struct conn_index *x, uint64_t id)
{
	return &x->near[id % NEAR_IDS];
}

/* What is found by it changes. */
static void forget_near(const struct conn_index *x, uint64_t id)
{
	struct near_id *n = near_slot(x, id);

	if (n->id == id)
		n->id = 0;
}

void conn_index_set_id(struct conn_index *x, struct conn *c, enum side_name side, uint64_t id)
{
	conn_index_drop_id(x, c, side);
	c->side[side].id = id;
	forget_near(x, id);
	if (id && flat_add(&x->by_id, id_hash(id), side_number(c->entry, side)) < 0)
		conn_no_memory(c);
}

static void drop_id(struct conn_index *x, const struct side *s, uint32_t number)
{
	if (!s->id)
		return;
	forget_near(x, s->id);
	flat_remove(&x->by_id, id_hash(s->id), number);
}

void conn_index_drop_id(struct conn_index *x, const struct conn *c, enum side_name side)
{
	drop_id(x, &c->side[side], side_number(c->entry, side));
}

void conn_index_remove(struct conn_index *x, const struct conn *c, const struct conn_entry *e)
{
	flat_remove(&x->by_flow, hash_of_flow(&c->flow), e->number);
	for (unsigned int i = 0; i < c->views; i++)
		flat_remove(&x->by_flow, hash_of_flow(&c->view[i]), e->number);
	for (int i = CLIENT; i < SIDES; i++)
		drop_id(x, &c->side[i], side_number(e, i));
	if (x->by_name.slot && c->id[0])
		flat_remove(&x->by_name, name_hash(c->id), e->number);
}

void conn_index_prefetch_id(const struct conn_index *x, uint64_t id)
{
	if (near_slot(x, id)->id != id)
		flat_prefetch(&x->by_id, id_hash(id));
}

void conn_index_prefetch_tuple(const struct conn_index *x, const struct event_tuple *tuple)
{
	struct endpoint a = event_tuple_end(tuple, 0), b = event_tuple_end(tuple, 1);

	flat_prefetch(&x->by_flow, tuple_hash(&a, &b));
}

void conn_index_prefetch(const struct conn_index *x, const struct conn *c)
{
	flat_prefetch(&x->by_flow, hash_of_flow(&c->flow));
	for (int i = CLIENT; i < SIDES; i++)
		conn_index_prefetch_id(x, c->side[i].id);
}

static struct place search_id(const struct conn_index *x, uint64_t id)
{
	struct flat_search search = flat_search(&x->by_id, id_hash(id));
	uint32_t number;

	while ((number = flat_next(&search))) {
		struct conn *c = conn_index_entry(x, number >> 1);

		if (c && c->side[number & 1].id == id) {
			*near_slot(x, id) = (struct near_id) { id, number };
			return (struct place) { c, number & 1 };
		}
	}
	return (struct place) { 0 };
}

struct place conn_find_by_id(const struct conn_index *x, uint64_t id)
{
	const struct near_id *n = near_slot(x, id);
	struct conn *c;

	if (!id)
		return (struct place) { 0 };
	if (n->id == id) {
		c = conn_index_entry(x, n->number >> 1);
		if (c && c->side[n->number & 1].id == id)
			return (struct place) { c, n->number & 1 };
	}
	return search_id(x, id);
}

bool conn_index_any_of_id(const struct conn_index *x, uint64_t id, bool (*fn)(const struct conn_entry *e, uint64_t arg),
			  uint64_t arg)
{
	struct flat_search search = flat_search(&x->by_id, id_hash(id));
	uint32_t number;

	while ((number = flat_next(&search))) {
		if (fn(conn_store_entry(x->store, number >> 1), arg))
			return true;
	}
	return false;
}

const struct conn *conn_find_by_name(const struct conn_index *x, const uint64_t id[2])
{
	struct flat_search search;
	uint32_t number;

	if (!x->by_name.slot)
		return NULL;
	search = flat_search(&x->by_name, name_hash(id));
	while ((number = flat_next(&search))) {
		const struct conn *c = conn_store_look(x->store, conn_store_entry(x->store, number));

		if (c->id[0] == id[0] && c->id[1] == id[1])
			return c;
	}
	return NULL;
}

/* ---- by flow ---- */

/*
 * Walks the connections on a tuple, newest first; place.side is the side of the tuple's first end. Those of a capture,
 * or the others: a recording that holds both keeps them apart.
 */
struct walk {
	const struct conn_index *index;
	struct endpoint a, b;
	struct flat_search search;
	bool captured;
};

static struct walk walk_begin(const struct conn_index *x, const struct event_tuple *tuple)
{
	struct walk w = { .index = x, .a = event_tuple_end(tuple, 0), .b = event_tuple_end(tuple, 1) };

	w.search = flat_search(&x->by_flow, tuple_hash(&w.a, &w.b));
	return w;
}

static bool is_on(const struct flow *f, const struct walk *w, struct place *p)
{
	if (endpoint_equal(&f->end[CLIENT], &w->a) && endpoint_equal(&f->end[SERVER], &w->b))
		p->side = CLIENT;
	else if (endpoint_equal(&f->end[SERVER], &w->a) && endpoint_equal(&f->end[CLIENT], &w->b))
		p->side = SERVER;
	else
		return false;
	return true;
}

static struct place walk_next(struct walk *w)
{
	uint32_t number;

	while ((number = flat_next(&w->search))) {
		struct place p = { .conn = conn_index_entry(w->index, number) };

		if (!p.conn || w->captured != !!p.conn->track)
			continue;
		if (is_on(&p.conn->flow, w, &p))
			return p;
		for (unsigned int i = 0; i < p.conn->views; i++) {
			if (is_on(&p.conn->view[i], w, &p))
				return p;
		}
	}
	return (struct place) { 0 };
}

/* Loopback traffic stays in its namespace, so there the other side's namespace must be the same. */
static bool netns_fits(const struct conn *c, enum side_name side, uint32_t netns)
{
	const struct side *s = &c->side[side], *o = &c->side[other_side(side)];

	if (!netns)
		return true;
	if (s->netns && s->netns != netns)
		return false;
	return !(c->flags & CONN_LOOPBACK) || !o->netns || o->netns == netns;
}

static bool wants_this_socket(const struct place *p, const struct event_state *e)
{
	const struct conn *c = p->conn;
	const struct side *s = &c->side[p->side], *o = &c->side[other_side(p->side)];

	/* A request is dropped where its SYN+ACK cannot be sent again; the next SYN creates another one. */
	if ((s->id && s->state != TCPS_NEW_SYN_RECV) || !netns_fits(c, p->side, e->event.netns) || s->timewait.made_ns)
		return false;
	if (e->flags & STATE_ISN_VALID &&
	    ((s->isn_known && s->isn != e->isn) || (o->isn_known && o->isn != e->peer_isn)))
		return false;
	if (e->old_state == TCPS_LISTEN)
		return p->side == SERVER && !conn_fins_acked(c);
	if (e->new_state == TCPS_SYN_SENT) /* a simultaneous open: the other SYN is under way, ours is not sent yet */
		return p->side == SERVER && !s->isn_known && !o->mark[MARK_SYN_ACKED] && !c->close_ns;
	return !c->close_ns;
}

struct place conn_find_for_socket(const struct conn_index *x, const struct event_state *e)
{
	struct walk w = walk_begin(x, &e->tuple);
	struct place p;

	while ((p = walk_next(&w)).conn) {
		if (wants_this_socket(&p, e))
			return p;
	}
	return p;
}

struct place conn_find_by_tuple(const struct conn_index *x, const struct event_tuple *tuple, uint32_t netns)
{
	struct walk w = walk_begin(x, tuple);
	struct place p;

	while ((p = walk_next(&w)).conn) {
		if (netns_fits(p.conn, p.side, netns))
			return p;
	}
	return p;
}

struct place conn_find_timewait(const struct conn_index *x, const struct event_timewait *e)
{
	struct place p = conn_find_by_id(x, e->id), closed = { 0 };
	struct walk w;

	if (p.conn)
		return p; /* only a cookie spans both, and it is not reused */
	w = walk_begin(x, &e->tuple);
	while ((p = walk_next(&w)).conn) {
		const struct side *s = &p.conn->side[p.side];

		if (!netns_fits(p.conn, p.side, e->event.netns))
			continue;
		if (e->address && s->timewait.address == e->address && side_in_timewait(s))
			return p;
		if (!closed.conn && s->state == TCPS_CLOSE && (side_in_timewait(s) || !s->timewait.made_ns))
			closed = p;
	}
	return closed;
}

/* ---- segments ---- */

static bool is_synchronized(unsigned int state)
{
	return state == TCPS_ESTABLISHED || state == TCPS_FIN_WAIT1 || state == TCPS_FIN_WAIT2 ||
	       state == TCPS_CLOSE_WAIT || state == TCPS_CLOSING || state == TCPS_LAST_ACK;
}

/* Numbers far from those seen belong to another connection on the same tuple. */
static bool plausible(const struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	/* A RST to a segment without ACK has sequence number 0 (RFC 9293 3.5.2). */
	if (e->tcp_flags & TCP_FLAG_RST_BIT && e->seq == 0)
		return true;
	if (s->seq_known && !seq_near(e->seq, s->next_seq))
		return false;
	return !(e->tcp_flags & TCP_FLAG_ACK_BIT) || !o->seq_known || seq_near(e->ack, o->next_seq);
}

/*
 * A SYN that begins no connection, since a socket of this host has the tuple: a full socket answers it with an ACK (RFC
 * 5961 4), TIME_WAIT takes only one behind all that it has seen (tcp_timewait_state_process()), FIN_WAIT2 none.
 */
static bool is_refused_syn(const struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	if (side_is_local(s) || !o->id)
		return false;
	/* Another number than the first SYN's: within the window a RST, else an ACK (tcp_check_req()). */
	if (o->state == TCPS_NEW_SYN_RECV)
		return !c->close_ns;
	if (side_in_timewait(o))
		return !o->timewait.entered_ns || (s->mark[MARK_FIN] && !seq_after(e->seq, s->fin_seq + 1));
	return is_synchronized(o->state) || o->state == TCPS_SYN_RECV;
}

/* Nobody is left whom the connection's own SYN could come to again: what comes now begins another one, though it has
 * the same number. */
static bool is_gone(const struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	if (e->id && s->id && e->id != s->id && side_has_socket(s))
		return true;
	if (side_has_socket(o))
		return o->state == TCPS_CLOSE && !side_in_timewait(o);
	return c->close_ns != 0;
}

/* Is this SYN (without ACK) a connection's own: sent again, its first, or the second one of a simultaneous open? */
static bool syn_belongs(const struct conn *c, enum side_name sender, const struct event_segment *e)
{
	const struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	if (s->isn_known)
		return (s->isn == e->seq && !is_gone(c, sender, e)) || is_refused_syn(c, sender, e);
	if (c->close_ns || (c->flags & CONN_MIDSTREAM))
		return false;
	if (sender == CLIENT)
		return s->state == TCPS_SYN_SENT || (o->state == TCPS_NEW_SYN_RECV && (c->flags & CONN_EXISTED));
	return s->state == TCPS_SYN_SENT || (o->mark[MARK_SYN] && !o->mark[MARK_SYN_ACKED]);
}

static bool same_vlan(const struct conn *c, const struct event_segment *e)
{
	return side_is_local(&c->side[CLIENT]) || side_is_local(&c->side[SERVER]) ||
	       (c->vlan[0] == e->vlan[0] && c->vlan[1] == e->vlan[1]);
}

/* While a socket is open, what it sends is its connection's, and so is what comes to its tuple: the numbers may have
 * gone far since those that were seen last, since data are not reported. */
static bool is_socket_at_work(const struct place *p, const struct event_segment *e)
{
	const struct side *s = &p->conn->side[p->side], *o = &p->conn->side[other_side(p->side)];

	if (e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_RST_BIT))
		return false;
	return is_synchronized(s->state) && e->id ? e->id == s->id : is_synchronized(o->state);
}

/* Does it bear the very numbers that the handshake must have? Asked of a SYN+ACK. */
static bool is_exact_answer(const struct place *p, const struct event_segment *e)
{
	const struct side *s = &p->conn->side[p->side], *o = &p->conn->side[other_side(p->side)];

	return o->isn_known && e->ack - (o->isn + 1) <= o->syn_data && (!s->isn_known || s->isn == e->seq);
}

/* A SYN+ACK of another request than the one that is known: it answers another SYN. */
static bool is_other_request(const struct place *p, const struct event_segment *e)
{
	const struct side *s = &p->conn->side[p->side];

	return e->tcp_flags & TCP_FLAG_SYN_BIT && p->side == SERVER && e->id && s->id && e->id != s->id &&
	       !is_exact_answer(p, e);
}

static bool segment_fits(const struct place *p, const struct event_segment *e)
{
	uint32_t netns = e->flags & SEGMENT_LOOPBACK ? e->event.netns : 0;

	if (!netns_fits(p->conn, p->side, netns) || !netns_fits(p->conn, other_side(p->side), netns) ||
	    !same_vlan(p->conn, e))
		return false;
	if (segment_is_syn(e->tcp_flags))
		return syn_belongs(p->conn, p->side, e);
	if (is_other_request(p, e))
		return false;
	return plausible(p->conn, p->side, e) || is_socket_at_work(p, e);
}

/* ---- one tuple at several places ---- */

/* Of what nothing is known yet: farther than what is in flight, nearer than another connection's numbers. */
#define DISTANCE_UNKNOWN SEQ_OVERTAKEN

static uint64_t distance(bool known, uint32_t a, uint32_t b)
{
	int64_t d = seq_diff(a, b);

	return !known ? DISTANCE_UNKNOWN : (uint64_t)(d < 0 ? -d : d);
}

/* From what was last seen of both directions. */
static uint64_t distance_of(const struct place *p, const struct event_segment *e)
{
	const struct side *s = &p->conn->side[p->side], *o = &p->conn->side[other_side(p->side)];
	uint64_t d = distance(s->seq_known, e->seq, s->next_seq);

	return e->tcp_flags & TCP_FLAG_ACK_BIT ? d + distance(o->seq_known, e->ack, o->next_seq) : d;
}

static bool was_seen_at(const struct place *p, const struct event_segment *e)
{
	const struct side *s = &p->conn->side[p->side], *o = &p->conn->side[other_side(p->side)];

	return e->ifindex && (s->ifindex == e->ifindex || o->ifindex == e->ifindex);
}

/* Is a, which is older, a better place for it than b? Where numbers are as near as data in flight lets them be, the
 * interface decides. */
static bool is_nearer(const struct place *a, const struct place *b, const struct event_segment *e)
{
	uint64_t from_a = distance_of(a, e), from_b = distance_of(b, e);
	bool close = from_a <= 2 * SEQ_OVERTAKEN && from_b <= 2 * SEQ_OVERTAKEN;

	if (a->conn->close_ns)
		return false; /* what comes late has no other place than the one where nothing is open any more */
	if (e->tcp_flags & TCP_FLAG_SYN_BIT && is_exact_answer(a, e) != is_exact_answer(b, e))
		return is_exact_answer(a, e);
	if (close && was_seen_at(a, e) != was_seen_at(b, e))
		return was_seen_at(a, e);
	return from_a < from_b;
}

struct place conn_find_for_segment(const struct conn_index *x, struct place sender, const struct event_segment *e)
{
	struct place p = sender, next;
	struct walk w;

	if (p.conn && segment_fits(&p, e))
		return p;
	p.conn = NULL;
	w = walk_begin(x, &e->tuple);
	while ((next = walk_next(&w)).conn) {
		if (segment_fits(&next, e) && (!p.conn || is_nearer(&next, &p, e)))
			p = next;
	}
	return p;
}

struct place conn_find_by_drop(const struct conn_index *x, const struct event_drop *e)
{
	struct event_segment segment = { .event = e->event,
					 .tuple = e->tuple,
					 .tcp_flags = e->tcp_flags,
					 .seq = e->seq,
					 .ack = e->ack,
					 .payload_len = e->payload_len };
	struct walk w = walk_begin(x, &e->tuple);
	struct place p = { 0 }, next;

	while ((next = walk_next(&w)).conn) {
		if (netns_fits(next.conn, other_side(next.side), e->event.netns) &&
		    (!p.conn || is_nearer(&next, &p, &segment)))
			p = next;
	}
	return p;
}

struct place conn_find_captured(const struct conn_index *x, const struct event_segment *e, bool by_vlan)
{
	struct walk w = walk_begin(x, &e->tuple);
	struct place p;

	w.captured = true;
	while ((p = walk_next(&w)).conn) {
		const struct conn *c = p.conn;

		if (!by_vlan || (c->vlan[0] == e->vlan[0] && c->vlan[1] == e->vlan[1]))
			break;
	}
	return p;
}

struct conn *conn_find_wire_twin(const struct conn_index *x, const struct conn *c)
{
	struct event_tuple tuple = { .port = { c->flow.end[CLIENT].port, c->flow.end[SERVER].port } };
	struct walk w;
	struct place p;

	memcpy(tuple.addr[0], c->flow.end[CLIENT].addr, 16);
	memcpy(tuple.addr[1], c->flow.end[SERVER].addr, 16);
	w = walk_begin(x, &tuple);
	while ((p = walk_next(&w)).conn) {
		if (p.conn != c && !p.conn->side[p.side].id && !(p.conn->flags & CONN_REPORTED) &&
		    p.conn->start_ns >= c->start_ns && netns_fits(p.conn, p.side, c->side[CLIENT].netns))
			return p.conn;
		/*
		 * Both opened at the same time: the event of the other socket created the connection, with itself as
		 * the client.
		 */
		if (p.conn != c && p.side == SERVER && !p.conn->side[SERVER].id && !p.conn->close_ns &&
		    p.conn->side[CLIENT].state == TCPS_SYN_SENT)
			return p.conn;
	}
	return NULL;
}
