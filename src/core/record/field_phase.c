// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Getters of the phases: handshake, established, teardown, TIME_WAIT. */
#include "core/record/conn_fin_wait2.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/record/field_list.h"

static bool put_evidence(struct value *out, unsigned int bits)
{
	static const char *const words[] = {
		[EVIDENCE_WIRE] = "wire",
		[EVIDENCE_KERNEL] = "kernel",
		[EVIDENCE_DERIVED] = "derived",
		[EVIDENCE_WIRE | EVIDENCE_KERNEL] = "wire+kernel",
		[EVIDENCE_WIRE | EVIDENCE_DERIVED] = "wire+derived",
		[EVIDENCE_KERNEL | EVIDENCE_DERIVED] = "kernel+derived",
		[EVIDENCE_WIRE | EVIDENCE_KERNEL | EVIDENCE_DERIVED] = "wire+kernel+derived",
	};

	return bits < sizeof(words) / sizeof(words[0]) && put_text(out, words[bits]);
}

static bool put_offset(const struct conn *c, uint64_t ns, struct value *out)
{
	return ns && put_uint(out, ns > c->start_ns ? ns - c->start_ns : 0);
}

#define SPAN_GETTERS(phase, PHASE)                                                                                     \
	bool field_##phase##_offset_ns(const struct conn *c, struct value *out)                                        \
	{                                                                                                              \
		struct span s;                                                                                         \
		return conn_phase(c, PHASE, &s) && put_offset(c, s.begin_ns, out);                                     \
	}                                                                                                              \
	bool field_##phase##_duration_ns(const struct conn *c, struct value *out)                                      \
	{                                                                                                              \
		struct span s;                                                                                         \
		return conn_phase(c, PHASE, &s) && put_between(out, s.begin_ns, s.end_ns);                             \
	}                                                                                                              \
	bool field_##phase##_evidence(const struct conn *c, struct value *out)                                         \
	{                                                                                                              \
		struct span s;                                                                                         \
		return conn_phase(c, PHASE, &s) && put_evidence(out, s.begin_evidence | s.end_evidence);               \
	}

SPAN_GETTERS(handshake, PHASE_HANDSHAKE)
SPAN_GETTERS(established, PHASE_ESTABLISHED)
SPAN_GETTERS(teardown, PHASE_TEARDOWN)

/* ---- handshake ---- */

bool field_handshake_status(const struct conn *c, struct value *out)
{
	struct span s;

	if (!conn_phase(c, PHASE_HANDSHAKE, &s))
		return false;
	if (conn_phase(c, PHASE_ESTABLISHED, &s))
		return put_text(out, "completed");
	return put_text(out, c->close_ns ? ending_name(c->verdict.ending) : "in_progress");
}

bool field_syn_to_synack_ns(const struct conn *c, struct value *out)
{
	return !(c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_EXISTED)) &&
	       put_between(out, c->side[CLIENT].mark[MARK_SYN], c->side[SERVER].mark[MARK_SYN]);
}

bool field_synack_to_ack_ns(const struct conn *c, struct value *out)
{
	const uint64_t *mark = c->side[SERVER].mark;

	return !(c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_EXISTED)) &&
	       put_between(out, mark[MARK_SYN], mark[MARK_SYN_ACKED]);
}

bool field_ack_to_socket_ns(const struct conn *c, struct value *out)
{
	const uint64_t *mark = c->side[SERVER].mark;

	return !(c->flags & CONN_EXISTED) && put_between(out, mark[MARK_SYN_ACKED], mark[MARK_SYN_RECV]);
}

bool field_handshake_syn_cookie(const struct conn *c, struct value *out)
{
	return conn_syn_cookie(c) && put_bool(out, true);
}

bool field_handshake_fast_open(const struct conn *c, struct value *out)
{
	return (c->flags & CONN_FAST_OPEN) && put_bool(out, true);
}

bool field_accept_delay_ns(const struct conn *c, struct value *out)
{
	const uint64_t *mark = c->side[SERVER].mark;

	return !(c->flags & CONN_EXISTED) && put_between(out, mark[MARK_ESTABLISHED], mark[MARK_ACCEPTED]);
}

