// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/conn_drop.h"

#include "core/conn_count.h"

/* When it was seen on the wire; 0 = it was not. The last such one: an earlier copy may have been taken. */
static uint64_t seen_ns(const struct conn *c, enum side_name sender, const struct event_drop *e)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		const struct moment *m = &c->moments.list[i - 1];

		if (m->kind == EVENT_SEGMENT && m->side == sender && m->tcp_flags == e->tcp_flags && m->seq == e->seq &&
		    m->ack == e->ack)
			return m->ts_ns;
	}
	return 0;
}

static void take_back(uint64_t *mark, uint64_t ts_ns)
{
	if (*mark == ts_ns)
		*mark = 0;
}

static void take_back_ack(struct side *s, struct side *o, uint64_t ts_ns)
{
	take_back(&o->mark[MARK_SYN_ACKED], ts_ns);
	if (o->mark[MARK_FIN_ACKED] != ts_ns)
		return;
	o->mark[MARK_FIN_ACKED] = 0;
	o->fin_acked_with_fin = false;
	s->seq_at_peer_fin_known = false;
}

static void take_back_fin(struct conn *c, struct side *s, uint64_t ts_ns)
{
	if (s->mark[MARK_FIN] != ts_ns)
		return;
	s->mark[MARK_FIN] = 0;
	/* Two FINs are needed to cross; a socket in CLOSING has both. */
	if (c->side[CLIENT].state != TCPS_CLOSING && c->side[SERVER].state != TCPS_CLOSING)
		c->flags &= ~CONN_SIMULTANEOUS_CLOSE;
}

void conn_apply_drop(struct conn *c, enum side_name sender, const struct event_drop *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];
	uint64_t ts_ns = seen_ns(c, sender, e);

	conn_count_drop(c, sender, e);
	s->drops++;
	s->drop_reason = e->reason;
	/* The queue was full, but the segment itself was good: the handshake is done as far as the wire goes. */
	if (ts_ns && e->reason != DROP_TCP_LISTEN_OVERFLOW) {
		take_back_ack(s, o, ts_ns);
		take_back_fin(c, s, ts_ns);
		take_back(&s->mark[MARK_RST], ts_ns);
		s->next_seq = s->next_seq_before;
	}
	if (e->reason == DROP_TCP_LISTEN_OVERFLOW)
		o->queue_full++;
	moments_add(&c->moments, &(struct moment) { .ts_ns = e->event.ts_ns,
						    .seq = e->seq,
						    .ack = e->ack,
						    .payload_len = e->payload_len,
						    .kind = EVENT_DROP,
						    .side = sender,
						    .tcp_flags = e->tcp_flags,
						    .arg = e->reason });
}
