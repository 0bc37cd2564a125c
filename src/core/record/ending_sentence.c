// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The verdict in words, for people: one sentence for each ending, then a clause on TIME_WAIT and on what was missed.
 * Kernel names of reasons appear as their meaning; the record has the names.
 */
#include "core/record/ending_sentence.h"
#include "core/record/ending_sentence_parts.h"
#include "core/path.h"

#include <errno.h>
#include <string.h>

#include "core/capture/track.h"
#include "core/record/conn_fin_wait2.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/record/reset_cause.h"
#include "core/record/reset_origin.h"
#include "lib/human.h"

/* The shortest idle timeouts in use are 30 s. */
#define IDLE_WORTH_SAYING_NS 30000000000ULL

/* "once", "twice", "3 times" */
void sentence_times(struct strbuf *out, unsigned int n)
{
	if (n == 1)
		strbuf_puts(out, "once");
	else if (n == 2)
		strbuf_puts(out, "twice");
	else
		strbuf_printf(out, "%u times", n);
}

/* For the most common sentences: one printf() would take as long as all the rest. */
void sentence_say(struct strbuf *out, const char *before, const char *word, const char *after)
{
	strbuf_puts(out, before);
	strbuf_puts(out, word);
	strbuf_puts(out, after);
}

void sentence_errno(struct strbuf *out, unsigned int err)
{
	const char *name = err ? strerrorname_np((int)err) : NULL;

	if (name)
		strbuf_printf(out, " (%s)", name);
}

static void lost_timewait_clause(const struct timewait *tw, int side, unsigned int style, struct strbuf *out)
{
	uint64_t least, most;

	sentence_say(out, "; the end of TIME_WAIT at the ", side_name_text(side), " was not seen");
	timewait_bounds(tw, &least, &most);
	if (!least && !most)
		return;
	strbuf_puts(out, ": it lasted ");
	if (least) {
		human_duration(out, least, style);
		strbuf_puts(out, " at least");
	}
	if (most) {
		strbuf_puts(out, least ? " and " : "");
		human_duration(out, most, style);
		strbuf_puts(out, " at most");
	}
}

static void timewait_clause(const struct conn *c, unsigned int style, struct strbuf *out)
{
	int side = conn_timewait_side(c);
	const struct timewait *tw;
	bool is_early;

	for (int i = CLIENT; i < SIDES; i++) {
		if (c->side[i].timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED) {
			strbuf_printf(out, "; the %s could not enter TIME_WAIT (tcp_max_tw_buckets or memory)",
				      side_name_text(i));
			return;
		}
	}
	if (side < 0)
		return;
	tw = &c->side[side].timewait;
	if (!tw->ended_ns) {
		sentence_say(out, "; the ", side_name_text(side), " is in TIME_WAIT");
		return;
	}
	if (!timewait_end_is_seen(tw)) {
		lost_timewait_clause(tw, side, style, out);
		return;
	}
	is_early = tw->exit != TIMEWAIT_EXIT_EXPIRED && tw->exit != TIMEWAIT_EXIT_UNKNOWN;
	if (timewait_is_measured(tw))
		sentence_say(out, "; TIME_WAIT at the ", side_name_text(side), " lasted ");
	else
		sentence_say(out, "; TIME_WAIT at the ", side_name_text(side),
			     " had begun before tracing and lasted another ");
	human_duration(out, tw->ended_ns - tw->entered_ns, style);
	if (tw->restarts) {
		strbuf_puts(out, is_early ? ", was restarted " : " and was restarted ");
		sentence_times(out, tw->restarts);
	}
	if (tw->exit == TIMEWAIT_EXIT_UNKNOWN)
		strbuf_puts(out, "; how it ended is not known");
	else if (is_early)
		strbuf_printf(out, " and ended early: %s", timewait_exit_help(tw->exit));
}

static void closed_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	int first = conn_first_closer(c);
	uint64_t bytes = 0;
	bool half = conn_half_closed_bytes(c, &bytes) && bytes > 0;

	if (c->verdict.close_form == CLOSE_FORM_SIMULTANEOUS) {
		strbuf_puts(out, "both sides closed at the same time: their FINs crossed");
	} else if (first < 0) {
		strbuf_puts(out, "orderly close; which side closed first was not seen");
	} else {
		sentence_say(out, "the ", side_name_text(first), " closed first");
		if (half)
			strbuf_printf(out, "; the %s sent %llu more byte%s before it closed",
				      side_name_text(other_side(first)), (unsigned long long)bytes,
				      bytes == 1 ? "" : "s");
		else if (c->verdict.close_form == CLOSE_FORM_THREE_WAY)
			sentence_say(out, "; the ", side_name_text(other_side(first)),
				     " answered with FIN and ACK in one segment");
	}
	if (c->track && !conn_fins_acked(c))
		strbuf_puts(out, "; the last ACK was not seen");
	timewait_clause(c, style, out);
}

