// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides how a connection ended, by which side, and on which evidence. What the sockets show comes before what the
 * wire shows: a RST on the wire may not have been accepted.
 */
#include "core/record/ending.h"

#include <errno.h>

#include "core/conn_claim.h"
#include "core/conn_error.h"
#include "core/icmp.h"
#include "core/record/conn_refusal.h"
#include "core/record/reset_cause.h"

#define FROM(what) (1U << VERDICT_EVIDENCE_##what)

static enum ended_by by_side(enum side_name s)
{
	return s == CLIENT ? ENDED_BY_CLIENT : ENDED_BY_SERVER;
}

static uint32_t from_socket(const struct side *s)
{
	return FROM(STATE) | (s->err ? FROM(ERRNO) : 0);
}

static bool is_unreachable(unsigned int err)
{
	return err == EHOSTUNREACH || err == ENETUNREACH || err == EHOSTDOWN || err == ENETDOWN || err == ENONET;
}

/* What else an ICMP message makes of a connect() (icmp_err_convert, icmpv6_err_convert()). */
static bool is_prohibited(unsigned int err)
{
	return err == EACCES || err == ENOPROTOOPT || err == EPROTO || err == EOPNOTSUPP;
}

/* The reason that the sender's kernel gave, or, of a RST that only its receiver saw, none. */
static uint8_t reported_reason(const struct side *sender)
{
	return sender->reset_sent ? sender->reset_sent - 1 : 0;
}

static struct verdict reset_by(const struct conn *c, enum side_name sender, uint32_t evidence)
{
	const struct side *s = &c->side[sender], *o = &c->side[other_side(sender)];
	struct verdict v = { .ending = ENDING_RESET, .ended_by = by_side(sender), .evidence = evidence };
	enum reset_cause cause;

	v.reset_reason = reported_reason(s);
	v.err = o->err;
	v.in_state = side_is_local(s) && s->last_open_state ? s->last_open_state : o->last_open_state;
	if (s->reset_sent)
		v.evidence |= FROM(RESET_REASON);
	if (s->mark[MARK_RST])
		v.evidence |= FROM(SEGMENT);
	cause = reset_cause(c, sender, v.reset_reason);
	if (cause == RESET_CAUSE_LINGER)
		v.evidence |= FROM(LINGER);
	if (cause == RESET_CAUSE_UNREAD && s->has_stats && s->stats.unread)
		v.evidence |= FROM(UNREAD);
	if (s->close_in_process || s->reset_in_process)
		v.evidence |= FROM(PROCESS);
	return v;
}

/* A SYN met a full accept queue, and none was answered. */
static bool is_overflow(const struct conn *c)
{
	const struct side *v = &c->side[SERVER];

	return v->queue_full && !v->mark[MARK_SYN] && !v->mark[MARK_RST];
}

static void overflow(struct verdict *v)
{
	v->ending = ENDING_LISTENER_OVERFLOW;
	v->ended_by = ENDED_BY_SERVER;
	v->evidence |= FROM(QUEUE);
}

/*
 * The errno that ended connect(). The application may have taken it (SO_ERROR) before the step was reported: then it
 * was not the application's system call that closed, and a RST was seen or nothing came.
 */
static unsigned int connect_error(const struct side *s, const struct side *o)
{
	if (s->err)
		return s->err;
	/* connect(AF_UNSPEC) gives the process that made it ECONNRESET (tcp_disconnect()): that is no answer of the
	 * peer's. */
	if (s->err_reported && !(s->err_reported == ECONNRESET && s->close_in_process))
		return s->err_reported;
	if (s->close_in_process)
		return 0;
	if (o->mark[MARK_RST] || s->reset_received)
		return ECONNREFUSED;
	return (s->syn_retransmits || s->syn_count > 1) && !o->mark[MARK_SYN] ? ETIMEDOUT : 0;
}

#define AT_ONCE_NS 1000000ULL

/* connect() chose a port, or was given one, whose tuple is in use, and failed before it sent the SYN (EADDRNOTAVAIL).
 * close() would have shut it down first. */
static bool is_port_taken(const struct side *s)
{
	return side_sent_no_syn(s) && s->close_in_process && !s->shutdown &&
	       s->mark[MARK_CLOSE] - s->mark[MARK_SYN_SENT] < AT_ONCE_NS;
}

/*
 * An ICMP error stopped connect(). What it becomes is not the same everywhere: with connect() still in its system call
 * it is kept aside (sk_err_soft) until the next SYN is answered likewise, or SO_ERROR is read.
 */
