// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/conn_view.h"

static struct flow flow_of(const struct event_tuple *tuple, enum side_name local)
{
	struct flow f;

	f.end[local] = event_tuple_end(tuple, 0);
	f.end[other_side(local)] = event_tuple_end(tuple, 1);
	return f;
}

static bool flow_equal(const struct flow *a, const struct flow *b)
{
	return endpoint_equal(&a->end[CLIENT], &b->end[CLIENT]) && endpoint_equal(&a->end[SERVER], &b->end[SERVER]);
}

/* From 1 on; 0 = it is none of them. */
static uint8_t number_of(const struct conn *c, const struct flow *f)
{
	for (uint8_t i = 0; i < c->views; i++) {
		if (flow_equal(&c->view[i], f))
			return i + 1;
	}
	return 0;
}

/* Its number; 0 if there are too many. */
static uint8_t add(struct conn_index *x, struct conn *c, const struct flow *f)
{
	if (c->views == CONN_VIEWS)
		return 0;
	c->view[c->views++] = *f;
	conn_index_add_view(x, c, f);
	return c->views;
}

static bool is_usable(const struct conn *c, const struct flow *f)
{
	return !c->track && !(c->flags & CONN_SELF) && f->end[CLIENT].port && f->end[SERVER].port;
}

void conn_view_add(struct conn_index *x, struct place p, const struct event_tuple *tuple)
{
	struct flow f = flow_of(tuple, p.side);

	if (is_usable(p.conn, &f) && !flow_equal(&f, &p.conn->flow) && !number_of(p.conn, &f))
		add(x, p.conn, &f);
}

static void server_has(struct conn_index *x, struct conn *c, const struct flow *f)
{
	uint8_t number = flow_equal(f, &c->flow) ? SERVER_VIEW_FLOW : number_of(c, f);

	c->server_view = number ? number : add(x, c, f);
}

static void forget(struct conn *c, uint8_t number)
{
	for (uint8_t i = number; i < c->views; i++)
		c->view[i - 1] = c->view[i];
	c->view[--c->views] = (struct flow) { 0 };
	if (c->server_view > number && c->server_view != SERVER_VIEW_FLOW)
		c->server_view--;
}

/* What the socket itself had said before was said too early (a port that a former connect() left behind), and no place
 * has seen it. */
static void correct_flow(struct conn_index *x, struct conn *c, const struct flow *f)
{
	uint8_t number = number_of(c, f);

	if (c->server_view == number && number)
		c->server_view = SERVER_VIEW_FLOW;
	conn_index_move_flow(x, c, f);
	if (number) {
		conn_index_drop_view(x, c, f);
		forget(c, number);
	}
	c->flow = *f;
}

/* What stood for it until now changes places with it. */
static void replace_flow(struct conn_index *x, struct conn *c, const struct flow *f)
{
	struct flow former = c->flow;
	uint8_t number = number_of(c, f);
	bool is_servers = number && c->server_view == number;

	if (number) {
		c->view[number - 1] = former;
	} else {
		number = add(x, c, &former);
		conn_index_move_flow(x, c, f);
	}
	if (is_servers)
		c->server_view = SERVER_VIEW_FLOW;
	else if (c->server_view == SERVER_VIEW_FLOW)
		c->server_view = number;
	c->flow = *f;
}

static void opener_has(struct conn_index *x, struct conn *c, const struct flow *f)
{
	if (!flow_equal(f, &c->flow)) {
		if (c->flags & CONN_FLOW_OF_OPENER)
			correct_flow(x, c, f);
		else
			replace_flow(x, c, f);
	}
	c->flags |= CONN_FLOW_OF_OPENER;
}

void conn_view_of_socket(struct conn_index *x, struct place p, const struct event_tuple *tuple)
{
	struct flow f = flow_of(tuple, p.side);

	if (!is_usable(p.conn, &f) || p.conn->flags & CONN_TUPLE_PENDING)
		return;
	if (p.side == SERVER)
		server_has(x, p.conn, &f);
	else
		opener_has(x, p.conn, &f);
}

void conn_view_settle(struct conn_index *x, struct conn *c)
{
	uint8_t number = number_of(c, &c->flow);

	if (number)
		forget(c, number);
	else
		conn_index_add_flow(x, c);
}

bool conn_view_adopt(struct conn *c)
{
	if (!c->views)
		return false;
	c->flow = c->view[0];
	forget(c, 1);
	return true;
}