static void unread_text(const struct side *s, struct strbuf *out)
{
	if (s->has_stats && s->stats.unread)
		strbuf_printf(out, ": it closed with %u unread byte%s", s->stats.unread,
			      s->stats.unread == 1 ? "" : "s");
	else
		strbuf_puts(out, ": it closed with unread data");
}

/* What the side that reset did, or what its kernel gave as reason. */
void sentence_reset_cause(const struct conn *c, int by, struct strbuf *out)
{
	unsigned int reason = c->verdict.reset_reason;

	switch (reset_cause(c, by, reason)) {
	case RESET_CAUSE_UNREAD:
		unread_text(&c->side[by], out);
		break;
	case RESET_CAUSE_LINGER:
		strbuf_puts(out, ": it closed with SO_LINGER 0");
		break;
	case RESET_CAUSE_LINGER2:
		strbuf_puts(out, ": it closed with a negative TCP_LINGER2");
		break;
	case RESET_CAUSE_DATA:
		strbuf_puts(out, ": data arrived after it had closed");
		break;
	case RESET_CAUSE_NOT_ACCEPTED:
		strbuf_puts(out, ": its listener closed before accept() took the connection");
		break;
	case RESET_CAUSE_KILLED:
	case RESET_CAUSE_REASON:
		if (reset_origin_forgotten_ns(c, by))
			strbuf_puts(out, ": it answered as if it knew no such connection");
		else if (*reset_reason_help(reason))
			strbuf_printf(out, ": %s", reset_reason_help(reason));
		break;
	}
}

/* For how long nothing came before the RST, if that is long: what a load balancer or a firewall waits for. */
static uint64_t idle_ns(const struct conn *c, int by)
{
	uint64_t forgotten_ns = reset_origin_forgotten_ns(c, by), quiet_ns = c->track ? c->track->quiet_ns : 0;
	uint64_t ns = forgotten_ns > quiet_ns ? forgotten_ns : quiet_ns;

	return ns < IDLE_WORTH_SAYING_NS ? 0 : ns;
}

static void path_clause(const struct conn *c, int by, struct strbuf *out)
{
	const struct side *s = &c->side[by];

	if (c->path && c->path->injected[by]) {
		sentence_say(out, " by a device on the path, in the ", side_name_text(by),
			     "'s name: the RST did not leave its host");
		return;
	}
	strbuf_printf(out, " by a device on the path, in the %s's name: the RST has TTL %u, the %s's segments %u",
		      side_name_text(by), s->rst_ttl, side_name_text(by), s->ttl);
}

static void reset_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	int by = c->verdict.ended_by == ENDED_BY_CLIENT ? CLIENT : SERVER;
	bool on_path = c->verdict.reset_origin == RESET_ORIGIN_PATH;
	uint64_t ns = idle_ns(c, by);

	if (reset_origin_is_silent(c, by)) {
		sentence_say(out, "aborted by the ", side_name_text(by), "");
		strbuf_printf(out, " in %s without a RST", tcp_state_name(c->verdict.in_state));
		sentence_reset_cause(c, by, out);
		return;
	}
	if (ns) {
		strbuf_puts(out, "idle for ");
		human_duration(out, ns, style);
		strbuf_puts(out, ", then ");
	}
	strbuf_puts(out, "reset");
	if (!on_path)
		sentence_say(out, " by the ", side_name_text(by), "");
	if (c->verdict.in_state)
		strbuf_printf(out, " in %s", tcp_state_name(c->verdict.in_state));
	if (on_path)
		path_clause(c, by, out);
	else
		sentence_reset_cause(c, by, out);
}

static void fin_wait2_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	struct fin_wait2 f;

	if (!conn_fin_wait2(c, &f)) {
		strbuf_puts(out, "timed out in FIN_WAIT2: the peer's FIN never came");
		return;
	}
	strbuf_printf(out, "the %s's FIN never came; the %s ", side_name_text(other_side(f.side)),
		      side_name_text(f.side));
	if (f.exit == FIN_WAIT2_EXIT_NEVER_CREATED) {
		strbuf_puts(out, "could not wait for it in FIN_WAIT2 (tcp_max_tw_buckets or memory)");
		return;
	}
	strbuf_puts(out, "gave up in FIN_WAIT2");
	if (f.begin_ns && f.end_ns) {
		strbuf_puts(out, " after ");
		human_duration(out, f.end_ns - f.begin_ns, style);
	}
	strbuf_puts(out, " (tcp_fin_timeout or TCP_LINGER2)");
}

static void timed_out_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	if (c->verdict.in_state == TCPS_FIN_WAIT2) {
		fin_wait2_sentence(c, style, out);
	} else {
		strbuf_printf(out, "timed out in %s: ", tcp_state_name(c->verdict.in_state));
		strbuf_puts(out, c->verdict.reset_reason == RESET_TCP_KEEPALIVE_TIMEOUT
					 ? "keepalive probes were not answered"
					 : "what was sent was not acknowledged");
	}
	sentence_errno(out, c->verdict.err);
	if (c->icmp.ts_ns) {
		strbuf_puts(out, "; ");
		sentence_icmp(c, style, out);
	}
	sentence_dropped(c, out);
}

