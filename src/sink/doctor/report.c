// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/doctor/report.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/human.h"

static void put_process(const struct finding *f, unsigned int style, struct strbuf *out)
{
	human_text(out, f->process, sizeof(f->process), style);
	if (f->pid)
		strbuf_printf(out, "[%u]", f->pid);
}

/* "; opened by curl[4242]" */
static void put_by(const struct finding *f, const char *lead, unsigned int style, struct strbuf *out)
{
	if (!f->process[0])
		return;
	strbuf_puts(out, lead);
	put_process(f, style, out);
}

/* "12 of 40", "12" */
static void put_count(const struct finding *f, struct strbuf *out)
{
	strbuf_printf(out, "%llu", (unsigned long long)f->count);
	if (f->of)
		strbuf_printf(out, " of %llu", (unsigned long long)f->of);
}

/* The noun behind put_count(). */
static const char *plural(const struct finding *f)
{
	return human_s(f->of ? f->of : f->count);
}

static void put_listener(const struct finding *f, struct strbuf *out)
{
	char text[ENDPOINT_TEXT_SIZE];

	strbuf_puts(out, f->listener.end.port ? host_listener_text(&f->listener, text) : endpoint_text(&f->end, text));
}

/* ---- what is wrong ---- */

static const struct {
	const char *before, *after;
} TITLES[FINDING_KIND_COUNT] = {
	[FINDING_REFUSED] = { "", " refuses connections" },
	[FINDING_UNANSWERED] = { "", " does not answer" },
	[FINDING_UNREACHABLE] = { "", " cannot be reached" },
	[FINDING_ACCEPT_QUEUE] = { "The accept queue of ", " is full" },
	[FINDING_TIMED_OUT] = { "Connections with ", " time out" },
	[FINDING_RESET] = { "Connections to ", " are reset" },
	[FINDING_LOCAL_PORTS] = { "Local ports towards ", " run out" },
	[FINDING_UNCLOSED] = { "", " does not close its connections" },
	[FINDING_SYN_QUEUE] = { "The SYN queue of ", " overflows" },
	[FINDING_HALF_OPEN] = { "Connections to ", " stay half-open" },
	[FINDING_TW_BUCKETS] = { "Connections close without TIME_WAIT", "" },
	[FINDING_RETRANSMITS] = { "Data to ", " are sent again" },
	[FINDING_SLOW_ACCEPT] = { "Connections to ", " wait for accept()" },
};

static void put_subject(const struct finding *f, unsigned int style, struct strbuf *out)
{
	char text[ENDPOINT_TEXT_SIZE];

	if (f->kind == FINDING_ACCEPT_QUEUE)
		put_listener(f, out);
	else if (f->kind == FINDING_UNCLOSED && f->process[0])
		put_process(f, style, out);
	else if (f->kind == FINDING_UNCLOSED)
		strbuf_puts(out, "A program");
	else if (f->kind != FINDING_TW_BUCKETS)
		strbuf_puts(out, f->end.port ? endpoint_text(&f->end, text) : endpoint_address(&f->end, text));
}

void report_title(const struct finding *f, unsigned int style, struct strbuf *out)
{
	if (f->kind >= FINDING_KIND_COUNT || !TITLES[f->kind].before)
		return;
	strbuf_puts(out, TITLES[f->kind].before);
	put_subject(f, style, out);
	strbuf_puts(out, TITLES[f->kind].after);
}

/* ---- the evidence ---- */

static void evidence_of_queue(const struct finding *f, unsigned int style, struct strbuf *out)
{
	const char *lead = "";

	if (f->count) {
		strbuf_printf(out, "%llu connection%s met it full", (unsigned long long)f->count, human_s(f->count));
		lead = "; ";
	}
	if (f->listener.end.port)
		strbuf_printf(out, "%s%u wait in it now, its limit is %u", lead, f->listener.waiting,
			      f->listener.limit);
	put_by(f, "; listened on by ", style, out);
}

static const char *reset_text(unsigned int rule)
{
	static const char *const texts[ADVICE_COUNT] = {
		[ADVICE_UNREAD] = "closed with unread data",
		[ADVICE_LINGER] = "closed with SO_LINGER 0",
		[ADVICE_LATE_DATA] = "data came after close()",
		[ADVICE_NOT_ACCEPTED] = "the listener closed before accept()",
		[ADVICE_MEMORY] = "too many orphans, or no memory",
		[ADVICE_FORGOTTEN] = "idle, then answered as if unknown",
		[ADVICE_ON_PATH] = "by a device on the path",
	};

	return rule < ADVICE_COUNT && texts[rule] ? texts[rule] : "the cause is not known";
}

