// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * How many segments a side sent. TCP's counters (RFC 4898) count what a full socket sends and gets. Beside them stand a
 * SYN+ACK, which is sent for a request; what a request, a minisocket or nobody answers; and what was sent after the
 * counters were read, at the step into CLOSE. All these are seen on the wire, and counted there.
 */
#include "core/conn.h"
#include "core/conn_apply.h"
#include "core/wire.h"

#define COOKIE_BITS 48 /* an id with more is the address of a struct sock: then segments do not tell their sender */

/* tcp_create_openreq_child() counts the SYN, tcp_child_process() the segment that made the child. With TCP Fast Open
 * they are the same one. */
#define CHILD_COUNTS 2

static bool is_synack(const struct event_segment *e)
{
	return (e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT)) == (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT);
}

static bool is_full_socket(const struct side *s)
{
	return s->id && s->state && s->state != TCPS_NEW_SYN_RECV && s->state != TCPS_CLOSE;
}

/* Was it sent by the side's full socket, while its counters were still to be read? */
static bool is_in_counters(const struct conn *c, const struct side *s, const struct event_segment *e)
{
	if (is_synack(e) && !(c->flags & CONN_SIMULTANEOUS_OPEN))
		return false;
	if (!is_full_socket(s))
		return false;
	return e->via != SEGMENT_VIA_TC_EGRESS || s->id >> COOKIE_BITS || e->id == s->id;
}

void conn_count_segment(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	s->segs_seen++;
	if (!is_in_counters(c, s, e))
		s->segs_beside++;
	if (o->mark[MARK_CLOSE])
		s->segs_missed++;
}

void conn_count_child(struct conn *c)
{
	struct side *client = &c->side[CLIENT];

	client->segs_missed = client->segs_seen > CHILD_COUNTS ? client->segs_seen - CHILD_COUNTS : 0;
}

/* Where the wire is not seen: an accepted socket was preceded by a SYN+ACK. */
static uint32_t synacks_unseen(const struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side];

	if (side != SERVER || s->mark[MARK_SYN] || !(s->mark[MARK_SYN_RECV] || s->mark[MARK_ESTABLISHED]) ||
	    c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_MIDSTREAM | CONN_EXISTED))
		return 0;
	return 1U + s->syn_retransmits;
}

static bool was_open(const struct side *s)
{
	return s->mark[MARK_ESTABLISHED] || s->mark[MARK_SYN_ACKED];
}

bool conn_packets(const struct conn *c, enum side_name sent_by, uint64_t *packets)
{
	const struct side *s = &c->side[sent_by], *o = &c->side[other_side(sent_by)];

	if (c->wire)
		*packets = c->wire->side[wire_index(c->wire, sent_by)].packets;
	else if (s->has_stats)
		*packets = (uint64_t)s->stats.segs_out + s->segs_beside + synacks_unseen(c, sent_by);
	else if (o->has_stats)
		*packets = (uint64_t)o->stats.segs_in + s->segs_missed;
	else if (s->segs_seen && !was_open(&c->side[SERVER]) && !(c->flags & CONN_MIDSTREAM))
		*packets = s->segs_seen; /* of a handshake each segment is seen */
	else
		return false;
	return true;
}
