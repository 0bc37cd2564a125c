// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/conn.h"

#include "core/capture/track.h"
#include "lib/hash.h"

void conn_make_id(const struct conn *c, uint64_t id[2])
{
	const struct endpoint *end = c->flow.end;
	uint64_t wall_ns = c->start_ns + (uint64_t)c->wall_offset_ns;

	id[0] = hash_mix(flow_hash(&end[CLIENT], &end[SERVER]) ^ hash_mix(wall_ns));
	id[1] = hash_mix(id[0] ^ c->start_ns ^ ((uint64_t)end[CLIENT].port << 16 | end[SERVER].port));
	id[0] |= !id[0]; /* OTLP: an all-zero id is invalid */
}

const char *phase_name(enum phase p)
{
	static const char *const names[PHASES] = {
		[PHASE_HANDSHAKE] = "handshake",
		[PHASE_ESTABLISHED] = "established",
		[PHASE_TEARDOWN] = "teardown",
		[PHASE_TIME_WAIT] = "time_wait",
	};

	return p < PHASES ? names[p] : "unknown";
}

bool side_is_local(const struct side *s)
{
	return s->id != 0 || s->half_open || s->timewait.existed;
}

bool timewait_is_measured(const struct timewait *tw)
{
	return tw->entered_ns && !(tw->existed && tw->entered_ns == tw->made_ns);
}

bool side_had_taken_fin(const struct side *s)
{
	return s->existed_state == TCPS_CLOSE_WAIT || s->existed_state == TCPS_LAST_ACK ||
	       s->existed_state == TCPS_CLOSING;
}

static bool had_sent_fin(const struct side *s)
{
	return s->existed_state == TCPS_FIN_WAIT1 || s->existed_state == TCPS_FIN_WAIT2 ||
	       s->existed_state == TCPS_TIME_WAIT;
}

bool conn_teardown_existed(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return side_had_taken_fin(k) || had_sent_fin(k) || side_had_taken_fin(v) || had_sent_fin(v);
}

bool conn_syn_cookie(const struct conn *c)
{
	const struct side *v = &c->side[SERVER];

	return v->id && v->unowned_synack_netns && v->unowned_synack_netns == v->netns;
}

const char *conn_role(const struct conn *c)
{
	bool client = side_is_local(&c->side[CLIENT]), server = side_is_local(&c->side[SERVER]);

	if (c->flags & CONN_SELF)
		return "both";
	return client && server ? "both" : client ? "client" : server ? "server" : NULL;
}

/* ---- phases ---- */

struct edge {
	uint64_t ns;
	uint8_t evidence;
};

static struct edge wire(uint64_t ns)
{
	return (struct edge) { ns, ns ? EVIDENCE_WIRE : 0 };
}

static struct edge kernel(uint64_t ns)
{
	return (struct edge) { ns, ns ? EVIDENCE_KERNEL : 0 };
}

static struct edge earlier(struct edge a, struct edge b)
{
	if (!a.ns || !b.ns)
		return a.ns ? a : b;
	return b.ns < a.ns ? b : a;
}

static struct edge later(struct edge a, struct edge b)
{
	return b.ns > a.ns ? b : a;
}

static struct edge first_known(struct edge a, struct edge b)
{
	return a.ns ? a : b;
}

static struct edge handshake_begin(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT];

	return first_known(wire(k->mark[MARK_SYN]), kernel(k->mark[MARK_SYN_SENT]));
}

static struct edge established_begin(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];
	struct edge e;

	/* After a simultaneous open either SYN may be acknowledged last. */
	if (c->flags & CONN_SIMULTANEOUS_OPEN && k->mark[MARK_SYN_ACKED] && v->mark[MARK_SYN_ACKED])
		return later(wire(k->mark[MARK_SYN_ACKED]), wire(v->mark[MARK_SYN_ACKED]));
	if (v->mark[MARK_SYN] && v->mark[MARK_SYN_ACKED])
		return wire(v->mark[MARK_SYN_ACKED]);
	e = later(kernel(k->mark[MARK_ESTABLISHED]), kernel(v->mark[MARK_ESTABLISHED]));
	if (e.ns && !k->mark[MARK_ESTABLISHED] && v->mark[MARK_SYN_RECV])
		e.ns = v->mark[MARK_SYN_RECV]; /* an accepted socket is in SYN_RECV when the third ACK arrives */
	return e;
}