static struct verdict stopped_by_icmp(const struct conn *c, enum side_name opener, struct verdict v)
{
	const struct side *s = &c->side[opener];
	const struct icmp_error *i = conn_icmp_about(c, opener);

	v.ending = ENDING_UNREACHABLE;
	v.ended_by = ENDED_BY_KERNEL;
	v.evidence |= FROM(ICMP) | (s->drops_leaving ? FROM(DROP) : 0);
	if (v.err)
		return v;
	v.ended_by = by_side(opener); /* it closed */
	v.evidence |= FROM(PROCESS);
	v.err = s->err_soft ? 0 : icmp_errno(i->version, i->type, i->code);
	return v;
}

/* Nothing but ICMP came. */
static bool is_stopped_by_icmp(const struct conn *c, enum side_name opener, unsigned int err)
{
	const struct side *s = &c->side[opener], *o = &c->side[other_side(opener)];

	return conn_icmp_about(c, opener) && err != ECONNABORTED && !o->mark[MARK_RST] && !o->mark[MARK_SYN] &&
	       !s->reset_received;
}

/* connect() that never came to ESTABLISHED, by the errno that its socket got. */
static struct verdict failed_open(const struct conn *c, enum side_name opener)
{
	const struct side *s = &c->side[opener], *o = &c->side[other_side(opener)];
	unsigned int err = connect_error(s, o);
	struct verdict v = { .err = err, .in_state = s->last_open_state, .evidence = from_socket(s) };

	if (is_stopped_by_icmp(c, opener, err))
		return stopped_by_icmp(c, opener, v);
	if (err == ECONNREFUSED && s->segs_seen && !o->mark[MARK_RST] && !s->reset_received) {
		v.ending = ENDING_UNREACHABLE; /* ICMP says so of a port, too */
		v.ended_by = ENDED_BY_KERNEL;
	} else if (err == ECONNREFUSED) {
		v.ending = ENDING_REFUSED;
		v.ended_by = by_side(other_side(opener));
		v.reset_reason = reported_reason(o);
		v.evidence |= (o->mark[MARK_RST] ? FROM(SEGMENT) : 0) | (o->reset_sent ? FROM(RESET_REASON) : 0);
	} else if (err == ETIMEDOUT) {
		v.ending = ENDING_UNANSWERED;
		v.ended_by = ENDED_BY_KERNEL;
		v.evidence |= FROM(SILENCE);
		if (is_unreachable(s->err_soft))
			v.ending = ENDING_UNREACHABLE;
		else if (is_overflow(c))
			overflow(&v);
		else if (s->drops)
			v.evidence |= FROM(DROP);
	} else if (is_unreachable(err) || is_prohibited(err)) {
		v.ending = ENDING_UNREACHABLE;
		v.ended_by = ENDED_BY_KERNEL;
	} else if (err == ECONNABORTED) {
		v.ending = ENDING_KILLED;
		v.ended_by = ENDED_BY_KERNEL;
	} else if (!err && (!c->flow.end[opener].port || is_port_taken(s))) {
		v.ending = ENDING_NO_LOCAL_PORT;
		v.ended_by = ENDED_BY_KERNEL;
	} else if (!err) {
		v.ending = ENDING_HANDSHAKE_ABORTED;
		v.ended_by = by_side(opener);
		v.evidence |= (s->close_in_process ? FROM(PROCESS) : 0) | (s->drops ? FROM(DROP) : 0);
		if (is_overflow(c))
			overflow(&v);
	}
	return v;
}

/* Whose RST ended it? One of them did. */
static enum side_name first_reset_by(const struct conn *c)
{
	uint64_t k = c->side[CLIENT].mark[MARK_RST], v = c->side[SERVER].mark[MARK_RST];

	return k && (!conn_reset_ends(c, SERVER) || k < v) ? CLIENT : SERVER;
}

