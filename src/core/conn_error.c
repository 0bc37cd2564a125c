// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/conn_error.h"

#include <string.h>

#include "core/icmp.h"
#include "core/seq.h"

/* The same error passes another interface within that time, or it is another one. */
#define SIGHT_NS 10000000ULL

/* As for segments: interfaces are distinguished by this only to see whether one error was sighted twice. */
static uint8_t observation_point(const struct event_icmp *e)
{
	return (uint8_t)(e->ifindex * 7 + e->via);
}

static bool is_sighted_again(const struct conn *c, enum side_name sender, const struct event_icmp *e)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		const struct moment *m = &c->moments.list[i - 1];

		if (m->ts_ns + SIGHT_NS < e->event.ts_ns)
			break;
		if (m->kind == EVENT_ICMP && m->side == sender && m->tcp_flags == e->type && m->arg == e->code &&
		    m->seq == e->seq)
			return m->new_state != observation_point(e);
	}
	return false;
}

/* Who quotes a number that was not sent quotes another connection's segment, or forges. */
static bool quotes_own_segment(const struct side *s, const struct side *o, const struct event_icmp *e)
{
	if (s->isn_known && e->seq == s->isn)
		return true;
	/* Nothing but SYNs was sent before an answer. */
	if (s->isn_known && !o->mark[MARK_SYN] && !s->mark[MARK_ESTABLISHED])
		return false;
	return !s->seq_known || seq_near(e->seq, s->next_seq);
}

static bool is_same_error(const struct icmp_error *known, const struct event_icmp *e)
{
	return known->version == e->version && known->type == e->type && known->code == e->code &&
	       !memcmp(known->from, e->from, sizeof(e->from));
}

/* That a segment was too big ends nothing, and must not hide what does. */
static bool is_worth_more(const struct icmp_error *known, const struct event_icmp *e)
{
	return !known->ts_ns || !icmp_is_too_big(e->version, e->type, e->code);
}

static void note_error(struct icmp_error *known, enum side_name sender, const struct event_icmp *e)
{
	if (known->ts_ns && known->side == sender && is_same_error(known, e)) {
		known->count++;
		return;
	}
	if (!is_worth_more(known, e))
		return;
	*known = (struct icmp_error) { .ts_ns = e->event.ts_ns,
				       .version = e->version,
				       .type = e->type,
				       .code = e->code,
				       .side = sender,
				       .count = 1 };
	memcpy(known->from, e->from, sizeof(known->from));
}

bool conn_apply_icmp(struct conn *c, enum side_name sender, const struct event_icmp *e)
{
	if (!quotes_own_segment(&c->side[sender], &c->side[other_side(sender)], e))
		return false;
	if (is_sighted_again(c, sender, e))
		return true;
	note_error(&c->icmp, sender, e);
	conn_add_moment(c, &(struct moment) { .ts_ns = e->event.ts_ns,
					      .seq = e->seq,
					      .kind = EVENT_ICMP,
					      .side = sender,
					      .old_state = e->version,
					      .new_state = observation_point(e),
					      .tcp_flags = e->type,
					      .arg = e->code });
	return true;
}

void conn_apply_error(struct conn *c, enum side_name side, const struct event_error *e)
{
	c->side[side].err_reported = e->err;
	conn_add_moment(c, &(struct moment) { .ts_ns = e->event.ts_ns,
					      .kind = EVENT_ERROR,
					      .side = side,
					      .old_state = e->state,
					      .arg = (uint8_t)e->err });
}

const struct icmp_error *conn_icmp_about(const struct conn *c, enum side_name sender)
{
	const struct icmp_error *i = &c->icmp;

	return i->ts_ns && i->side == sender && !icmp_is_too_big(i->version, i->type, i->code) ? i : NULL;
}
