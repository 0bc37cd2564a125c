// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides from the wire, the other end and the minisocket that a socket is gone or in TIME_WAIT though the hooks did
 * not report it, and corrects the connection.
 */
#include "core/conn_missed.h"

#include "core/conn_timewait.h"

static bool has_full_socket(const struct side *s)
{
	return side_has_socket(s) && s->state != TCPS_CLOSE;
}

static bool has_sent_fin(unsigned int state)
{
	return state == TCPS_FIN_WAIT1 || state == TCPS_FIN_WAIT2 || state == TCPS_CLOSING;
}

/* The other end, also on this host, got its FIN acknowledged: this socket accepted it. */
static bool fin_was_taken(const struct side *s, const struct side *o)
{
	return has_sent_fin(s->state) && o->id && o->mark[MARK_CLOSE] && o->last_open_state == TCPS_LAST_ACK && !o->err;
}

static bool is_gone(const struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side];

	return has_full_socket(s) && (conn_fins_acked(c) || fin_was_taken(s, &c->side[other_side(side)]));
}

bool conn_step_missed_late(const struct conn *c)
{
	return is_gone(c, CLIENT) || is_gone(c, SERVER);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The side that sent the first FIN, or both when they crossed, enters TIME_WAIT with the peer's FIN (RFC 9293 3.6). */
static void enter_timewait(struct conn *c, enum side_name side)
{
	const struct side *o = &c->side[other_side(side)];
	struct timewait *tw = &c->side[side].timewait;

	if (tw->made_ns || tw->exit == TIMEWAIT_EXIT_NEVER_CREATED)
		return;
	if (!(c->flags & CONN_SIMULTANEOUS_CLOSE) && conn_first_closer(c) != (int)side)
		return;
	tw->made_ns = o->mark[MARK_FIN] ? o->mark[MARK_FIN] : o->mark[MARK_CLOSED_HERE];
	if (!tw->made_ns)
		return;
	tw->exit = TIMEWAIT_EXIT_RUNNING;
	conn_enter_timewait(c, side, tw->made_ns, o->mark[MARK_FIN] ? EVIDENCE_WIRE : EVIDENCE_DERIVED);
}

static void note_missed(struct conn *c)
{
	c->flags = (c->flags | CONN_STEPS_MISSED) & ~CONN_COMPLETE;
}

static void close_socket(struct conn *c, enum side_name side)
{
	struct side *s = &c->side[side], *o = &c->side[other_side(side)];
	bool sent_fin = has_sent_fin(s->state);

	s->last_open_state = s->state;
	s->state = TCPS_CLOSE;
	s->mark[MARK_CLOSE] = later(later(s->mark[MARK_FIN_ACKED], o->mark[MARK_FIN_ACKED]), o->mark[MARK_CLOSE]);
	if (!s->mark[MARK_CLOSE])
		s->mark[MARK_CLOSE] = c->last_ns;
	note_missed(c);
	if (sent_fin)
		enter_timewait(c, side);
}

void conn_close_missed(struct conn *c)
{
	bool gone[SIDES] = { is_gone(c, CLIENT), is_gone(c, SERVER) };

	for (int i = CLIENT; i < SIDES; i++) {
		if (gone[i])
			close_socket(c, i);
	}
}

void conn_socket_gave_way(struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side];

	if (has_full_socket(s) && has_sent_fin(s->state) && !s->timewait.made_ns)
		close_socket(c, side);
}

/* Is it a full socket's state? A request and a minisocket bear its id, too. */
static bool is_full(unsigned int state)
{
	return state != TCPS_NEW_SYN_RECV && state != TCPS_TIME_WAIT;
}

bool conn_check_presence(struct conn *c, enum side_name side, uint64_t now_ns)
{
	struct side *s = &c->side[side];

	if (has_full_socket(s) &&
	    (!s->present_state || (s->present_state == TCPS_TIME_WAIT && has_sent_fin(s->state)))) {
		close_socket(c, side);
	} else if (has_full_socket(s) && s->present_state != s->state && is_full(s->present_state)) {
		s->state = s->present_state;
		note_missed(c);
	} else if (side_in_timewait(s) && !s->present_state) {
		conn_lose_timewait(c, side, now_ns, EVIDENCE_DERIVED);
	} else {
		return false;
	}
	return true;
}

void conn_miss_birth(struct conn *c)
{
	if (c->side[CLIENT].mark[MARK_SYN] || c->side[CLIENT].mark[MARK_SYN_SENT])
		note_missed(c);
	else
		c->flags = (c->flags | CONN_MIDSTREAM) & ~CONN_COMPLETE;
}

void conn_check_step(struct conn *c, enum side_name side, const struct event_state *e)
{
	unsigned int state = c->side[side].state;

	if (!state || state == e->old_state || state == TCPS_NEW_SYN_RECV || e->old_state == TCPS_LISTEN ||
	    (c->flags & CONN_EXISTED))
		return;
	note_missed(c);
}