/* Without the opener's socket: what the wire shows of a handshake that was not completed. */
static struct verdict failed_on_wire(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];
	struct verdict out = { .evidence = FROM(SEGMENT) };

	if (conn_icmp_about(c, CLIENT) && !v->mark[MARK_RST] && !v->mark[MARK_SYN]) {
		out.ending = ENDING_UNREACHABLE;
		out.ended_by = ENDED_BY_UNKNOWN; /* what the client made of it was not seen */
		out.evidence |= FROM(ICMP);
	} else if (v->mark[MARK_RST] && !v->mark[MARK_SYN] && !conn_refuses_syn(c)) {
		out.ending = ENDING_UNANSWERED; /* the RST answered something else */
		out.evidence |= FROM(SILENCE) | (k->drops ? FROM(DROP) : 0);
	} else if (v->mark[MARK_RST] && !v->mark[MARK_SYN]) {
		out.ending = ENDING_REFUSED;
		out.ended_by = ENDED_BY_SERVER;
		out.reset_reason = reported_reason(v);
	} else if (conn_request_expired(c)) {
		out.ending = ENDING_HANDSHAKE_ABORTED;
		out.evidence |= FROM(SILENCE) | FROM(RETRANSMITS);
	} else if (conn_reset_ends(c, SERVER) || conn_reset_ends(c, CLIENT)) {
		out.ending = ENDING_HANDSHAKE_ABORTED;
		out.ended_by = first_reset_by(c) == CLIENT ? ENDED_BY_CLIENT : ENDED_BY_SERVER;
	} else if (v->mark[MARK_SYN] || v->half_open) {
		out.ending = ENDING_HANDSHAKE_ABORTED;
		out.evidence |= FROM(SILENCE);
	} else if (is_overflow(c)) {
		overflow(&out);
	} else if (k->mark[MARK_SYN]) {
		out.ending = ENDING_UNANSWERED;
		out.evidence |= FROM(SILENCE) | (k->drops ? FROM(DROP) : 0);
	}
	return out;
}

/* A server's socket before the third ACK has its request's retransmissions, and its listener's process: of TCP Fast
 * Open. */
static bool is_child(const struct side *s)
{
	return s->id && s->mark[MARK_CLOSE] && s->last_open_state == TCPS_SYN_RECV && !s->mark[MARK_ESTABLISHED];
}

static struct verdict failed_child(const struct conn *c)
{
	const struct side *s = &c->side[SERVER], *o = &c->side[CLIENT];
	struct verdict v = { .ending = ENDING_HANDSHAKE_ABORTED, .err = s->err, .in_state = TCPS_SYN_RECV };

	v.evidence = from_socket(s) | (s->drops ? FROM(DROP) : 0);
	v.err = s->err ? s->err : s->err_reported;
	if (s->reset_received || o->mark[MARK_RST]) {
		v.ended_by = ENDED_BY_CLIENT;
		v.evidence |= o->mark[MARK_RST] ? FROM(SEGMENT) : 0;
	} else if (is_unreachable(v.err) || is_prohibited(v.err) || (v.err && conn_icmp_about(c, SERVER))) {
		v.ending = ENDING_UNREACHABLE;
		v.ended_by = ENDED_BY_KERNEL;
		v.evidence |= conn_icmp_about(c, SERVER) ? FROM(ICMP) : 0;
	} else if (v.err == ETIMEDOUT) {
		v.evidence |= FROM(SILENCE);
	} else if (s->reset_sent || s->mark[MARK_RST] || s->close_in_process) {
		v.ended_by = ENDED_BY_SERVER;
		v.reset_reason = reported_reason(s);
		v.evidence |= (s->reset_sent ? FROM(RESET_REASON) : 0) | (s->close_in_process ? FROM(PROCESS) : 0) |
			      (s->has_stats && s->stats.unread ? FROM(UNREAD) : 0);
	}
	return v;
}

/* Did this socket accept the peer's FIN? Shown by its state, by its minisocket, or by the FIN's ACK on the wire. */
static bool took_peer_fin(const struct side *s, const struct side *o)
{
	return s->mark[MARK_CLOSE_WAIT] || side_had_taken_fin(s) || s->timewait.entered_ns || o->mark[MARK_FIN_ACKED];
}

/* The last step of an orderly close: the socket that was second got its FIN acknowledged, the first went to TIME_WAIT.
 */
static bool closed_orderly(const struct side *s, const struct side *o)
{
	if (s->timewait.entered_ns)
		return true; /* both FINs were accepted, whatever came after */
	if (s->err || s->reset_received)
		return false;
	if (s->last_open_state == TCPS_LAST_ACK)
		return conn_fin_was_acked(s);
	if (s->last_open_state == TCPS_CLOSING && !conn_fin_was_acked(s))
		return false;
	if (s->last_open_state == TCPS_CLOSING || s->last_open_state == TCPS_FIN_WAIT2 ||
	    s->last_open_state == TCPS_FIN_WAIT1)
		return took_peer_fin(s, o) && !s->reset_sent;
	return false;
}

