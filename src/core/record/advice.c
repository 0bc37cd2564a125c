// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides which advice a verdict calls for. */
#include "core/record/advice.h"

#include "core/record/conn_limit.h"
#include "core/record/conn_refusal.h"
#include "core/record/reset_cause.h"
#include "core/record/reset_origin.h"

/* Where the server's socket is, or would be: on this host if the client's segments stayed on it, or came here. */
static uint32_t server_netns(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	if (v->netns)
		return v->netns;
	if (c->flags & CONN_LOOPBACK)
		return k->netns ? k->netns : c->wire_netns;
	return side_is_local(k) ? 0 : c->wire_netns;
}

static struct advice about(const struct conn *c, enum advice_rule rule, enum side_name side)
{
	return (struct advice) {
		.rule = rule,
		.netns = side == SERVER ? server_netns(c) : c->side[CLIENT].netns,
		.end = c->flow.end[SERVER],
	};
}

static struct advice nothing(void)
{
	return (struct advice) { .rule = ADVICE_NONE };
}

static struct advice of_refused(const struct conn *c)
{
	struct advice a;

	if (c->side[SERVER].mark[MARK_SYN])
		return about(c, ADVICE_ABORT_ON_OVERFLOW, SERVER);
	a = about(c, ADVICE_REFUSED, SERVER);
	a.answered_by_tcp = c->verdict.reset_reason == RESET_NO_SOCKET;
	return a;
}

struct advice advice_of_opening(const struct conn *c)
{
	if (c->side[SERVER].queue_full)
		return about(c, ADVICE_ACCEPT_QUEUE, SERVER);
	if (c->side[CLIENT].drops_leaving && c->side[CLIENT].drop_reason == DROP_NETFILTER_DROP)
		return about(c, ADVICE_FILTERED, CLIENT);
	return about(c, ADVICE_UNANSWERED, CLIENT);
}

static struct advice of_aborted(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	if (v->queue_full)
		return about(c, ADVICE_ACCEPT_QUEUE, SERVER);
	if (v->mark[MARK_SYN] || c->verdict.ended_by != ENDED_BY_CLIENT || side_sent_no_syn(k))
		return nothing();
	/* One that gave up at once had no time to be answered. */
	return k->syn_count > 1 || k->syn_retransmits || k->drops_leaving ? advice_of_opening(c) : nothing();
}

static enum advice_rule of_reset_cause(const struct conn *c, enum side_name by)
{
	switch (reset_cause(c, by, c->verdict.reset_reason)) {
	case RESET_CAUSE_UNREAD:
		return ADVICE_UNREAD;
	case RESET_CAUSE_LINGER:
		return ADVICE_LINGER;
	case RESET_CAUSE_DATA:
		return ADVICE_LATE_DATA;
	case RESET_CAUSE_NOT_ACCEPTED:
		return ADVICE_NOT_ACCEPTED;
	case RESET_CAUSE_LINGER2:
	case RESET_CAUSE_KILLED:
	case RESET_CAUSE_REASON:
		break;
	}
	if (c->verdict.reset_reason == RESET_TCP_ABORT_ON_MEMORY)
		return ADVICE_MEMORY;
	return reset_origin_forgotten_ns(c, by) ? ADVICE_FORGOTTEN : ADVICE_NONE;
}

static struct advice of_reset(const struct conn *c)
{
	enum side_name by = c->verdict.ended_by == ENDED_BY_CLIENT ? CLIENT : SERVER;
	enum advice_rule rule = c->verdict.reset_origin == RESET_ORIGIN_PATH ? ADVICE_ON_PATH : of_reset_cause(c, by);

	/* Who forgot it cannot set its keepalive. */
	return about(c, rule, rule == ADVICE_FORGOTTEN ? other_side(by) : by);
}

/* It ended well, but what was it held up by? */
static struct advice of_limit(const struct conn *c)
{
	enum side_name sender;
	uint64_t ns;

	switch (conn_held_up(c, &sender, &ns)) {
	case LIMIT_SEND_BUFFER:
		return about(c, ADVICE_SEND_BUFFER, sender);
	case LIMIT_RECEIVER_WINDOW:
		return about(c, ADVICE_RECEIVER_WINDOW, other_side(sender));
	default: /* a network that is slow has no remedy here */
		return nothing();
	}
}

static struct advice of_closed(const struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++)
		if (c->side[i].timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED)
			return about(c, ADVICE_TW_BUCKETS, i);
	return of_limit(c);
}

static struct advice of_timed_out(const struct conn *c)
{
	enum side_name side = side_is_local(&c->side[SERVER]) && !side_is_local(&c->side[CLIENT]) ? SERVER : CLIENT;

	return about(c, c->verdict.in_state == TCPS_FIN_WAIT2 ? ADVICE_FIN_WAIT2 : ADVICE_TIMED_OUT, side);
}

static struct advice of_open(const struct conn *c)
{
	int side = conn_unclosed_side(c);

	if (side < 0 || conn_close_wait_ns(c, side, c->decided_ns) < CLOSE_WAIT_SLOW_NS)
		return nothing();
	return about(c, ADVICE_UNCLOSED, side);
}

struct advice advice_of(const struct conn *c)
{
	switch ((enum ending)c->verdict.ending) {
	case ENDING_CLOSED:
		return of_closed(c);
	case ENDING_RESET:
		return of_reset(c);
	case ENDING_REFUSED:
		return of_refused(c);
	case ENDING_UNANSWERED:
		return advice_of_opening(c);
	case ENDING_UNREACHABLE:
		return about(c, ADVICE_UNREACHABLE, CLIENT);
	case ENDING_NO_LOCAL_PORT:
		return about(c, ADVICE_NO_LOCAL_PORT, CLIENT);
	case ENDING_HANDSHAKE_ABORTED:
		return of_aborted(c);
	case ENDING_LISTENER_OVERFLOW:
		return about(c, ADVICE_ACCEPT_QUEUE, SERVER);
	case ENDING_TIMED_OUT:
		return of_timed_out(c);
	case ENDING_OPEN:
		return of_open(c);
	case ENDING_KILLED:
	case ENDING_DETACHED:
	case ENDING_UNKNOWN:
	case ENDING_COUNT:
		break;
	}
	return nothing();
}