/* The first sign of the end: a FIN or a RST, or a socket's step if the wire was not seen. */
static struct edge end_begin(const struct conn *c)
{
	struct edge on_wire = { 0 }, in_kernel = { 0 };

	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i];

		on_wire = earlier(on_wire, wire(s->mark[MARK_FIN]));
		on_wire = earlier(on_wire, wire(s->mark[MARK_RST]));
		in_kernel = earlier(in_kernel, kernel(s->mark[MARK_CLOSED_HERE]));
		in_kernel = earlier(in_kernel, kernel(s->mark[MARK_CLOSE_WAIT]));
		in_kernel = earlier(in_kernel, kernel(s->mark[MARK_CLOSE]));
	}
	return first_known(on_wire, in_kernel);
}

static struct edge teardown_end(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];
	struct edge rst = later(wire(k->mark[MARK_RST]), wire(v->mark[MARK_RST]));
	struct edge closed = later(kernel(k->mark[MARK_CLOSE]), kernel(v->mark[MARK_CLOSE]));

	if (k->mark[MARK_FIN_ACKED] && v->mark[MARK_FIN_ACKED])
		return later(wire(k->mark[MARK_FIN_ACKED]), wire(v->mark[MARK_FIN_ACKED]));
	return first_known(rst, first_known(closed, wire(c->close_ns)));
}

int conn_timewait_side(const struct conn *c)
{
	const struct timewait *k = &c->side[CLIENT].timewait, *v = &c->side[SERVER].timewait;

	if (k->entered_ns && v->entered_ns) {
		if (!k->ended_ns || !v->ended_ns)
			return k->ended_ns ? SERVER : CLIENT;
		return v->ended_ns > k->ended_ns ? SERVER : CLIENT;
	}
	return k->entered_ns ? CLIENT : v->entered_ns ? SERVER : -1;
}

static bool timewait_span(const struct conn *c, struct span *out)
{
	int side = conn_timewait_side(c);
	const struct timewait *tw;

	if (side < 0 || !timewait_is_measured(&c->side[side].timewait))
		return false;
	tw = &c->side[side].timewait;
	*out = (struct span) { tw->entered_ns, tw->ended_ns, tw->entered_by, tw->ended_by };
	return true;
}

bool conn_phase(const struct conn *c, enum phase p, struct span *out)
{
	struct edge begin = { 0 }, end = { 0 };

	switch (p) {
	case PHASE_HANDSHAKE:
		/* The first SYN that was seen is one sent again. */
		if (c->flags & CONN_EXISTED)
			return false;
		begin = handshake_begin(c);
		end = first_known(established_begin(c), end_begin(c));
		break;
	case PHASE_ESTABLISHED:
		begin = established_begin(c);
		end = end_begin(c);
		break;
	case PHASE_TEARDOWN:
		if (conn_teardown_existed(c))
			return false;
		begin = end_begin(c);
		/* What ends an unfinished handshake is no teardown. */
		if ((handshake_begin(c).ns || (c->flags & (CONN_EXISTED | CONN_MIDSTREAM)) == CONN_EXISTED) &&
		    !established_begin(c).ns)
			return false;
		end = teardown_end(c);
		break;
	case PHASE_TIME_WAIT:
		return timewait_span(c, out);
	case PHASES:
		break;
	}
	if (!begin.ns)
		return false;
	if (end.ns && end.ns < begin.ns)
		end = begin;
	*out = (struct span) { begin.ns, end.ns, begin.evidence, end.evidence };
	return true;
}

/* By the states that the snapshot found. TIME_WAIT decides nothing: after a simultaneous close both sides have it. */
static int closed_first_before(const struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++) {
		unsigned int state = c->side[i].existed_state;

		if (state == TCPS_CLOSE_WAIT || state == TCPS_LAST_ACK)
			return other_side(i);
		if (state == TCPS_FIN_WAIT2)
			return i;
	}
	for (int i = CLIENT; i < SIDES; i++)
		if (c->side[i].existed_state == TCPS_FIN_WAIT1)
			return i;
	return -1;
}

/* By its own states a socket knows whether the other side's FIN came before it closed; what the wire shows may not have
 * been taken. */
static int closed_first_by_states(const struct conn *c)
{
	const uint64_t *k = c->side[CLIENT].mark, *v = c->side[SERVER].mark;

	if (c->flags & (CONN_SIMULTANEOUS_CLOSE | CONN_SELF))
		return -1;
	for (int i = CLIENT; i < SIDES; i++) {
		const uint64_t *mark = c->side[i].mark;

		if (mark[MARK_CLOSE_WAIT] &&
		    (!mark[MARK_CLOSED_HERE] || mark[MARK_CLOSE_WAIT] < mark[MARK_CLOSED_HERE]))
			return other_side(i);
	}
	if (!k[MARK_CLOSED_HERE] && !v[MARK_CLOSED_HERE])
		return -1;
	if (!k[MARK_CLOSED_HERE] || !v[MARK_CLOSED_HERE])
		return k[MARK_CLOSED_HERE] ? CLIENT : SERVER;
	return v[MARK_CLOSED_HERE] < k[MARK_CLOSED_HERE] ? SERVER : CLIENT;
}