static void evidence_of_reset(const struct finding *f, unsigned int style, struct strbuf *out)
{
	put_count(f, out);
	strbuf_printf(out, " connection%s: %s", plural(f), reset_text(f->cause));
	if (f->bytes) {
		strbuf_puts(out, " (");
		human_bytes(out, f->bytes);
		strbuf_puts(out, ")");
	}
	put_by(f, "; by ", style, out);
}

static void evidence_of_ports(const struct finding *f, unsigned int style, struct strbuf *out)
{
	const struct destination_use *p = &f->ports;
	const char *lead = "";

	if (f->count) {
		put_count(f, out);
		strbuf_printf(out, " connection%s found none", plural(f));
		lead = "; ";
	}
	if (p->used)
		strbuf_printf(out, "%s%u held", lead, p->used);
	if (p->used && p->available)
		strbuf_printf(out, " of %u", p->available);
	if (p->time_wait)
		strbuf_printf(out, ", %u in TIME_WAIT", p->time_wait);
	if (p->used && p->exhausted_ns && p->exhausted_ns != FORECAST_NEVER) {
		strbuf_puts(out, "; none left in ");
		human_duration(out, p->exhausted_ns, style);
	}
	put_by(f, "; most by ", style, out);
}

static void evidence_of_unclosed(const struct finding *f, unsigned int style, struct strbuf *out)
{
	strbuf_printf(out, "%llu in CLOSE_WAIT for %s", (unsigned long long)f->count,
		      f->at_least    ? "at least "
		      : f->count > 1 ? "up to "
				     : "");
	human_duration(out, f->longest_ns, style);
	if (f->bytes) {
		strbuf_puts(out, "; unread: ");
		human_bytes(out, f->bytes);
	}
}

static void evidence_of_retransmits(const struct finding *f, unsigned int style, struct strbuf *out)
{
	double percent = f->segments ? 100.0 * (double)f->again / (double)f->segments : 0;

	strbuf_printf(out, "%lld of %lld %ssegments (%.1f %%), in %llu connection%s", (long long)f->again,
		      (long long)f->segments, f->captured ? "" : "data ", percent, (unsigned long long)f->count,
		      human_s(f->count));
	put_by(f, "; the last by ", style, out);
}

static void evidence_of_accept(const struct finding *f, unsigned int style, struct strbuf *out)
{
	put_count(f, out);
	strbuf_printf(out, " connection%s waited 1 s or more, up to ", plural(f));
	human_duration(out, f->longest_ns, style);
	put_by(f, "; accepted by ", style, out);
}

static void evidence_of_others(const struct finding *f, unsigned int style, struct strbuf *out)
{
	static const char *const texts[FINDING_KIND_COUNT] = {
		[FINDING_REFUSED] = "refused: RST in answer to the SYN",
		[FINDING_UNANSWERED] = "no answer to the SYN",
		[FINDING_UNREACHABLE] = "reported as unreachable",
		[FINDING_TIMED_OUT] = "what was sent was not acknowledged",
		[FINDING_SYN_QUEUE] = "answered with SYN cookies",
		[FINDING_HALF_OPEN] = "the SYN+ACK is not acknowledged",
		[FINDING_TW_BUCKETS] = "tcp_max_tw_buckets, or no memory",
	};
	bool opened = f->kind == FINDING_REFUSED || f->kind == FINDING_UNANSWERED || f->kind == FINDING_UNREACHABLE;

	put_count(f, out);
	strbuf_printf(out, " connection%s: %s", plural(f), texts[f->kind] ? texts[f->kind] : "");
	put_by(f, opened ? "; opened by " : "; held by ", style, out);
}

void report_evidence(const struct finding *f, unsigned int style, struct strbuf *out)
{
	switch ((enum finding_kind)f->kind) {
	case FINDING_ACCEPT_QUEUE:
		evidence_of_queue(f, style, out);
		break;
	case FINDING_RESET:
		evidence_of_reset(f, style, out);
		break;
	case FINDING_LOCAL_PORTS:
		evidence_of_ports(f, style, out);
		break;
	case FINDING_UNCLOSED:
		evidence_of_unclosed(f, style, out);
		break;
	case FINDING_RETRANSMITS:
		evidence_of_retransmits(f, style, out);
		break;
	case FINDING_SLOW_ACCEPT:
		evidence_of_accept(f, style, out);
		break;
	default:
		evidence_of_others(f, style, out);
	}
}

/* ---- what to do ---- */

