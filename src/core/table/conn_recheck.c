// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Compares the table with the kernel's sockets, read again because events may have been missed: decides which sockets
 * are gone and which changed their state unseen.
 */
#include "core/table/conn_recheck.h"

#include "core/conn_missed.h"
#include "core/conn_timewait.h"
#include "core/decode.h"

/* The FIN that it waited for came unseen: it set the timer, which shows when. */
static void fin_was_missed(struct conn *c, enum side_name side, const struct event_present *e)
{
	const struct timewait *tw = &c->side[side].timewait;
	uint64_t left_ns = e->expires_ms * 1000000ULL;
	uint64_t entered_ns = e->event.ts_ns - (left_ns < TIMEWAIT_LEN_NS ? TIMEWAIT_LEN_NS - left_ns : 0);

	conn_enter_timewait(c, side, entered_ns > tw->made_ns ? entered_ns : tw->made_ns,
			    EVIDENCE_KERNEL | EVIDENCE_DERIVED);
}

/* While a connection stays open, no later event shows how much its program has not read. */
static void take_counters(struct side *s, const struct event_present *e)
{
	const struct event_stats *stats = event_stats(&e->event);

	if (!stats || s->state == TCPS_CLOSE)
		return;
	s->stats = *stats;
	s->has_stats = true;
	s->listed_ns = e->event.ts_ns;
}

/* Its timer runs on for longer than the table would wait: it was set anew by a segment that was not seen. */
static bool was_restarted_unseen(const struct conn *c, const struct event_present *e)
{
	return c->entry->on_queue == QUEUE_TIMEWAIT && e->event.ts_ns + e->expires_ms * 1000000ULL > c->entry->due_ns;
}

void conn_recheck_present(struct conn_table *t, const struct event_present *e)
{
	/* By its address alone it might be a later socket. */
	struct place p =
		e->id ? conn_find_by_id(&t->index, e->id) : conn_find_by_tuple(&t->index, &e->tuple, e->event.netns);
	struct side *s;

	if (!p.conn)
		return;
	if (e->event.flags & EVENT_TRIMMED) {
		p.conn->flags = (p.conn->flags | CONN_LOSSY) & ~CONN_COMPLETE;
		return;
	}
	s = &p.conn->side[p.side];
	s->present_state = e->state;
	take_counters(s, e);
	if (!(p.conn->flags & CONN_REPORTED))
		journal_add(&t->journal, p.conn->entry->number);
	if (e->state == TCPS_TIME_WAIT && side_in_timewait(s))
		s->timewait.listed_ns = e->event.ts_ns;
	if (!side_in_timewait(s))
		return;
	if (e->substate == TCPS_TIME_WAIT && s->timewait.substate == TCPS_FIN_WAIT2)
		fin_was_missed(p.conn, p.side, e);
	else if (!was_restarted_unseen(p.conn, e))
		return;
	conn_settle(t, p.conn);
}

static bool is_concerned(const struct conn *c, const struct event_absent *e)
{
	if (c->last_ns >= e->since_ns)
		return false; /* it had events while the sockets were read */
	return c->side[CLIENT].netns == e->event.netns || c->side[SERVER].netns == e->event.netns;
}

/* A request ends without an event: it expires, or its listener closes. */
static bool request_is_gone(const struct conn *c, const struct event_absent *e)
{
	const struct side *v = &c->side[SERVER];

	return v->state == TCPS_NEW_SYN_RECV && !v->present_state && v->netns == e->event.netns && !c->close_ns;
}

static bool check_side(struct conn *c, enum side_name side, const struct event_absent *e)
{
	const struct side *s = &c->side[side];

	if (s->netns != e->event.netns || (e->event.flags & EVENT_SOCKETS_ONLY && side_in_timewait(s)))
		return false;
	return conn_check_presence(c, side, e->event.ts_ns);
}

static void check_conn(struct conn_table *t, struct conn *c, const struct event_absent *e)
{
	bool changed = false, gone = false;

	if (is_concerned(c, e)) {
		changed = check_side(c, CLIENT, e);
		changed |= check_side(c, SERVER, e);
		gone = request_is_gone(c, e);
	}
	/* The next reading starts from nothing. */
	c->side[CLIENT].present_state = c->side[SERVER].present_state = 0;
	if (changed)
		conn_settle(t, c);
	else if (gone)
		conn_lose_request(t, c);
}

static bool is_marked(const struct conn *c)
{
	return c->side[CLIENT].present_state || c->side[SERVER].present_state;
}

/* Those that were asked for; the queue is in order of its timers. */
static bool is_asked(const struct conn_entry *entry, const struct event_absent *e)
{
	return !(e->event.flags & EVENT_OVERDUE_ONLY) || conn_timer_ran_out(entry, e->since_ns);
}

static void check_queue(struct conn_table *t, struct list_node *queue, const struct event_absent *e)
{
	struct list_node *n = queue->next, *next;

	for (; n != queue; n = next) {
		struct conn_entry *entry = container_of(n, struct conn_entry, queue);
		const struct conn *seen = conn_store_look(&t->store, entry);
		struct conn *c;

		if (!is_asked(entry, e))
			return;
		next = n->next;
		if (!is_concerned(seen, e) && !is_marked(seen))
			continue;
		c = conn_whole(t, entry);
		if (c)
			check_conn(t, c, e);
		conn_store_pack_idle(&t->store);
	}
}

static void check_queues(struct conn_table *t, const struct event_absent *e)
{
	if (e->event.flags & EVENT_SOCKETS_ONLY) {
		check_queue(t, &t->queue[QUEUE_OPEN], e); /* the others have deadlines */
		return;
	}
	if (e->event.flags & EVENT_OVERDUE_ONLY) {
		check_queue(t, &t->queue[QUEUE_TIMEWAIT], e);
		return;
	}
	for (int i = 0; i < QUEUES; i++)
		check_queue(t, &t->queue[i], e);
}

void conn_recheck_absent(struct conn_table *t, const struct event_absent *e)
{
	check_queues(t, e);
	if (e->event.flags & EVENT_LISTED)
		conn_list_open(t);
}