/* The ACK of the first FIN was not seen; the socket's step that it brought about was. */
static enum close_form close_form_by_step(const struct conn *c, enum side_name first)
{
	uint64_t acked_ns = c->side[first].mark[MARK_FIN_WAIT2], fin_ns = c->side[other_side(first)].mark[MARK_FIN];

	if (!acked_ns || !fin_ns)
		return CLOSE_FORM_NONE;
	return fin_ns <= acked_ns ? CLOSE_FORM_THREE_WAY : CLOSE_FORM_FOUR_WAY;
}

static enum close_form close_form(const struct conn *c)
{
	int first = conn_first_closer(c);

	if (c->flags & CONN_SIMULTANEOUS_CLOSE)
		return CLOSE_FORM_SIMULTANEOUS;
	if (first < 0)
		return CLOSE_FORM_NONE;
	if (!c->side[first].mark[MARK_FIN_ACKED])
		return close_form_by_step(c, first);
	return c->side[first].fin_acked_with_fin ? CLOSE_FORM_THREE_WAY : CLOSE_FORM_FOUR_WAY;
}

static struct verdict orderly(const struct conn *c, uint32_t evidence)
{
	struct verdict v = { .ending = ENDING_CLOSED, .close_form = close_form(c), .evidence = evidence };
	int first = conn_first_closer(c);

	if (v.close_form == CLOSE_FORM_SIMULTANEOUS)
		v.ended_by = ENDED_BY_BOTH;
	else if (first >= 0)
		v.ended_by = by_side(first);
	if (v.close_form != CLOSE_FORM_NONE)
		v.evidence |= FROM(SEGMENT);
	for (int i = CLIENT; i < SIDES; i++) {
		if (c->side[i].timewait.made_ns || c->side[i].timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED)
			v.evidence |= FROM(MINISOCKET);
	}
	return v;
}

/* A FIN_WAIT2 minisocket that saw no FIN. */
static struct verdict minisocket_gone(const struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side], *o = &c->side[other_side(side)];
	struct verdict v = { .in_state = TCPS_FIN_WAIT2,
			     .ended_by = ENDED_BY_KERNEL,
			     .evidence = FROM(STATE) | FROM(MINISOCKET) };

	switch ((enum timewait_exit)s->timewait.exit) {
	case TIMEWAIT_EXIT_RESET:
		return reset_by(c, o->mark[MARK_RST] || !(s->mark[MARK_RST] || s->reset_sent) ? other_side(side) : side,
				v.evidence);
	case TIMEWAIT_EXIT_KILLED:
	case TIMEWAIT_EXIT_NETNS_GONE:
		v.ending = ENDING_KILLED;
		break;
	case TIMEWAIT_EXIT_EXPIRED:
		v.ending = ENDING_TIMED_OUT; /* tcp_fin_timeout or TCP_LINGER2 */
		v.evidence |= FROM(SILENCE);
		break;
	default:
		v.ended_by = ENDED_BY_UNKNOWN;
		break;
	}
	return v;
}

/* tcp_reset() gives ECONNRESET, too, where data came after close(): the RST is the socket's own
 * (tcp_rcv_state_process).
 */
static bool answered_by_reset(const struct side *s, const struct side *o)
{
	return s->mark[MARK_RST] && !o->mark[MARK_RST];
}

/* A local socket that left in another way than by FIN and ACK. */
static struct verdict not_orderly(const struct conn *c, enum side_name side)
{
	const struct side *s = &c->side[side], *o = &c->side[other_side(side)];
	struct verdict v = { .err = s->err, .in_state = s->last_open_state, .evidence = from_socket(s) };