/*
 * The wire sees what the kernel's counter does not (a SYN of another host), and the other way round. When SYNs cross,
 * each side sends its ISN twice, as SYN and as SYN+ACK, and neither is a repetition.
 */
static bool put_syn_retransmits(const struct conn *c, enum side_name side, struct value *out)
{
	const struct side *s = &c->side[side];
	unsigned int once = c->flags & CONN_SIMULTANEOUS_OPEN ? 2 : 1,
		     again = s->syn_count > once ? s->syn_count - once : 0;

	/* Of a handshake before the tracer: how often is not known. */
	if (c->flags & (CONN_MIDSTREAM | CONN_EXISTED))
		return false;
	return (s->syn_count || s->id) && put_uint(out, s->syn_retransmits > again ? s->syn_retransmits : again);
}

bool field_syn_retransmits(const struct conn *c, struct value *out)
{
	return put_syn_retransmits(c, CLIENT, out);
}

bool field_synack_retransmits(const struct conn *c, struct value *out)
{
	return !(c->flags & CONN_SIMULTANEOUS_OPEN) && put_syn_retransmits(c, SERVER, out);
}

/* ---- teardown ---- */

static bool is_torn_down(const struct conn *c)
{
	struct span s;

	return c->close_ns && conn_phase(c, PHASE_TEARDOWN, &s);
}

bool field_teardown_kind(const struct conn *c, struct value *out)
{
	bool fin = c->verdict.ending == ENDING_CLOSED, reset = c->verdict.ending == ENDING_RESET;

	return (fin || reset) && is_torn_down(c) && put_text(out, fin ? "fin" : "reset");
}

bool field_teardown_initiator(const struct conn *c, struct value *out)
{
	int first = conn_first_closer(c);

	return first >= 0 && !(c->flags & CONN_SIMULTANEOUS_CLOSE) && is_torn_down(c) &&
	       put_text(out, side_name_text(first));
}

bool field_half_closed_ns(const struct conn *c, struct value *out)
{
	int first = conn_first_closer(c);
	const uint64_t *closer, *second;

	if (first < 0 || (c->flags & CONN_SIMULTANEOUS_CLOSE) || conn_teardown_existed(c))
		return false;
	closer = c->side[first].mark;
	second = c->side[other_side(first)].mark;
	if (closer[MARK_FIN_ACKED] && second[MARK_FIN])
		return put_between(out, closer[MARK_FIN_ACKED], second[MARK_FIN]);
	return put_between(out, second[MARK_CLOSE_WAIT], second[MARK_CLOSED_HERE]);
}

bool field_half_closed_bytes(const struct conn *c, struct value *out)
{
	uint64_t n;

	return conn_half_closed_bytes(c, &n) && put_uint(out, n);
}

bool field_close_delay_ns(const struct conn *c, struct value *out)
{
	int first = conn_first_closer(c);
	const uint64_t *second;

	if (first < 0 || (c->flags & CONN_SIMULTANEOUS_CLOSE) || conn_teardown_existed(c))
		return false;
	second = c->side[other_side(first)].mark;
	return put_between(out, second[MARK_CLOSE_WAIT], second[MARK_CLOSED_HERE]);
}

static unsigned int fins_again(const struct side *s)
{
	unsigned int seen = s->fin_count ? s->fin_count - 1U : 0;

	return s->fin_retransmits > seen ? s->fin_retransmits : seen;
}

bool field_fin_retransmits(const struct conn *c, struct value *out)
{
	return is_torn_down(c) && put_uint(out, fins_again(&c->side[CLIENT]) + fins_again(&c->side[SERVER]));
}

bool field_teardown_simultaneous(const struct conn *c, struct value *out)
{
	return c->verdict.ending == ENDING_CLOSED && is_torn_down(c) &&
	       put_bool(out, c->verdict.close_form == CLOSE_FORM_SIMULTANEOUS);
}

/* ---- FIN_WAIT2 ---- */

bool field_fin_wait2_side(const struct conn *c, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_text(out, side_name_text(f.side));
}

bool field_fin_wait2_form(const struct conn *c, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_text(out, fin_wait2_form_name(f.form));
}

