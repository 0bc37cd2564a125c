// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The verdict in words. */
#include "core/record/ending_sentence.h"

#include <errno.h>
#include <string.h>

#include "core/record/conn_fin_wait2.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "lib/human.h"

static void duration(struct strbuf *out, uint64_t ns)
{
	human_duration(out, ns, 0); /* the sentence is data too: ASCII */
}

/* What most connections say; a printf() takes as long as all else of their sentence. */
static void say(struct strbuf *out, const char *before, const char *word, const char *after)
{
	strbuf_puts(out, before);
	strbuf_puts(out, word);
	strbuf_puts(out, after);
}

static void errno_text(struct strbuf *out, unsigned int err)
{
	const char *name = err ? strerrorname_np((int)err) : NULL;

	if (name)
		strbuf_printf(out, ", %s", name);
}

static unsigned int syns_sent(const struct side *s)
{
	return s->syn_count > s->syn_retransmits ? s->syn_count : s->syn_retransmits + 1U;
}

static void syn_count(const struct conn *c, struct strbuf *out)
{
	const struct side *k = &c->side[CLIENT];
	unsigned int n = syns_sent(k);
	uint64_t begin = k->mark[MARK_SYN] ? k->mark[MARK_SYN] : c->start_ns;

	strbuf_printf(out, "the client's SYN was sent %u time%s", n, n == 1 ? "" : "s");
	/* Before the tracer it was sent for a time that nobody knows. */
	if (c->close_ns > begin && !(c->flags & CONN_EXISTED)) {
		strbuf_puts(out, n == 1 ? " and in " : " over ");
		duration(out, c->close_ns - begin);
	}
}

static void timewait_clause(const struct conn *c, struct strbuf *out)
{
	int side = conn_timewait_side(c);
	const struct timewait *tw;

	for (int i = CLIENT; i < SIDES; i++) {
		if (c->side[i].timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED) {
			strbuf_printf(out, "; the %s got no TIME_WAIT: tcp_max_tw_buckets or memory",
				      side_name_text(i));
			return;
		}
	}
	if (side < 0)
		return;
	tw = &c->side[side].timewait;
	if (!tw->ended_ns) {
		say(out, "; TIME_WAIT runs at the ", side_name_text(side), "");
		return;
	}
	if (timewait_is_measured(tw)) {
		say(out, "; TIME_WAIT at the ", side_name_text(side), " lasted ");
		duration(out, tw->ended_ns - tw->entered_ns);
	} else {
		strbuf_printf(out, "; TIME_WAIT at the %s had begun before the tracer and lasted ",
			      side_name_text(side));
		duration(out, tw->ended_ns - tw->entered_ns);
		strbuf_puts(out, " more");
	}
	if (tw->restarts)
		strbuf_printf(out, " with %u restart%s", tw->restarts, tw->restarts == 1 ? "" : "s");
	if (tw->exit != TIMEWAIT_EXIT_EXPIRED)
		strbuf_printf(out, " and was cut short: %s", timewait_exit_help(tw->exit));
}

static void closed_sentence(const struct conn *c, struct strbuf *out)
{
	int first = conn_first_closer(c);
	uint64_t bytes = 0;
	bool half = conn_half_closed_bytes(c, &bytes) && bytes > 0;

	if (c->verdict.close_form == CLOSE_FORM_SIMULTANEOUS) {
		strbuf_puts(out, "both sides closed at once: their FINs crossed");
	} else if (first < 0) {
		strbuf_puts(out, "closed in order, but who closed first was not seen");
	} else {
		say(out, "the ", side_name_text(first), " closed first");
		if (half)
			strbuf_printf(out, "; the %s sent %llu byte%s more before it closed",
				      side_name_text(other_side(first)), (unsigned long long)bytes,
				      bytes == 1 ? "" : "s");
		else if (c->verdict.close_form == CLOSE_FORM_THREE_WAY)
			say(out, "; the ", side_name_text(other_side(first)),
			    " answered with FIN and ACK in one segment");
	}
	if (c->track && !conn_fins_acked(c))
		strbuf_puts(out, "; the last ACK was not seen");
	timewait_clause(c, out);
}

static void reset_sentence(const struct conn *c, struct strbuf *out)
{
	int by = c->verdict.ended_by == ENDED_BY_CLIENT ? CLIENT : SERVER;
	const struct side *s = &c->side[by];

	if (c->verdict.reset_reason == RESET_TCP_ABORT_ON_CLOSE) {
		strbuf_printf(out, "the %s closed with ", side_name_text(by));
		if (s->has_stats && s->stats.unread)
			strbuf_printf(out, "%u unread byte%s", s->stats.unread, s->stats.unread == 1 ? "" : "s");
		else
			strbuf_puts(out, "unread data");
		strbuf_puts(out, ", so the kernel sent RST");
	} else if (s->state_flags & STATE_LINGER_ZERO && c->verdict.evidence & (1U << VERDICT_EVIDENCE_LINGER)) {
		strbuf_printf(out, "the %s closed with SO_LINGER 0, so the kernel sent RST", side_name_text(by));
	} else if (c->verdict.reset_reason == RESET_TCP_ABORT_ON_DATA) {
		strbuf_printf(out, "data arrived after the %s had closed, so its kernel sent RST", side_name_text(by));
	} else if (by == SERVER && s->id && !s->mark[MARK_ACCEPTED] && c->verdict.reset_reason == RESET_TCP_STATE) {
		strbuf_puts(out,
			    "the server's listener closed before accept() took the connection, so the kernel sent RST");
	} else {
		strbuf_printf(out, "the %s sent RST", side_name_text(by));
	}
	if (c->verdict.reset_reason > RESET_NOT_SPECIFIED)
		strbuf_printf(out, " (%s)", reset_reason_name(c->verdict.reset_reason));
	if (c->verdict.in_state)
		strbuf_printf(out, " in %s", tcp_state_name(c->verdict.in_state));
}

