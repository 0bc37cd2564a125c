// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Segments that were dropped or never sent, ICMP errors, and errors that a process was notified of. */
#include <string.h>

#include "core/ending.h"
#include "core/icmp.h"
#include "core/record/conn_refusal.h"
#include "sink/diagram/sequence_build.h"
#include "sink/text/text.h"

bool sequence_is_unsent(const struct conn *c, enum side_name side, unsigned int flags)
{
	const struct side *s = &c->side[side];

	if (flags & RST)
		return s->detached && !s->rst_count;
	if (flags & SYN)
		return conn_was_restored(c) || side_kept_syn(s);
	return flags & FIN && s->leaving_flags & FIN && !s->mark[MARK_FIN];
}

bool sequence_was_dropped_leaving(const struct conn *c, enum side_name side, uint64_t ts_ns)
{
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];
		uint64_t apart = m->ts_ns > ts_ns ? m->ts_ns - ts_ns : ts_ns - m->ts_ns;

		if (m->kind == EVENT_DROP && m->side == side && m->old_state & DROP_LEAVING && apart < TOGETHER_NS)
			return true;
	}
	return false;
}

void sequence_drop(struct sequence_build *t, const struct moment *m)
{
	bool leaving = m->old_state & DROP_LEAVING;
	char flags[FLAG_NAMES_SIZE];
	struct step *step;

	if (leaving) {
		text_flag_names(m->tcp_flags, flags);
		step = sequence_note(t, TOPIC_DROPPED_LEAVING, m->side, m->ts_ns, "%s dropped here: %s", flags,
				     drop_reason_help(m->arg));
	} else {
		step = sequence_note(t, TOPIC_DROPPED, other_side(m->side), m->ts_ns, "dropped: %s",
				     drop_reason_help(m->arg));
	}
	step->drop_reason = m->arg;
}

/* Of several kinds only the last one's sender is kept. */
static const char *sender_of(const struct conn *c, const struct moment *m, char text[ENDPOINT_TEXT_SIZE])
{
	struct endpoint from = { 0 };

	if (c->icmp.type != m->tcp_flags || c->icmp.code != m->arg)
		return NULL;
	memcpy(from.addr, c->icmp.from, sizeof(from.addr));
	return endpoint_address(&from, text);
}

void sequence_icmp(struct sequence_build *t, const struct moment *m)
{
	char text[ENDPOINT_TEXT_SIZE];
	const char *from = sender_of(t->c, m, text);

	t->icmp_ns[m->side] = m->ts_ns;
	sequence_note(t, TOPIC_ICMP, m->side, m->ts_ns, "%s %s%s%s", m->old_state == 6 ? "ICMPv6" : "ICMP",
		      icmp_text(m->old_state, m->tcp_flags, m->arg), from ? " from " : "", from ? from : "");
}

/* A RST shows by itself what it makes of the socket. */
void sequence_error(struct sequence_build *t, const struct moment *m)
{
	const char *name = strerrorname_np(m->arg);

	if (!name || t->c->side[m->side].reset_received || t->c->side[other_side(m->side)].rst_count)
		return;
	sequence_note(t, TOPIC_ERROR, m->side, m->ts_ns, "error: %s", name);
}

void sequence_repair(struct sequence_build *t, const struct moment *m)
{
	const struct side *s = &t->c->side[m->side];

	if (s->restored && m->new_state == TCPS_ESTABLISHED)
		sequence_note(t, TOPIC_REPAIR, m->side, m->ts_ns, "restored by TCP_REPAIR");
	else if (s->detached && m->new_state == TCPS_CLOSE)
		sequence_note(t, TOPIC_REPAIR, m->side, m->ts_ns, "taken away by TCP_REPAIR");
}
