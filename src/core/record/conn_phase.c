// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides when each phase begins and ends: by the wire, else by the sockets' states, and which of two times counts. */
#include "core/record/conn_phase.h"

#include "core/record/conn_refusal.h"

const char *conn_phase_name(enum phase p)
{
	static const char *const names[PHASES] = {
		[PHASE_HANDSHAKE] = "handshake",
		[PHASE_ESTABLISHED] = "established",
		[PHASE_TEARDOWN] = "teardown",
		[PHASE_TIME_WAIT] = "time_wait",
	};

	return p < PHASES ? names[p] : "unknown";
}

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

/* 0 = not known */
static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a - 1 < b - 1 ? a : b;
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

	/* A request on this host of which no socket came did not take the ACK. */
	if (v->state == TCPS_NEW_SYN_RECV && !k->mark[MARK_ESTABLISHED])
		return (struct edge) { 0 };
	/* A socket on this host says itself whether it came so far. */
	if (c->flags & CONN_SIMULTANEOUS_OPEN && (side_has_socket(k) || side_has_socket(v)) &&
	    !k->mark[MARK_ESTABLISHED] && !v->mark[MARK_ESTABLISHED])
		return (struct edge) { 0 };
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
	const uint64_t *k = c->side[CLIENT].mark, *v = c->side[SERVER].mark;
	uint64_t ns = earlier(earlier(k[MARK_FIN], v[MARK_FIN]), earlier(k[MARK_RST], v[MARK_RST]));

	if (ns)
		return wire(ns);
	ns = earlier(earlier(k[MARK_CLOSED_HERE], v[MARK_CLOSED_HERE]), earlier(k[MARK_CLOSE], v[MARK_CLOSE]));
	return kernel(earlier(ns, earlier(k[MARK_CLOSE_WAIT], v[MARK_CLOSE_WAIT])));
}

/* A FIN_WAIT2 minisocket took it, after the socket closed. */
static struct edge fin_after_close(const struct side *s)
{
	return kernel(s->timewait.was_fin_wait2 ? s->timewait.entered_ns : 0);
}

static struct edge teardown_end(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];
	struct edge rst = later(wire(k->mark[MARK_RST]), wire(v->mark[MARK_RST]));
	struct edge closed = later(kernel(k->mark[MARK_CLOSE]), kernel(v->mark[MARK_CLOSE]));

	if (k->mark[MARK_FIN_ACKED] && v->mark[MARK_FIN_ACKED])
		return later(wire(k->mark[MARK_FIN_ACKED]), wire(v->mark[MARK_FIN_ACKED]));
	if (!rst.ns && closed.ns)
		closed = later(closed, later(fin_after_close(k), fin_after_close(v)));
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
	*out = (struct span) { tw->entered_ns, 0, tw->entered_by, tw->ended_by };
	if (timewait_end_is_seen(tw))
		out->end_ns = tw->ended_ns;
	return true;
}

bool conn_phase(const struct conn *c, enum phase p, struct span *out)
{
	struct edge begin = { 0 }, end = { 0 };

	switch (p) {
	case PHASE_HANDSHAKE:
		/* The first SYN that was seen is one sent again. */
		if (c->flags & CONN_EXISTED || conn_was_restored(c))
			return false;
		begin = handshake_begin(c);
		end = first_known(established_begin(c), end_begin(c));
		break;
	case PHASE_ESTABLISHED:
		begin = established_begin(c);
		end = end_begin(c);
		break;
	case PHASE_TEARDOWN:
		if (conn_teardown_existed(c) || c->verdict.ending == ENDING_DETACHED)
			return false;
		begin = end_begin(c);
		/* What ends an unfinished handshake is no teardown. */
		if ((handshake_begin(c).ns || (c->flags & (CONN_EXISTED | CONN_MIDSTREAM)) == CONN_EXISTED) &&
		    !established_begin(c).ns && !c->side[CLIENT].mark[MARK_CLOSED_HERE])
			return false;
		if (c->close_ns || conn_fins_acked(c))
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