static void put_setting(const struct finding *f, const struct host_facts *facts, enum host_setting s,
			struct strbuf *out)
{
	if (facts && facts->netns == f->netns && facts->setting[s] != HOST_NOT_KNOWN)
		strbuf_printf(out, "; %s is %lld", host_setting_name(s), (long long)facts->setting[s]);
}

/* Of those that are no connection's verdict. */
void report_advice(const struct finding *f, const struct report_place *p, struct strbuf *out)
{
	switch ((enum finding_kind)f->kind) {
	case FINDING_RETRANSMITS:
		strbuf_puts(out, "see where they are lost: a recording of both hosts tells, joined by -r A -r B");
		break;
	case FINDING_SLOW_ACCEPT:
		strbuf_puts(out, "let the program call accept() more often: another thread, less work in between");
		break;
	case FINDING_SYN_QUEUE:
		strbuf_puts(out, "a flood, or raise tcp_max_syn_backlog and listen()'s backlog");
		put_setting(f, p->facts, HOST_MAX_SYN_BACKLOG, out);
		break;
	case FINDING_HALF_OPEN:
		strbuf_puts(out, "a flood, or clients whose ACKs are lost: keep tcp_syncookies on");
		put_setting(f, p->facts, HOST_SYNCOOKIES, out);
		break;
	default:
		advice_text(&f->advice, p->facts, out);
	}
}

/* ---- which command shows more ---- */

/*
 * Of a live host ss(8) or nstat(8) where it shows more; of a recording, or in a namespace, where these would look at
 * something else, our own. $P: port, $H: address, $C: option for the program, if its name is a plain word.
 */
static const struct {
	const char *here, *own;
} COMMANDS[FINDING_KIND_COUNT] = {
	[FINDING_REFUSED] = { NULL, "--explain --ending refused --port $P" },
	[FINDING_UNANSWERED] = { NULL, "--explain --ending unanswered,handshake_aborted --port $P" },
	[FINDING_UNREACHABLE] = { NULL, "--explain --ending unreachable --port $P" },
	[FINDING_ACCEPT_QUEUE] = { "ss -ltnp 'sport = :$P'", "--explain --port $P" },
	[FINDING_TIMED_OUT] = { NULL, "--explain --ending timed_out --host $H" },
	[FINDING_RESET] = { NULL, "--explain --ending reset --port $P" },
	[FINDING_LOCAL_PORTS] = { "ss -tan dst $H dport = :$P", "--summary --host $H --port $P" },
	[FINDING_UNCLOSED] = { NULL, "--open --where 'state == close_wait'$C" },
	[FINDING_SYN_QUEUE] = { "ss -tan state syn-recv sport = :$P", "--explain --port $P" },
	[FINDING_HALF_OPEN] = { "ss -tan state syn-recv sport = :$P", "--open --port $P" },
	[FINDING_TW_BUCKETS] = { "nstat -az TcpExtTCPTimeWaitOverflow", "--where 'time_wait.exit == never_created'" },
	[FINDING_RETRANSMITS] = { NULL, "--timeline --where 'retransmits > 0' --host $H" },
	[FINDING_SLOW_ACCEPT] = { NULL, "--timeline --where 'handshake.accept_delay > 1s' --port $P" },
};

static bool is_plain(const char *word)
{
	for (size_t i = 0; i < sizeof(((struct finding *)0)->process) && word[i]; i++)
		if (!isalnum((unsigned char)word[i]) && (!strchr("._-", word[i]) || !i))
			return false;
	return *word;
}

static void put_command(const struct finding *f, const char *p, struct strbuf *out)
{
	char address[ENDPOINT_TEXT_SIZE];

	for (; *p; p++) {
		if (*p != '$') {
			strbuf_putc(out, *p);
			continue;
		}
		p++;
		if (*p == 'H')
			strbuf_puts(out, endpoint_address(&f->end, address));
		else if (*p == 'P')
			strbuf_printf(out, "%u", f->end.port);
		else if (is_plain(f->process))
			strbuf_printf(out, " --comm %.*s", (int)sizeof(f->process), f->process);
	}
}

void report_command(const struct finding *f, const struct report_place *p, struct strbuf *out)
{
	if (f->kind >= FINDING_KIND_COUNT || !COMMANDS[f->kind].own)
		return;
	if (COMMANDS[f->kind].here && !p->file && !p->netns) {
		put_command(f, COMMANDS[f->kind].here, out);
		return;
	}
	strbuf_puts(out, "tcplife-trace ");
	if (p->file)
		strbuf_printf(out, "-r %s ", p->file);
	if (p->netns)
		strbuf_printf(out, "--netns %s ", p->netns);
	put_command(f, COMMANDS[f->kind].own, out);
}
