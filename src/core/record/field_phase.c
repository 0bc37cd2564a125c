// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The fields of the phases: handshake, established, teardown, FIN_WAIT2, TIME_WAIT. */
#include "core/record/conn_fin_wait2.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/record/conn_refusal.h"
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

	return bits < sizeof(words) / sizeof(words[0]) && put_word(out, words[bits]);
}

static bool put_offset(const struct conn *c, uint64_t ns, struct value *out)
{
	return ns && put_uint(out, ns > c->start_ns ? ns - c->start_ns : 0);
}

static bool get_span_offset_ns(const struct conn *c, unsigned int phase, struct value *out)
{
	struct span s;

	return conn_phase(c, phase, &s) && put_offset(c, s.begin_ns, out);
}

static bool get_span_duration_ns(const struct conn *c, unsigned int phase, struct value *out)
{
	struct span s;

	return conn_phase(c, phase, &s) && put_between(out, s.begin_ns, s.end_ns);
}

static bool get_span_evidence(const struct conn *c, unsigned int phase, struct value *out)
{
	struct span s;

	return conn_phase(c, phase, &s) && put_evidence(out, s.begin_evidence | s.end_evidence);
}

/* ---- handshake ---- */

/*
 * What is known of the handshake where its beginning is not, since the SYN came over an interface that is not watched
 * (a container's): that it was completed, when, and what the server's socket did then.
 */
static bool is_end_of_handshake_known(const struct conn *c, struct span *established)
{
	return !(c->flags & CONN_EXISTED) && !conn_was_restored(c) && conn_phase(c, PHASE_ESTABLISHED, established);
}

static bool is_handshake_known(const struct conn *c)
{
	struct span s;

	return conn_phase(c, PHASE_HANDSHAKE, &s) || is_end_of_handshake_known(c, &s);
}

static bool has_handshake(const struct conn *c, unsigned int group)
{
	return is_handshake_known(c);
}

static bool get_handshake_evidence(const struct conn *c, unsigned int phase, struct value *out)
{
	struct span s;

	return get_span_evidence(c, phase, out) ||
	       (is_end_of_handshake_known(c, &s) && put_evidence(out, s.begin_evidence));
}

static bool get_handshake_status(const struct conn *c, unsigned int of, struct value *out)
{
	struct span s;

	if (conn_phase(c, PHASE_ESTABLISHED, &s))
		return put_word(out, "completed");
	return put_word(out, c->close_ns ? ending_name(c->verdict.ending) : "in_progress");
}

static bool get_syn_to_synack_ns(const struct conn *c, unsigned int of, struct value *out)
{
	return !(c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_EXISTED)) &&
	       put_between(out, c->side[CLIENT].mark[MARK_SYN], c->side[SERVER].mark[MARK_SYN]);
}

static bool get_synack_to_ack_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const uint64_t *mark = c->side[SERVER].mark;

	return !(c->flags & (CONN_SIMULTANEOUS_OPEN | CONN_EXISTED)) &&
	       put_between(out, mark[MARK_SYN], mark[MARK_SYN_ACKED]);
}

static bool get_ack_to_socket_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const uint64_t *mark = c->side[SERVER].mark;

	return put_between(out, mark[MARK_SYN_ACKED], mark[MARK_SYN_RECV]);
}

static bool get_handshake_syn_cookie(const struct conn *c, unsigned int of, struct value *out)
{
	return conn_syn_cookie(c) && put_bool(out, true);
}

static bool get_accept_delay_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const uint64_t *mark = c->side[SERVER].mark;

	return put_between(out, mark[MARK_ESTABLISHED], mark[MARK_ACCEPTED]);
}

/*
 * The wire sees what the kernel's counter does not (a SYN of another host), and the other way round. When SYNs cross,
 * each side sends its ISN twice, as SYN and as SYN+ACK, and neither is a repetition: only the opener's SYNs are
 * counted.
 */
bool field_syn_retransmits(const struct conn *c, unsigned int side, struct value *out)
{
	const struct side *s = &c->side[side];
	unsigned int again = s->syn_count > 1 ? s->syn_count - 1U : 0;

	/* Of a handshake before the tracer started: how often is not known. */
	if (c->flags & (CONN_MIDSTREAM | CONN_EXISTED) || !is_handshake_known(c))
		return false;
	if (side == SERVER && (c->flags & CONN_SIMULTANEOUS_OPEN))
		return false;
	return (s->syn_count || s->id) && put_uint(out, s->syn_retransmits > again ? s->syn_retransmits : again);
}

/* ---- teardown ---- */

