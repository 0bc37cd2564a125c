// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides why a socket was aborted, where the kernel's reason stands for several causes or is not given (before 6.10).
 */
#include "core/record/reset_cause.h"

#include <errno.h>

static bool has_no_reason(unsigned int reason)
{
	return reason == RESET_UNKNOWN || reason == RESET_NOT_SPECIFIED;
}

/* __tcp_close() looks for unread data first: SO_LINGER is not asked for then. */
static bool closed_unread(const struct side *s, unsigned int reason)
{
	if (!has_no_reason(reason))
		return reason == RESET_TCP_ABORT_ON_CLOSE;
	return s->has_stats && s->stats.unread && s->close_in_process;
}

/* TCP_STATE alone stands for SO_LINGER 0, ss -K, a child that nobody accepted, and connect(AF_UNSPEC). */
enum reset_cause reset_cause(const struct conn *c, enum side_name sender, unsigned int reason)
{
	const struct side *s = &c->side[sender];

	if (s->err == ECONNABORTED)
		return RESET_CAUSE_KILLED;
	if (closed_unread(s, reason))
		return RESET_CAUSE_UNREAD;
	if (s->state_flags & STATE_LINGER_ZERO && (has_no_reason(reason) || reason == RESET_TCP_STATE))
		return RESET_CAUSE_LINGER;
	if (reason == RESET_TCP_ABORT_ON_DATA && s->linger2_negative && !s->err)
		return RESET_CAUSE_LINGER2;
	if (reason == RESET_TCP_ABORT_ON_DATA)
		return RESET_CAUSE_DATA;
	if (sender == SERVER && s->id && !s->mark[MARK_ACCEPTED] && reason == RESET_TCP_STATE)
		return RESET_CAUSE_NOT_ACCEPTED;
	return RESET_CAUSE_REASON;
}