static void aborted_sentence(const struct conn *c, struct strbuf *out)
{
	const struct side *v = &c->side[SERVER];

	if (c->verdict.ended_by == ENDED_BY_UNKNOWN) {
		strbuf_printf(out, "the server's SYN+ACK was sent %u time%s and never acknowledged", syns_sent(v),
			      syns_sent(v) == 1 ? "" : "s");
	} else if (v->mark[MARK_SYN]) {
		strbuf_printf(out, "the %s gave up between SYN+ACK and ACK", ended_by_name(c->verdict.ended_by));
	} else {
		strbuf_puts(out, "the client gave up: ");
		syn_count(c, out);
		strbuf_puts(out, " and not answered");
	}
}

static void fin_wait2_clause(const struct conn *c, struct strbuf *out)
{
	struct fin_wait2 f;

	strbuf_puts(out, "the other side's FIN never came: given up in FIN_WAIT2");
	if (!conn_fin_wait2(c, &f) || !f.begin_ns || !f.end_ns)
		return;
	if (f.exit == FIN_WAIT2_EXIT_NEVER_CREATED) {
		strbuf_puts(out, " at once, since there was no minisocket for it: tcp_max_tw_buckets or memory");
		return;
	}
	strbuf_puts(out, " after ");
	duration(out, f.end_ns - f.begin_ns);
	strbuf_puts(out, " (tcp_fin_timeout or TCP_LINGER2)");
}

static void timed_out_sentence(const struct conn *c, struct strbuf *out)
{
	if (c->verdict.in_state == TCPS_FIN_WAIT2)
		fin_wait2_clause(c, out);
	else if (c->verdict.reset_reason == RESET_TCP_KEEPALIVE_TIMEOUT)
		strbuf_printf(out, "given up in %s: keepalive probes were not answered",
			      tcp_state_name(c->verdict.in_state));
	else
		strbuf_printf(out, "given up in %s: what was sent was not acknowledged",
			      tcp_state_name(c->verdict.in_state));
	errno_text(out, c->verdict.err);
}

static void killed_sentence(const struct conn *c, struct strbuf *out)
{
	struct fin_wait2 f;

	if (conn_fin_wait2(c, &f) && f.exit == FIN_WAIT2_EXIT_NETNS_GONE)
		strbuf_puts(out, "its network namespace went away in FIN_WAIT2");
	else
		strbuf_printf(out, "destroyed from outside in %s (ss -K or tcp_abort())",
			      tcp_state_name(c->verdict.in_state));
}

static void unreachable_sentence(const struct conn *c, struct strbuf *out)
{
	syn_count(c, out);
	strbuf_puts(out, "; the network said that the server cannot be reached");
	errno_text(out, c->verdict.err);
}

void ending_sentence(const struct conn *c, struct strbuf *out)
{
	switch ((enum ending)c->verdict.ending) {
	case ENDING_CLOSED:
		closed_sentence(c, out);
		break;
	case ENDING_RESET:
		reset_sentence(c, out);
		break;
	case ENDING_REFUSED:
		strbuf_puts(out, "the server answered the SYN with RST");
		strbuf_puts(out, c->verdict.reset_reason == RESET_NO_SOCKET ? ": nobody listens on that port" : "");
		break;
	case ENDING_UNANSWERED:
		syn_count(c, out);
		strbuf_puts(out, " and never answered");
		if (c->side[CLIENT].drops)
			strbuf_printf(out, "; this host threw it away (%s)",
				      drop_reason_name(c->side[CLIENT].drop_reason));
		break;
	case ENDING_UNREACHABLE:
		unreachable_sentence(c, out);
		break;
	case ENDING_NO_LOCAL_PORT:
		strbuf_puts(out, "connect() found no free local port towards this destination; no SYN was sent");
		break;
	case ENDING_HANDSHAKE_ABORTED:
		aborted_sentence(c, out);
		break;
	case ENDING_TIMED_OUT:
		timed_out_sentence(c, out);
		break;
	case ENDING_KILLED:
		killed_sentence(c, out);
		break;
	case ENDING_OPEN:
		strbuf_puts(out, "still open");
		break;
	case ENDING_LISTENER_OVERFLOW:
		strbuf_puts(out, "the listener's accept queue was full: ");
		syn_count(c, out);
		strbuf_puts(out, " and thrown away");
		break;
	case ENDING_UNKNOWN:
	case ENDING_COUNT:
		strbuf_puts(out, ending_help(c->verdict.ending));
		break;
	}
	if (c->flags & CONN_LOSSY)
		strbuf_puts(out, "; events were lost while it lived");
	else if (c->flags & CONN_STEPS_MISSED)
		strbuf_puts(out, "; the kernel did not tell each step of its sockets");
}
