// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The second look at the kernel's sockets, when tracing ends: what is still there, and what went unseen. */
#include "core/conn_missed.h"
#include "core/conn_table_private.h"
#include "core/conn_timewait.h"

#define TIMEWAIT_LENGTH_MS 60000 /* TCP_TIMEWAIT_LEN, which the FIN's coming sets the timer to */

/* The FIN that it waited for came, and nobody told: its timer says when. */
static void fin_was_missed(struct conn *c, enum side_name side, const struct event_present *e)
{
	const struct timewait *tw = &c->side[side].timewait;
	uint64_t ran_ms = e->expires_ms < TIMEWAIT_LENGTH_MS ? TIMEWAIT_LENGTH_MS - e->expires_ms : 0;
	uint64_t entered_ns = e->event.ts_ns - ran_ms * 1000000;

	conn_enter_timewait(c, side, entered_ns > tw->made_ns ? entered_ns : tw->made_ns,
			    EVIDENCE_KERNEL | EVIDENCE_DERIVED);
}

void conn_present(struct conn_table *t, const struct event_present *e)
{
	/* By its address alone it might be a later socket's life. */
	struct place p = e->id ? find_by_id(&t->index, e->id) : find_by_tuple(&t->index, &e->tuple, e->event.netns);
	struct side *s;

	if (!p.conn)
		return;
	s = &p.conn->side[p.side];
	s->present_state = e->state;
	if (e->substate != TCPS_TIME_WAIT || s->timewait.substate != TCPS_FIN_WAIT2 || !side_in_timewait(s))
		return;
	fin_was_missed(p.conn, p.side, e);
	conn_settle(t, p.conn);
}

static bool is_concerned(const struct conn *c, const struct event_absent *e)
{
	if (c->last_ns >= e->since_ns)
		return false; /* it moved while the kernel was asked */
	return c->side[CLIENT].netns == e->event.netns || c->side[SERVER].netns == e->event.netns;
}

static void check_conn(struct conn_table *t, struct conn *c, const struct event_absent *e)
{
	bool changed = false;

	for (int i = CLIENT; i < SIDES; i++) {
		if (c->side[i].netns == e->event.netns)
			changed |= conn_check_presence(c, i, e->event.ts_ns);
	}
	if (changed)
		conn_settle(t, c);
}

void conn_absent(struct conn_table *t, const struct event_absent *e)
{
	for (int i = 0; i < LIVES; i++) {
		struct list_node *n = t->queue[i].next, *next;

		for (; n != &t->queue[i]; n = next) {
			struct conn_entry *entry = container_of(n, struct conn_entry, queue);
			struct conn *c;

			next = n->next;
			if (!is_concerned(conn_store_look(&t->store, entry), e))
				continue;
			c = conn_table_whole(t, entry);
			if (c)
				check_conn(t, c, e);
			conn_store_pack_idle(&t->store);
		}
	}
}
