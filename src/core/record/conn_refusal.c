// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/conn_refusal.h"

#include "core/segment.h"

#define SYNACK_TIMEOUT_NS 1000000000ULL /* TCP_TIMEOUT_INIT */
#define SYNACK_LATE_NS	  500000000ULL	/* that a retransmission may be late: timers of requests are not exact */
#define SYNACK_DOUBLINGS  7		/* TCP_RTO_MAX: 120 s */

bool side_sent_no_syn(const struct side *s)
{
	return s->last_open_state == TCPS_SYN_SENT && s->numbers_known && s->snd_una == s->snd_nxt && !s->segs_seen &&
	       !s->restored;
}

bool side_kept_syn(const struct side *s)
{
	return s->restored || side_sent_no_syn(s) || (s->leaving_flags & TCP_FLAG_SYN_BIT && !s->mark[MARK_SYN]);
}

bool conn_was_restored(const struct conn *c)
{
	return c->side[CLIENT].restored || c->side[SERVER].restored;
}

/* The segment of this side at that time; NULL = it is in no history. */
static const struct moment *segment_at(const struct conn *c, enum side_name side, uint64_t ts_ns)
{
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (m->kind == EVENT_SEGMENT && m->side == side && m->ts_ns == ts_ns)
			return m;
	}
	return NULL;
}

bool conn_refuses_syn(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];
	const struct moment *rst = segment_at(c, SERVER, v->mark[MARK_RST]);

	if (!rst || !k->isn_known)
		return true; /* nothing speaks against it */
	return rst->tcp_flags & TCP_FLAG_ACK_BIT && rst->ack - (k->isn + 1) <= k->syn_data + 1U; /* a FIN counts */
}

static bool is_synack(const struct moment *m)
{
	return m->kind == EVENT_SEGMENT && m->side == SERVER && segment_is_synack(m->tcp_flags);
}

bool conn_request_expired(const struct conn *c)
{
	uint64_t rst = c->side[CLIENT].mark[MARK_RST], last = 0, wait = SYNACK_TIMEOUT_NS;
	unsigned int sent = 0;

	if (!rst || c->side[CLIENT].id || c->side[SERVER].mark[MARK_SYN_RECV])
		return false;
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (!is_synack(m) || m->ts_ns > rst)
			continue;
		last = m->ts_ns;
		sent++;
	}
	if (!sent)
		return false;
	wait <<= sent - 1 < SYNACK_DOUBLINGS ? sent - 1 : SYNACK_DOUBLINGS;
	return rst > last + wait + SYNACK_LATE_NS;
}