static bool is_torn_down(const struct conn *c)
{
	struct span s;

	return c->close_ns && conn_phase(c, PHASE_TEARDOWN, &s);
}

/* Still open: while the second side does not close, this lasts. */
static bool is_being_torn_down(const struct conn *c)
{
	struct span s;

	return !c->close_ns && conn_phase(c, PHASE_TEARDOWN, &s) && !s.end_ns;
}

static bool get_teardown_running(const struct conn *c, unsigned int of, struct value *out)
{
	return is_being_torn_down(c) && put_bool(out, true);
}

static bool get_teardown_kind(const struct conn *c, unsigned int of, struct value *out)
{
	bool fin = c->verdict.ending == ENDING_CLOSED, reset = c->verdict.ending == ENDING_RESET;

	return (fin || reset) && is_torn_down(c) && put_word(out, fin ? "fin" : "reset");
}

static bool get_teardown_initiator(const struct conn *c, unsigned int of, struct value *out)
{
	int first = conn_first_closer(c);

	return first >= 0 && !(c->flags & CONN_SIMULTANEOUS_CLOSE) && (is_torn_down(c) || is_being_torn_down(c)) &&
	       put_word(out, side_name_text(first));
}

static bool get_half_closed_ns(const struct conn *c, unsigned int of, struct value *out)
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

static bool get_half_closed_bytes(const struct conn *c, unsigned int of, struct value *out)
{
	uint64_t n;

	return conn_half_closed_bytes(c, &n) && put_uint(out, n);
}

static bool get_close_delay_ns(const struct conn *c, unsigned int of, struct value *out)
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
	/* What the kernel sends again after close() is data, too, as long as the FIN waits behind it. */
	return s->fin_count ? s->fin_count - 1U : s->via ? 0 : s->fin_retransmits;
}

bool field_fin_retransmits(const struct conn *c, unsigned int of, struct value *out)
{
	return is_torn_down(c) && put_uint(out, fins_again(&c->side[CLIENT]) + fins_again(&c->side[SERVER]));
}

static bool get_teardown_simultaneous(const struct conn *c, unsigned int of, struct value *out)
{
	return c->verdict.ending == ENDING_CLOSED && is_torn_down(c) &&
	       put_bool(out, c->verdict.close_form == CLOSE_FORM_SIMULTANEOUS);
}

/* ---- FIN_WAIT2 ---- */

static bool get_fin_wait2_side(const struct conn *c, unsigned int of, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_word(out, side_name_text(f.side));
}

static bool get_fin_wait2_form(const struct conn *c, unsigned int of, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_word(out, fin_wait2_form_name(f.form));
}

static bool get_fin_wait2_offset_ns(const struct conn *c, unsigned int of, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_offset(c, f.begin_ns, out);
}

static bool get_fin_wait2_duration_ns(const struct conn *c, unsigned int of, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_between(out, f.begin_ns, f.end_ns);
}

static bool get_fin_wait2_nominal_ns(const struct conn *c, unsigned int of, struct value *out)
{
	struct fin_wait2 f;
	uint32_t ms = conn_fin_wait2(c, &f) ? c->side[f.side].timewait.fin_wait2_timeout_ms : 0;

	return ms && put_uint(out, ms * 1000000ULL);
}

static bool get_fin_wait2_exit(const struct conn *c, unsigned int of, struct value *out)
{
	struct fin_wait2 f;

	return conn_fin_wait2(c, &f) && put_word(out, fin_wait2_exit_name(f.exit));
}

/* ---- TIME_WAIT ---- */

static bool was_due(const struct timewait *tw)
{
	return tw->entered_ns || tw->exit == TIMEWAIT_EXIT_NEVER_CREATED;
}

/* The side that time_wait is about: the one in TIME_WAIT, else the one that had to enter it, else -1. */
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

/* Of which TIME_WAIT: the one that time_wait is about, or the other side's after a simultaneous close. */
enum { MAIN, PEER };

/* NULL = there is none. */
static const struct side *holder(const struct conn *c, unsigned int of)
{
	int side = of == MAIN ? main_side(c) : peer_side(c);

	return side < 0 ? NULL : &c->side[side];
}

static bool has_timewait(const struct conn *c, unsigned int of)
{
	return holder(c, of);
}

static const struct timewait *timewait_of(const struct conn *c, unsigned int of)
{
	return &holder(c, of)->timewait;
}

static bool get_timewait_side(const struct conn *c, unsigned int of, struct value *out)
{
	const struct side *s = holder(c, of);

	return put_word(out, side_name_text(s == &c->side[CLIENT] ? CLIENT : SERVER));
}