	if (s->timewait.was_fin_wait2 && s->timewait.ended_ns && !s->timewait.existed) {
		return minisocket_gone(c, side);
	} else if (s->err == ECONNABORTED || (o->err == ECONNABORTED && o->mark[MARK_CLOSE])) {
		v.ending = ENDING_KILLED;
		v.ended_by = ENDED_BY_KERNEL;
		v.err = ECONNABORTED;
	} else if (s->reset_received || s->err == ECONNRESET || s->err == EPIPE) {
		return reset_by(c, answered_by_reset(s, o) ? side : other_side(side), from_socket(s));
	} else if (s->err == ETIMEDOUT || is_unreachable(s->err)) {
		v.ending = ENDING_TIMED_OUT;
		v.ended_by = ENDED_BY_KERNEL;
		v.evidence |= FROM(SILENCE) | (s->stats.retransmits ? FROM(RETRANSMITS) : 0) |
			      (conn_icmp_about(c, side) ? FROM(ICMP) : 0);
		if (reported_reason(s) == RESET_TCP_KEEPALIVE_TIMEOUT) {
			v.reset_reason = RESET_TCP_KEEPALIVE_TIMEOUT;
			v.evidence |= FROM(RESET_REASON);
		}
	} else if (s->reset_sent || s->mark[MARK_RST]) {
		return reset_by(c, side, FROM(STATE));
	} else if (o->mark[MARK_RST]) {
		return reset_by(c, other_side(side), FROM(STATE));
	} else if (s->last_open_state == TCPS_FIN_WAIT2 && !took_peer_fin(s, o)) {
		v.ending = ENDING_TIMED_OUT; /* the peer's FIN never came: tcp_fin_timeout or TCP_LINGER2 */
		v.ended_by = ENDED_BY_KERNEL;
		v.evidence |= FROM(SILENCE) | (s->timewait.made_ns ? FROM(MINISOCKET) : 0);
	} else if (s->close_in_process) {
		return reset_by(c, side, FROM(STATE) | FROM(PROCESS));
	}
	return v;
}

static struct verdict decide_by_sockets(const struct conn *c)
{
	/* The side that aborted shows why; the one that received the RST only that it did. */
	enum side_name order[SIDES] = { CLIENT, SERVER };
	const struct side *v = &c->side[SERVER];

	if (v->id && v->mark[MARK_CLOSE] && !v->err && !v->reset_received)
		order[0] = SERVER, order[1] = CLIENT;
	for (int i = 0; i < SIDES; i++) {
		const struct side *s = &c->side[order[i]];

		bool gone = (s->id && s->mark[MARK_CLOSE]) || s->timewait.existed;

		if (gone && !closed_orderly(s, &c->side[other_side(order[i])]))
			return not_orderly(c, order[i]);
	}
	return orderly(c, FROM(STATE));
}

static struct verdict decide_by_wire(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	if (conn_fins_acked(c))
		return orderly(c, FROM(SEGMENT));
	if (k->mark[MARK_RST] || v->mark[MARK_RST])
		return reset_by(c,
				v->mark[MARK_RST] && (!k->mark[MARK_RST] || v->mark[MARK_RST] < k->mark[MARK_RST])
					? SERVER
					: CLIENT,
				FROM(SEGMENT));
	/* The last ACK may have come after the capture, or by another way: the close was orderly all the same. */
	if (k->mark[MARK_FIN] && v->mark[MARK_FIN])
		return orderly(c, FROM(SEGMENT));
	return (struct verdict) { .evidence = FROM(SEGMENT) };
}

/* Never established, but a socket of it was closed: after a simultaneous open, or one of Fast Open was destroyed. */
static bool socket_says_why(const struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i];

		if (s->mark[MARK_CLOSE] && s->last_open_state == TCPS_SYN_RECV && s->err == ECONNABORTED)
			return true;
	}
	return c->side[CLIENT].mark[MARK_CLOSED_HERE];
}

/* TCP_REPAIR closed it: the peer knows nothing of that, and as a rule it goes on elsewhere. */
static struct verdict detached(const struct conn *c, enum side_name side)
{
	return (struct verdict) { .ending = ENDING_DETACHED,
				  .ended_by = by_side(side),
				  .in_state = c->side[side].last_open_state,
				  .evidence = FROM(STATE) | FROM(REPAIR) };
}

struct verdict ending_decide(const struct conn *c)
{
	if (!c->close_ns)
		return (struct verdict) { .ending = ENDING_OPEN, .evidence = FROM(STATE) };
	for (int i = CLIENT; i < SIDES; i++) {
		if (c->side[i].detached)
			return detached(c, i);
	}
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i];

		if (s->id && s->last_open_state == TCPS_SYN_SENT && !s->mark[MARK_ESTABLISHED])
			return failed_open(c, i);
	}
	if (!conn_was_established(c) && !socket_says_why(c))
		return is_child(&c->side[SERVER]) ? failed_child(c) : failed_on_wire(c);
	if (side_is_local(&c->side[CLIENT]) || side_is_local(&c->side[SERVER]))
		return decide_by_sockets(c);
	return decide_by_wire(c);
}
