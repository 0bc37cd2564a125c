// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides from when to when a side waited in FIN_WAIT2, in which form, and how that ended. An orphaned socket whose FIN
 * is acknowledged waits as a minisocket in substate FIN_WAIT2: that is not TIME_WAIT, which begins when the peer's FIN
 * comes.
 */
#include "core/record/conn_fin_wait2.h"

#include <errno.h>

static enum fin_wait2_exit exit_of_minisocket(const struct timewait *tw)
{
	if (tw->entered_ns)
		return FIN_WAIT2_EXIT_FIN;
	if (!tw->ended_ns)
		return FIN_WAIT2_EXIT_RUNNING;
	switch ((enum timewait_exit)tw->exit) {
	case TIMEWAIT_EXIT_EXPIRED:
		return FIN_WAIT2_EXIT_EXPIRED;
	case TIMEWAIT_EXIT_RESET:
		return FIN_WAIT2_EXIT_RESET;
	case TIMEWAIT_EXIT_KILLED:
		return FIN_WAIT2_EXIT_KILLED;
	case TIMEWAIT_EXIT_NETNS_GONE:
		return FIN_WAIT2_EXIT_NETNS_GONE;
	default:
		return FIN_WAIT2_EXIT_UNKNOWN;
	}
}

static enum fin_wait2_exit exit_of_socket(const struct side *s, const struct side *o)
{
	if (!s->mark[MARK_CLOSE])
		return FIN_WAIT2_EXIT_RUNNING;
	if (s->timewait.entered_ns || s->timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED)
		return FIN_WAIT2_EXIT_FIN;
	if (s->err == ECONNABORTED)
		return FIN_WAIT2_EXIT_KILLED;
	if (s->reset_received || s->reset_sent || s->err || s->mark[MARK_RST] || o->mark[MARK_RST])
		return FIN_WAIT2_EXIT_RESET;
	if (s->state_flags & STATE_NO_MINISOCK && s->state_flags & STATE_DEAD)
		return FIN_WAIT2_EXIT_NEVER_CREATED;
	return FIN_WAIT2_EXIT_UNKNOWN;
}

/* A side that gets the peer's FIN and the ACK of its own in one segment does not wait. */
static bool waited(const struct side *s)
{
	return s->timewait.was_fin_wait2 || (s->mark[MARK_FIN_WAIT2] && !s->fin_acked_with_fin);
}

bool conn_fin_wait2(const struct conn *c, struct fin_wait2 *out)
{
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i];
		const struct timewait *tw = &s->timewait;

		if (!waited(s))
			continue;
		*out = (struct fin_wait2) { .side = i, .begin_ns = s->mark[MARK_FIN_WAIT2] };
		if (tw->was_fin_wait2) {
			out->form = FIN_WAIT2_FORM_ORPHAN_MINISOCKET;
			out->end_ns = tw->entered_ns ? tw->entered_ns : timewait_end_is_seen(tw) ? tw->ended_ns : 0;
			out->exit = exit_of_minisocket(tw);
		} else {
			out->form = s->fin_wait2_orphan ? FIN_WAIT2_FORM_ORPHAN_SOCKET : FIN_WAIT2_FORM_HALF_CLOSED;
			out->end_ns = s->mark[MARK_CLOSE];
			out->exit = exit_of_socket(s, &c->side[other_side(i)]);
		}
		return true;
	}
	return false;
}
