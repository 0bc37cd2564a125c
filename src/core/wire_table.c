// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Connections of a capture: which one a segment belongs to, and when each is over. */
#include <errno.h>
#include <string.h>

#include "core/conn_apply.h"
#include "core/conn_table_private.h"
#include "core/wire.h"

static struct wire *of_node(struct heap_node *n)
{
	return container_of(n, struct wire, due);
}

/* It ended if something on the wire says so; silence alone says only that nobody asked. */
static bool has_ended(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return conn_wire_closed(c) || (k->mark[MARK_FIN] && v->mark[MARK_FIN]) || k->mark[MARK_RST] ||
	       v->mark[MARK_RST];
}

static bool was_given_up(const struct conn *c)
{
	return !(c->flags & CONN_MIDSTREAM) && c->side[CLIENT].mark[MARK_SYN] && !c->side[SERVER].via;
}

static void end(struct conn_table *t, struct conn *c)
{
	if (has_ended(c) || was_given_up(c)) {
		c->close_ns = c->wire->last_ns;
		conn_report(t, c);
	} else {
		conn_leave_open(t, c);
	}
}

/* NULL: there was no memory to unpack it, and it is gone. */
static struct conn *conn_of(struct conn_table *t, const struct wire *w)
{
	return conn_table_whole(t, w->entry);
}

void wire_table_expire(struct conn_table *t, uint64_t now_ns)
{
	struct heap_node *n;

	while ((n = heap_first(&t->wires)) && n->key <= now_ns) {
		struct wire *w = of_node(n);

		t->now_ns = n->key > t->now_ns ? n->key : t->now_ns;
		struct conn *c;

		if (!wire_expired(w, now_ns)) {
			heap_put(&t->wires, n, wire_due(w));
			continue;
		}
		c = conn_of(t, w);
		if (c)
			end(t, c);
	}
}

/* What is still young at the end of the capture is open, whatever it waits for. */
void wire_table_finish(struct conn_table *t)
{
	struct heap_node *n;

	while ((n = heap_first(&t->wires))) {
		struct conn *c = conn_of(t, of_node(n));

		if (!c)
			continue;
		if (has_ended(c))
			end(t, c);
		else
			conn_leave_open(t, c);
	}
}

bool wire_table_evict(struct conn_table *t)
{
	struct heap_node *n = heap_first(&t->wires);
	struct conn *c;

	if (!n)
		return false;
	c = conn_of(t, of_node(n));
	if (c) {
		c->flags &= ~CONN_COMPLETE;
		end(t, c);
	}
	return true;
}

static bool is_syn(const struct event_segment *e)
{
	return (e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT)) == TCP_FLAG_SYN_BIT;
}

static struct conn *begin(struct conn_table *t, const struct event_segment *e)
{
	struct wire *w = wire_new(e->event.ts_ns, t->now_ns, e);
	struct conn *c = w ? conn_new(t, &e->tuple, w->client == 0 ? CLIENT : SERVER, e->event.ts_ns) : NULL;

	if (!c || heap_put(&t->wires, &w->due, wire_due(w))) {
		wire_free(w);
		if (c)
			conn_free(t, c);
		return NULL;
	}
	c->wire = w;
	w->entry = c->entry;
	memcpy(c->vlan, e->vlan, sizeof(c->vlan));
	if (!is_syn(e))
		c->flags = (c->flags & ~CONN_COMPLETE) | CONN_MIDSTREAM | CONN_ROLES_DERIVED;
	conn_announce(t, c);
	return c;
}

/* Who was taken for the client is the server. */
static void flip(struct conn *c)
{
	struct endpoint end = c->flow.end[CLIENT];
	struct side side = c->side[CLIENT]; /* without socket, hence in no index */

	c->flow.end[CLIENT] = c->flow.end[SERVER];
	c->flow.end[SERVER] = end;
	c->side[CLIENT] = c->side[SERVER];
	c->side[SERVER] = side;
	for (unsigned int i = 0; i < c->moments.count; i++)
		c->moments.list[i].side ^= 1;
}

int wire_table_apply(struct conn_table *t, const struct event_segment *e)
{
	struct place p = find_captured(&t->index, e, t->vlan_key);
	bool bad = e->flags & (SEGMENT_BAD_CHECKSUM | SEGMENT_BAD_HEADER);
	struct wire *w;

	if (p.conn && wire_is_reuse(p.conn->wire, e)) {
		end(t, p.conn);
		p.conn = NULL;
	}
	if (!p.conn) {
		p.conn = begin(t, e);
		if (!p.conn)
			return -ENOMEM;
		p.side = p.conn->wire->client == 0 ? CLIENT : SERVER;
	}
	w = p.conn->wire;
	if (wire_segment(w, wire_index(w, p.side), e)) {
		flip(p.conn);
		p.side = other_side(p.side);
	}
	if (!bad)
		conn_apply_captured(p.conn, p.side, e);
	conn_store_touch(&t->store, p.conn, false);
	p.conn->last_ns = e->event.ts_ns > p.conn->last_ns ? e->event.ts_ns : p.conn->last_ns;
	if (w->timers_changed) {
		w->timers_changed = false;
		heap_put(&t->wires, &w->due, wire_due(w));
	}
	return 0;
}