bool field_fin_wait2_offset_ns(const struct conn *c, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_offset(c, f.begin_ns, out);
}

bool field_fin_wait2_duration_ns(const struct conn *c, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_between(out, f.begin_ns, f.end_ns);
}

bool field_fin_wait2_nominal_ns(const struct conn *c, struct value *out)
{
	struct fin_wait2 f;
	uint32_t ms = conn_fin_wait2(c, &f) ? c->side[f.side].timewait.fin_wait2_timeout_ms : 0;

	return ms && put_uint(out, ms * 1000000ULL);
}

bool field_fin_wait2_exit(const struct conn *c, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_text(out, fin_wait2_exit_name(f.exit));
}

/* ---- TIME_WAIT ---- */

static bool was_due(const struct timewait *tw)
{
	return tw->entered_ns || tw->exit == TIMEWAIT_EXIT_NEVER_CREATED;
}

/* The side that time_wait tells of: who holds TIME_WAIT, else who was due to, else -1. */
static int main_side(const struct conn *c)
{
	int side = conn_timewait_side(c);

	if (side >= 0)
		return side;
	return was_due(&c->side[CLIENT].timewait) ? CLIENT : was_due(&c->side[SERVER].timewait) ? SERVER : -1;
}

static int peer_side(const struct conn *c)
{
	int side = main_side(c);

	return side >= 0 && was_due(&c->side[other_side(side)].timewait) ? (int)other_side(side) : -1;
}

/* One reader of a minisocket gives two getters. */
#define TIMEWAIT_GETTERS(name)                                                                                         \
	bool field_time_wait_##name(const struct conn *c, struct value *out)                                           \
	{                                                                                                              \
		int side = main_side(c);                                                                               \
		return side >= 0 && get_timewait_##name(c, side, &c->side[side].timewait, out);                        \
	}                                                                                                              \
	bool field_time_wait_peer_##name(const struct conn *c, struct value *out)                                      \
	{                                                                                                              \
		int side = peer_side(c);                                                                               \
		return side >= 0 && get_timewait_##name(c, side, &c->side[side].timewait, out);                        \
	}

static bool get_timewait_side(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	return put_text(out, side_name_text(s));
}
TIMEWAIT_GETTERS(side)

static bool get_timewait_offset_ns(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	return timewait_is_measured(tw) && put_offset(c, tw->entered_ns, out);
}
TIMEWAIT_GETTERS(offset_ns)

static bool get_timewait_duration_ns(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	return timewait_is_measured(tw) && put_between(out, tw->entered_ns, tw->ended_ns);
}
TIMEWAIT_GETTERS(duration_ns)

static bool get_timewait_nominal_ns(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	return tw->entered_ns && put_uint(out, timewait_nominal_ns(tw));
}
TIMEWAIT_GETTERS(nominal_ns)

static bool get_timewait_fin_wait2_minisocket_ns(const struct conn *c, int s, const struct timewait *tw,
						 struct value *out)
{
	return tw->was_fin_wait2 && !tw->existed &&
	       put_between(out, tw->made_ns, tw->entered_ns ? tw->entered_ns : tw->ended_ns);
}
TIMEWAIT_GETTERS(fin_wait2_minisocket_ns)

static bool get_timewait_restarts(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	return tw->entered_ns && put_uint(out, tw->restarts);
}
TIMEWAIT_GETTERS(restarts)

static bool get_timewait_restart_flags(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	return tw->restarts && tw->restart_flags && put_text(out, tcp_flag_letters(tw->restart_flags, out->buf));
}
TIMEWAIT_GETTERS(restart_flags)

static bool get_timewait_exit(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	bool running = !tw->ended_ns && tw->exit != TIMEWAIT_EXIT_NEVER_CREATED;

	return put_text(out, timewait_exit_name(running ? TIMEWAIT_EXIT_RUNNING : tw->exit));
}
TIMEWAIT_GETTERS(exit)

static bool get_timewait_evidence(const struct conn *c, int s, const struct timewait *tw, struct value *out)
{
	return put_evidence(out, tw->entered_by | tw->ended_by);
}
TIMEWAIT_GETTERS(evidence)
