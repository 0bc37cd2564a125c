// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/conn_join.h"

#include <string.h>

#include "core/conn_count.h"
#include "core/table/conn_numbers.h"
#include "core/table/conn_view.h"

/* ---- a socket moves ---- */

static void move_moments(struct conn *to, enum side_name side, const struct conn *from)
{
	for (unsigned int i = 0; i < from->moments.count; i++) {
		struct moment m = from->moments.list[i];

		m.side = side;
		conn_add_moment(to, &m);
	}
}

/* What a socket that is not closed yet can have; its segments are the other connection's. */
static void move_socket(struct side *to, const struct side *from)
{
	to->state = from->state;
	to->state_flags = from->state_flags;
	to->netns = from->netns;
	to->uid = from->uid;
	to->uid_known = from->uid_known;
	to->cgroup = from->cgroup;
	memcpy(to->actor, from->actor, sizeof(to->actor));
	for (int m = MARK_SYN_SENT; m < MARKS; m++)
		to->mark[m] = from->mark[m];
}

/* The socket, which was alone in its connection, becomes a side of another one. */
static struct place join(struct conn_table *t, struct place from, struct place to)
{
	struct side *socket = &from.conn->side[from.side];
	uint64_t id = socket->id;

	if (from.conn->start_ns < to.conn->start_ns)
		to.conn->start_ns = from.conn->start_ns;
	move_socket(&to.conn->side[to.side], socket);
	move_moments(to.conn, to.side, from.conn);
	if (to.side == SERVER && socket->mark[MARK_SYN_RECV])
		conn_count_child(to.conn, socket->mark[MARK_SYN_RECV]);
	if (to.side == CLIENT)
		to.conn->side[to.side].segs_beside = 0; /* its segments did not say whose they are */
	if (from.conn->flags & CONN_NO_MEMORY)
		conn_no_memory(to.conn);
	journal_move(&t->journal, from.conn->entry->number, to.conn->entry->number);
	conn_absorbed(t, from.conn);
	conn_index_set_id(&t->index, to.conn, to.side, id);
	return to;
}

/* ---- by its tuple ---- */

/* The socket that sent a SYN moves into the connection that the SYN began. */
static struct place join_twin(struct conn_table *t, struct conn *shell, struct conn *twin)
{
	enum side_name side = endpoint_equal(&twin->flow.end[CLIENT], &shell->flow.end[CLIENT]) ? CLIENT : SERVER;

	return join(t, (struct place) { shell, CLIENT }, (struct place) { twin, side });
}

struct place conn_resolve_pending(struct conn_table *t, struct place p, const struct event_tuple *tuple)
{
	struct conn *c = p.conn, *twin;

	if (!tuple->port[0])
		return p;
	c->flow.end[CLIENT] = event_tuple_end(tuple, 0);
	c->flow.end[SERVER] = event_tuple_end(tuple, 1);
	c->flags &= ~CONN_TUPLE_PENDING;
	if (endpoint_equal(&c->flow.end[CLIENT], &c->flow.end[SERVER]))
		c->flags |= CONN_SELF;
	twin = c->views ? NULL : conn_find_wire_twin(&t->index, c);
	if (twin)
		return join_twin(t, c, twin);
	conn_view_settle(&t->index, c);
	conn_announce(t, c);
	return p;
}

/* The same but for the port that was not chosen then. */
static bool is_pending_tuple(const struct conn *c, const struct event_tuple *tuple)
{
	struct endpoint from = event_tuple_end(tuple, 0), to = event_tuple_end(tuple, 1);

	return !memcmp(from.addr, c->flow.end[CLIENT].addr, sizeof(from.addr)) &&
	       endpoint_equal(&to, &c->flow.end[SERVER]);
}

struct place conn_resolve_pending_by_segment(struct conn_table *t, struct place p, const struct event_tuple *tuple)
{
	struct event_tuple swapped = event_tuple_swapped(tuple);
	const struct event_tuple *clients = p.side == CLIENT ? tuple : &swapped;
	struct place client;

	if (!is_pending_tuple(p.conn, clients))
		return p;
	client = conn_resolve_tuple(t, (struct place) { p.conn, CLIENT }, clients);
	return (struct place) { client.conn, p.side == CLIENT ? client.side : other_side(client.side) };
}

/* ---- by its numbers ---- */

static bool was_seen(const struct conn *c)
{
	return c->side[CLIENT].segs_seen || c->side[SERVER].segs_seen;
}

struct place conn_join_by_numbers(struct conn_table *t, struct place p, const struct event_state *e)
{
	struct place other;

	if (e->new_state != TCPS_ESTABLISHED || !(e->flags & STATE_ISN_VALID) || was_seen(p.conn) ||
	    side_has_socket(&p.conn->side[other_side(p.side)]))
		return p;
	other = conn_numbers_find_socket(&t->index, p, e);
	return other.conn ? join(t, p, other) : p;
}
