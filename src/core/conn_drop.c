// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/conn_drop.h"

#include "core/conn_claim.h"
#include "core/conn_count.h"
#include "core/conn_timewait.h"
#include "core/conn_transfer.h"
#include "core/segment.h"

/* From an interface to where TCP throws a segment away. A copy from longer ago was another one. */
#define SIGHTING_TO_DROP_NS 50000000ULL

static bool is_same(const struct moment *m, const struct event_drop *e)
{
	return m->tcp_flags == e->tcp_flags && m->seq == e->seq && m->ack == e->ack &&
	       !(m->new_state & SEGMENT_DROPPED);
}

/* A step that a segment makes, and no system call. */
static bool is_step_by_segment(const struct moment *m, enum side_name side)
{
	return m->kind == EVENT_STATE && m->side == side && m->new_state != TCPS_FIN_WAIT1 &&
	       m->new_state != TCPS_LAST_ACK;
}

/* The one that was seen at an interface just before. A copy behind which the receiver took a step was not dropped, but
 * taken. NULL = it was not seen. */
static struct moment *sighting(const struct conn *c, enum side_name sender, const struct event_drop *e)
{
	bool stepped = false;

	for (unsigned int i = c->moments.count; i > 0; i--) {
		struct moment *m = &c->moments.list[i - 1];

		if (m->ts_ns > e->event.ts_ns)
			continue;
		if (e->event.ts_ns - m->ts_ns >= SIGHTING_TO_DROP_NS)
			return NULL;
		if (is_step_by_segment(m, other_side(sender)))
			stepped = true;
		if (m->kind != EVENT_SEGMENT || m->side != sender)
			continue;
		if (is_same(m, e) && !stepped)
			return m;
		stepped = false;
	}
	return NULL;
}

bool conn_drop_is_ours(const struct conn *c, enum side_name sender, const struct event_drop *e)
{
	return e->event.netns || e->flags & DROP_LEAVING || !c->side[other_side(sender)].netns ||
	       sighting(c, sender, e);
}

void conn_apply_drop(struct conn *c, enum side_name sender, const struct event_drop *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];
	struct moment *m = sighting(c, sender, e);

	if (conn_drop_is_data(e)) {
		conn_note_data_drop(s, e);
		return;
	}
	if (e->flags & DROP_LEAVING) {
		s->drops_leaving++;
		s->leaving_flags |= e->tcp_flags;
		if (sender == SERVER && segment_is_synack(e->tcp_flags))
			s->half_open = true;
	}
	if (m || !(e->flags & DROP_LEAVING))
		conn_count_drop(c, sender, e, m != NULL);
	s->drops++;
	s->drop_reason = e->reason;
	/* The queue was full, but the segment itself was good: the handshake is done as far as the wire goes. */
	if (m && e->reason != DROP_TCP_LISTEN_OVERFLOW) {
		if (m->tcp_flags & TCP_FLAG_FIN_BIT && e->reason == DROP_TCP_CSUM && s->fin_count &&
		    m->seq + m->payload_len == s->fin_seq)
			s->fin_count--; /* a copy that was taken before, and dropped, was sent again */
		conn_timewait_dropped(c, sender, m->ts_ns, conn_is_dropped_before_tcp(e));
		conn_claim_dropped(c, sender, m, e->reason == DROP_TCP_CSUM);
		s->next_seq = s->next_seq_before;
	}
	if (e->reason == DROP_TCP_RFC7323_TW_PAWS)
		conn_timewait_paws(c, sender, e);
	if (e->reason == DROP_TCP_LISTEN_OVERFLOW)
		o->queue_full++;
	conn_add_moment(c, &(struct moment) { .ts_ns = e->event.ts_ns,
					      .seq = e->seq,
					      .ack = e->ack,
					      .payload_len = e->payload_len,
					      .kind = EVENT_DROP,
					      .side = sender,
					      .old_state = e->flags,
					      .tcp_flags = e->tcp_flags,
					      .arg = e->reason });
}