static bool get_timewait_offset_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);

	return timewait_is_measured(tw) && put_offset(c, tw->entered_ns, out);
}

static bool get_timewait_duration_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);
	uint64_t ns;

	return timewait_length(tw, &ns) && put_uint(out, ns);
}

static bool get_timewait_not_before_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);
	uint64_t least, most;

	timewait_bounds(tw, &least, &most);
	return least && put_uint(out, least);
}

static bool get_timewait_not_after_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);
	uint64_t least, most;

	timewait_bounds(tw, &least, &most);
	return most && put_uint(out, most);
}

static bool get_timewait_nominal_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);

	return tw->entered_ns && put_uint(out, timewait_nominal_ns(tw));
}

static bool get_fin_wait2_minisocket_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);

	return tw->was_fin_wait2 && !tw->existed && (tw->entered_ns || timewait_end_is_seen(tw)) &&
	       put_between(out, tw->made_ns, tw->entered_ns ? tw->entered_ns : tw->ended_ns);
}

static bool get_timewait_restarts(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);

	return tw->entered_ns && put_uint(out, tw->restarts);
}

static bool get_timewait_restart_flags(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);

	return tw->restarts && tw->restart_flags && put_word(out, tcp_flag_letters(tw->restart_flags, out->buf));
}

static bool get_timewait_exit(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);
	bool running = !tw->ended_ns && tw->exit != TIMEWAIT_EXIT_NEVER_CREATED;

	return put_word(out, timewait_exit_name(running ? TIMEWAIT_EXIT_RUNNING : tw->exit));
}

static bool get_timewait_evidence(const struct conn *c, unsigned int of, struct value *out)
{
	const struct timewait *tw = timewait_of(c, of);

	return put_evidence(out, tw->entered_by | tw->ended_by);
}

#define SPAN_ROWS(path, phase)                                                                                         \
	FIELD(path ".offset_ns", get_span_offset_ns, phase, UINT, "ns", "when it began, from start_time"),             \
		FIELD(path ".duration_ns", get_span_duration_ns, phase, UINT, "ns", "how long it lasted"),             \
		FIELD(path ".evidence", get_span_evidence, phase, TEXT, "",                                            \
		      "where its edges come from: wire, kernel, derived")

#define TIMEWAIT_ROWS(path, of)                                                                                        \
	FIELD_OF(has_timewait, of, path ".side", get_timewait_side, of, TEXT, "", "the side that holds it"),           \
		FIELD_OF(has_timewait, of, path ".offset_ns", get_timewait_offset_ns, of, UINT, "ns",                  \
			 "when TIME_WAIT was entered, from start_time"),                                               \
		FIELD_OF(has_timewait, of, path ".duration_ns", get_timewait_duration_ns, of, UINT, "ns",              \
			 "how long it lasted, measured"),                                                              \
		FIELD_OF(has_timewait, of, path ".not_before_ns", get_timewait_not_before_ns, of, UINT, "ns",          \
			 "where its end was not seen: how long it lasted at least"),                                   \
		FIELD_OF(has_timewait, of, path ".not_after_ns", get_timewait_not_after_ns, of, UINT, "ns",            \
			 "where its end was not seen: how long it lasted at most"),                                    \
		FIELD_OF(has_timewait, of, path ".nominal_ns", get_timewait_nominal_ns, of, UINT, "ns",                \
			 "how long the kernel means it to last"),                                                      \
		FIELD_OF(has_timewait, of, path ".fin_wait2_minisocket_ns", get_fin_wait2_minisocket_ns, of, UINT,     \
			 "ns", "how long the minisocket waited for the other side's FIN before"),                      \
		FIELD_OF(has_timewait, of, path ".restarts", get_timewait_restarts, of, UINT, "",                      \
			 "how often its timer was set anew"),                                                          \
		FIELD_OF(has_timewait, of, path ".restart_flags", get_timewait_restart_flags, of, TEXT, "",            \
			 "TCP flags of the segment behind the last of these"),                                         \
		FIELD_OF(has_timewait, of, path ".exit", get_timewait_exit, of, TEXT, "", "how it ended"),             \
		FIELD_OF(has_timewait, of, path ".evidence", get_timewait_evidence, of, TEXT, "",                      \
			 "where its edges come from")