int conn_first_closer(const struct conn *c)
{
	int first = closed_first_by_states(c);

	if (conn_teardown_existed(c))
		return closed_first_before(c);
	if (first >= 0)
		return first;

	uint64_t k = c->side[CLIENT].mark[MARK_FIN], v = c->side[SERVER].mark[MARK_FIN];

	if (!k && !v) {
		k = c->side[CLIENT].mark[MARK_CLOSED_HERE];
		v = c->side[SERVER].mark[MARK_CLOSED_HERE];
		/* A side that took the other's FIN before it closed was second, whatever the other half looks like. */
		if (!k && v && c->side[SERVER].mark[MARK_CLOSE_WAIT] && c->side[SERVER].mark[MARK_CLOSE_WAIT] < v)
			return CLIENT;
		if (!v && k && c->side[CLIENT].mark[MARK_CLOSE_WAIT] && c->side[CLIENT].mark[MARK_CLOSE_WAIT] < k)
			return SERVER;
	}
	if (!k && !v)
		return -1;
	if (!k || !v)
		return k ? CLIENT : SERVER;
	return v < k ? SERVER : CLIENT;
}

/* ---- bytes ---- */

/* tcp_rcv_nxt_update() counts the FIN when a full socket takes it in order. */
static bool took_fin(const struct side *s)
{
	return s->mark[MARK_CLOSE_WAIT] || side_had_taken_fin(s) ||
	       (s->state == TCPS_CLOSE && s->last_open_state == TCPS_FIN_WAIT2 &&
		(s->timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED ||
		 (s->timewait.made_ns && !s->timewait.was_fin_wait2)));
}

static uint64_t sent_by_counters(const struct side *s)
{
	return s->stats.bytes_sent - s->stats.bytes_retrans;
}

/* Within half of the largest window (RFC 7323): a number farther away is none of this connection. */
static bool seq_after(uint32_t a, uint32_t b)
{
	return a != b && a - b < 1U << 30;
}

/* The end of what it sent, from the numbers at hand: of its segments, of its RST, and of what the other side
 * acknowledged. Data segments are not among them, so that of a life without FIN and RST it is not known. */
static bool sequence_end(const struct conn *c, const struct side *s, uint32_t *end)
{
	bool reset = c->side[CLIENT].mark[MARK_RST] || c->side[SERVER].mark[MARK_RST];
	bool over = reset || c->flags & CONN_SELF;

	if (!s->isn_known || !s->seq_known || (c->side[SERVER].mark[MARK_SYN_ACKED] && !over))
		return false;
	*end = s->next_seq;
	if (reset && s->acked_known && seq_after(s->acked, *end))
		*end = s->acked;
	if (s->mark[MARK_RST] && seq_after(s->rst_seq, *end))
		*end = s->rst_seq;
	return true;
}

bool conn_bytes(const struct conn *c, enum side_name sent_by, uint64_t *bytes)
{
	const struct side *s = &c->side[sent_by], *o = &c->side[other_side(sent_by)];
	uint32_t end;

	if (c->track) {
		*bytes = track_bytes(c->track, track_index(c->track, sent_by));
	} else if (s->has_stats) {
		*bytes = sent_by_counters(s);
	} else if (o->has_stats) {
		bool fin = took_fin(o);

		*bytes = o->stats.bytes_received - (fin && o->stats.bytes_received ? 1 : 0);
	} else if (s->isn_known && s->mark[MARK_FIN]) {
		*bytes = (uint32_t)(s->fin_seq - s->isn - 1); /* modulo 4 GiB: the wire says no more */
	} else if (sequence_end(c, s, &end)) {
		*bytes = end == s->isn ? 0 : (uint32_t)(end - s->isn - 1);
	} else if (conn_is_handshake_seen(c)) {
		*bytes = 0;
	} else {
		return false;
	}
	return true;
}

bool conn_half_closed_bytes(const struct conn *c, uint64_t *bytes)
{
	int first = conn_first_closer(c);
	const struct side *second;

	if (first < 0 || (c->flags & CONN_SIMULTANEOUS_CLOSE) || conn_teardown_existed(c))
		return false;
	second = &c->side[other_side(first)];
	if (second->seq_at_peer_fin_known && second->mark[MARK_FIN])
		*bytes = (uint32_t)(second->fin_seq - second->seq_at_peer_fin);
	else if (second->sent_at_peer_fin_known && second->has_stats)
		*bytes = sent_by_counters(second) - second->sent_at_peer_fin;
	else if (c->side[first].fin_acked_with_fin)
		*bytes = 0;
	else
		return false;
	return true;
}
