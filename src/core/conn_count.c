// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What TCP's own counters (RFC 4898) leave out. They count what a full socket sends and gets. Beside them stand a
 * SYN+ACK, which is sent for a request; what is answered for a request, a minisocket or no socket at all; and what was
 * sent after the counters were read, at the step into CLOSE. All these are seen on the wire, and counted there.
 */
#include "core/conn_count.h"

#include "core/segment.h"

#define COOKIE_BITS 48 /* an id with more is the address of a struct sock: then segments do not show their sender */

/* tcp_create_openreq_child() counts the SYN, tcp_child_process() the segment that made the child. With TCP Fast Open
 * they are the same one. */
#define CHILD_COUNTS 2

static bool is_full_socket(const struct side *s)
{
	return s->id && s->state && s->state != TCPS_NEW_SYN_RECV && s->state != TCPS_CLOSE;
}

/* Answers that tcp_v4_send_reset() makes without the socket: their numbers are those of the segment that they answer,
 * where tcp_send_active_reset() has the socket's own and an ACK. */
static bool is_answering_reset(const struct event_segment *e)
{
	return e->tcp_flags & TCP_FLAG_RST_BIT && (!(e->tcp_flags & TCP_FLAG_ACK_BIT) || !e->seq);
}

/* tcp_check_req() answers for a TCP Fast Open child as for any request. */
static bool is_answer_of_child(const struct conn *c, const struct side *s, const struct event_segment *e)
{
	return s->state == TCPS_SYN_RECV && !(c->flags & CONN_SIMULTANEOUS_OPEN) && e->tcp_flags == TCP_FLAG_ACK_BIT &&
	       !e->payload_len;
}

/* Was it sent by the side's full socket, while its counters were still to be read? */
static bool is_in_counters(const struct conn *c, const struct side *s, const struct event_segment *e)
{
	if (segment_is_synack(e->tcp_flags) && !(c->flags & CONN_SIMULTANEOUS_OPEN))
		return false;
	if (!is_full_socket(s) || is_answering_reset(e) || is_answer_of_child(c, s, e))
		return false;
	return e->via != SEGMENT_VIA_TC_EGRESS || s->id >> COOKIE_BITS || e->id == s->id;
}

#define SAME_SOFTIRQ_NS 5000000ULL

static const struct moment *last_segment(const struct conn *c)
{
	for (unsigned int i = c->moments.count; i > 0; i--) {
		if (c->moments.list[i - 1].kind == EVENT_SEGMENT)
			return &c->moments.list[i - 1];
	}
	return NULL;
}

/* Is the last segment that was reported this side's, and recent enough to be the cause of what happens now? */
static bool was_just_seen(const struct conn *c, enum side_name side, uint64_t ts_ns)
{
	const struct moment *m = last_segment(c);

	return m && m->side == side && !(m->new_state & SEGMENT_DROPPED) && ts_ns - m->ts_ns < SAME_SOFTIRQ_NS;
}

/* May a RST be the answer to it? To a bare ACK none is. */
static bool last_asks_for_answer(const struct conn *c, enum side_name side)
{
	const struct moment *m = last_segment(c);

	return m && m->side == side && (m->payload_len || m->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT));
}

void conn_count_segment(struct conn *c, enum side_name sender, const struct event_segment *e)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	s->segs_seen++;
	if (!is_in_counters(c, s, e))
		s->segs_beside++;
	if (o->mark[MARK_CLOSE])
		s->segs_missed++;
	/* A FIN_WAIT2 minisocket answers data so; the data was not reported. */
	if (is_answering_reset(e) && s->timewait.was_fin_wait2 && side_in_timewait(s) && !s->timewait.entered_ns &&
	    !last_asks_for_answer(c, other_side(sender)))
		o->segs_missed++;
}

#define CHECKSUM_BREAK 76 /* include/linux/skbuff.h: of so short a segment the checksum is looked at first of all */
#define TCP_HEADER_MIN 20

bool conn_is_dropped_before_tcp(const struct event_drop *e)
{
	switch ((enum drop_reason)e->reason) {
	case DROP_NETFILTER_DROP:
	case DROP_SOCKET_FILTER:
	case DROP_XFRM_POLICY:
	case DROP_TCP_AUTH_HDR:
	case DROP_TCP_MD5NOTFOUND:
	case DROP_TCP_MD5UNEXPECTED:
	case DROP_TCP_MD5FAILURE:
	case DROP_TCP_AONOTFOUND:
	case DROP_TCP_AOUNEXPECTED:
	case DROP_TCP_AOFAILURE:
	case DROP_TCP_MINTTL:
		return true;
	case DROP_TCP_CSUM:
		return e->payload_len + TCP_HEADER_MIN <= CHECKSUM_BREAK;
	default:
		return false;
	}
}

void conn_count_drop(struct conn *c, enum side_name sender, const struct event_drop *e, bool was_seen)
{
	struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];

	if (is_full_socket(o)) {
		s->segs_missed += conn_is_dropped_before_tcp(e);
		if (o->state != TCPS_SYN_SENT) /* whose counters are not read if it fails */
			return;
	}
	/* What a request or a minisocket did not take counts nowhere: it is known by its drop, if it was not seen. */
	if (was_seen)
		return;
	s->segs_seen++;
	s->segs_missed += o->mark[MARK_CLOSE] != 0;
}

/* The segment that made a child may not have been reported: with TCP_DEFER_ACCEPT it is the first data, and where a
 * wrong ACK came first it was taken for the right one. */
void conn_count_child(struct conn *c, uint64_t ts_ns)
{
	struct side *client = &c->side[CLIENT];
	uint32_t counted = client->segs_seen > 1 && !was_just_seen(c, CLIENT, ts_ns) ? CHILD_COUNTS - 1 : CHILD_COUNTS;

	client->segs_missed = client->segs_seen > counted ? client->segs_seen - counted : 0;
}