static void killed_sentence(const struct conn *c, struct strbuf *out)
{
	struct fin_wait2 f;

	if (conn_fin_wait2(c, &f) && f.exit == FIN_WAIT2_EXIT_NETNS_GONE)
		strbuf_printf(out, "the %s's network namespace was removed in FIN_WAIT2", side_name_text(f.side));
	else
		strbuf_printf(out, "destroyed by another program in %s, as ss -K does",
			      tcp_state_name(c->verdict.in_state));
}

static void holder_name(const struct conn *c, enum side_name side, unsigned int style, struct strbuf *out)
{
	const struct actor *a = conn_actor(c, side);

	if (a && a->pid && a->comm[0]) {
		human_text(out, a->comm, sizeof(a->comm), style);
		strbuf_printf(out, "[%u]", a->pid);
	} else {
		sentence_say(out, "the ", side_name_text(side), "");
	}
}

/* What its receive queue held a moment ago, and no longer ago. */
#define UNREAD_FRESH_NS 1000000000ULL

static void unread_clause(const struct conn *c, enum side_name side, struct strbuf *out)
{
	const struct side *s = &c->side[side];

	if (!s->listed_ns || c->decided_ns > s->listed_ns + UNREAD_FRESH_NS)
		return;
	strbuf_printf(out, ", %u byte%s unread", s->stats.unread, s->stats.unread == 1 ? "" : "s");
}

static void open_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	int side = conn_unclosed_side(c);

	if (side < 0) {
		strbuf_puts(out, "still open");
		return;
	}
	sentence_say(out, "the ", side_name_text(other_side(side)), " closed first; ");
	holder_name(c, side, style, out);
	strbuf_puts(out,
		    c->side[side].mark[MARK_CLOSE_WAIT] ? " has not closed for " : " has not closed for at least ");
	human_duration(out, conn_close_wait_ns(c, side, c->decided_ns), style);
	unread_clause(c, side, out);
}

static void lost_clause(unsigned int count, const char *of, const char *what, const char **comma, struct strbuf *out)
{
	if (!count)
		return;
	strbuf_printf(out, "%s%u %s%s of the %s", *comma, count, what, human_s(count), of);
	*comma = ", ";
}

/* What no single host can know. */
static void path_lost_clause(const struct conn *c, struct strbuf *out)
{
	const struct path *p = c->path;
	const char *comma = "; the path lost ";

	for (int i = CLIENT; p && i < SIDES; i++) {
		lost_clause(p->syn_lost[i], side_name_text(i), i == CLIENT ? "SYN" : "SYN+ACK", &comma, out);
		lost_clause(p->fin_lost[i], side_name_text(i), "FIN", &comma, out);
		lost_clause(p->rst_lost[i], side_name_text(i), "RST", &comma, out);
	}
}

static void ending_clause(const struct conn *c, unsigned int style, struct strbuf *out)
{
	switch ((enum ending)c->verdict.ending) {
	case ENDING_CLOSED:
		closed_sentence(c, style, out);
		break;
	case ENDING_RESET:
		reset_sentence(c, style, out);
		break;
	case ENDING_REFUSED:
		sentence_refused(c, out);
		break;
	case ENDING_UNANSWERED:
		sentence_unanswered(c, style, out);
		break;
	case ENDING_UNREACHABLE:
		sentence_unreachable(c, style, out);
		break;
	case ENDING_NO_LOCAL_PORT:
		strbuf_puts(out, "no free local port towards this destination; no SYN was sent");
		break;
	case ENDING_HANDSHAKE_ABORTED:
		sentence_aborted(c, style, out);
		break;
	case ENDING_TIMED_OUT:
		timed_out_sentence(c, style, out);
		break;
	case ENDING_KILLED:
		killed_sentence(c, out);
		break;
	case ENDING_DETACHED:
		strbuf_printf(out, "the %s's socket was taken away in %s (TCP_REPAIR): no segment was sent",
			      ended_by_name(c->verdict.ended_by), tcp_state_name(c->verdict.in_state));
		break;
	case ENDING_OPEN:
		open_sentence(c, style, out);
		break;
	case ENDING_LISTENER_OVERFLOW:
		strbuf_puts(out, "the listener's accept queue was full: the client's SYN was ");
		sentence_syns(c, style, out);
		strbuf_puts(out, " and dropped");
		break;
	case ENDING_UNKNOWN:
	case ENDING_COUNT:
		strbuf_puts(out, ending_help(c->verdict.ending));
		break;
	}
	sentence_transfer(c, style, out);
	if (c->flags & CONN_LOSSY)
		strbuf_puts(out, "; some of its events were lost");
	else if (c->flags & CONN_STEPS_MISSED)
		strbuf_puts(out, "; some steps of its sockets were not reported by the kernel");
	else if (c->flags & CONN_NO_MEMORY)
		strbuf_puts(out, "; memory ran out for some of its events");
}

void ending_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	ending_clause(c, style, out);
	path_lost_clause(c, out);
}