static const struct field OPENING_ROWS[] = {
	FIELD_OF(has_handshake, 0, "handshake.status", get_handshake_status, 0, TEXT, "",
		 "completed, in_progress, or the ending that kept it from that"),
	FIELD_OF(has_handshake, 0, "handshake.offset_ns", get_span_offset_ns, PHASE_HANDSHAKE, UINT, "ns",
		 "when it began, from start_time"),
	FIELD_OF(has_handshake, 0, "handshake.duration_ns", get_span_duration_ns, PHASE_HANDSHAKE, UINT, "ns",
		 "how long it lasted"),
	FIELD_OF(has_handshake, 0, "handshake.evidence", get_handshake_evidence, PHASE_HANDSHAKE, TEXT, "",
		 "where its edges come from: wire, kernel, derived"),
	FIELD("handshake.syn_to_synack_ns", get_syn_to_synack_ns, 0, UINT, "ns", "first SYN to first SYN+ACK"),
	FIELD("handshake.synack_to_ack_ns", get_synack_to_ack_ns, 0, UINT, "ns", "first SYN+ACK to its ACK"),
	FIELD_OF(has_handshake, 0, "handshake.accept_delay_ns", get_accept_delay_ns, 0, UINT, "ns",
		 "established to accept() at the server"),
	FIELD_OF(has_handshake, 0, "handshake.ack_to_socket_ns", get_ack_to_socket_ns, 0, UINT, "ns",
		 "third ACK to the server's socket: long if TCP_DEFER_ACCEPT waits for data"),
	FIELD_OF(has_handshake, 0, "handshake.syn_cookie", get_handshake_syn_cookie, 0, BOOL, "",
		 "the SYN was answered with a cookie"),
	FIELD("handshake.fast_open", field_flag, CONN_FAST_OPEN, BOOL, "", "data in the SYN were accepted (RFC 7413)"),
	FIELD("handshake.syn_retransmits", field_syn_retransmits, CLIENT, UINT, "segments", "SYNs sent again"),
	FIELD("handshake.synack_retransmits", field_syn_retransmits, SERVER, UINT, "segments", "SYN+ACKs sent again"),
	SPAN_ROWS("established", PHASE_ESTABLISHED),
};

static const struct field CLOSING_ROWS[] = {
	FIELD("teardown.kind", get_teardown_kind, 0, TEXT, "", "fin or reset"),
	FIELD("teardown.initiator", get_teardown_initiator, 0, TEXT, "", "the side that closed first"),
	SPAN_ROWS("teardown", PHASE_TEARDOWN),
	FIELD("teardown.running", get_teardown_running, 0, BOOL, "", "it is not over: the connection is still open"),
	FIELD("teardown.half_closed_ns", get_half_closed_ns, 0, UINT, "ns", "first FIN acknowledged to second FIN"),
	FIELD("teardown.half_closed_bytes", get_half_closed_bytes, 0, UINT, "bytes",
	      "payload that the second closer still sent"),
	FIELD("teardown.close_delay_ns", get_close_delay_ns, 0, UINT, "ns",
	      "CLOSE_WAIT: how long the second closer took to close"),
	FIELD("teardown.fin_retransmits", field_fin_retransmits, 0, UINT, "segments", "FINs sent again by either side"),
	FIELD("teardown.simultaneous", get_teardown_simultaneous, 0, BOOL, "", "the two FINs crossed"),
	FIELD("fin_wait2.side", get_fin_wait2_side, 0, TEXT, "", "the side that waited for the other one's FIN"),
	FIELD("fin_wait2.form", get_fin_wait2_form, 0, TEXT, "", "half_closed, orphan_socket or orphan_minisocket"),
	FIELD("fin_wait2.offset_ns", get_fin_wait2_offset_ns, 0, UINT, "ns",
	      "when its own FIN was acknowledged, from start_time"),
	FIELD("fin_wait2.duration_ns", get_fin_wait2_duration_ns, 0, UINT, "ns", "how long it waited"),
	FIELD("fin_wait2.nominal_ns", get_fin_wait2_nominal_ns, 0, UINT, "ns",
	      "how long the kernel meant a minisocket to wait"),
	FIELD("fin_wait2.exit", get_fin_wait2_exit, 0, TEXT, "", "how that ended: fin, expired, reset, ..."),
	TIMEWAIT_ROWS("time_wait", MAIN),
	TIMEWAIT_ROWS("time_wait_peer", PEER),
};

const struct field_list FIELDS_OPENING = { OPENING_ROWS, sizeof(OPENING_ROWS) / sizeof(OPENING_ROWS[0]) };
const struct field_list FIELDS_CLOSING = { CLOSING_ROWS, sizeof(CLOSING_ROWS) / sizeof(CLOSING_ROWS[0]) };
