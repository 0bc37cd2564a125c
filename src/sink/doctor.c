// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is wrong on this host, the worst first: printed when tracing ends. */
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "sink/doctor/report.h"
#include "sink/metrics/census.h"
#include "sink/sink.h"
#include "sink/text/text.h"

#define SHOWN	32
#define INDENT	4
#define NARROW	40
#define NO_TERM 80

struct doctor {
	struct text_out text_out;
	struct findings findings;
	struct strbuf line;
	uint64_t began_ns; /* the table's time; 0 = nothing has come yet */
};

static int doctor_open(struct sink *s, const char *arg)
{
	struct doctor *d = s->private;

	text_open(&d->text_out, s, STDOUT_FILENO);
	census_want(s->census);
	return findings_init(&d->findings);
}

static void begin(struct doctor *d, uint64_t now_ns)
{
	if (!d->began_ns)
		d->began_ns = now_ns;
}

static void doctor_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct doctor *d = s->private;

	begin(d, now_ns);
	switch (change) {
	case CONN_OPENED:
		findings_opened(&d->findings, c);
		break;
	case CONN_CLOSED:
		findings_closed(&d->findings, c);
		break;
	case CONN_STILL_OPEN:
		findings_open(&d->findings, c, now_ns);
		break;
	case CONN_TIMEWAIT_OVER:
	case CONN_FINISHED:
	case CONN_LISTED:
		break;
	}
}

static void doctor_tick(struct sink *s, uint64_t now_ns)
{
	if (now_ns)
		begin(s->private, now_ns);
}

/* ---- at the end ---- */

/* Wrapped at spaces, each line indented. */
static void write_wrapped(struct doctor *d, const char *lead)
{
	size_t columns = d->text_out.term.columns ? d->text_out.term.columns : NO_TERM;
	size_t indent = human_width(lead), room = (columns > NARROW ? columns : NARROW) - INDENT, used = indent;
	struct strbuf *out = &d->text_out.out.buf, word = { 0 };
	const char *text = strbuf_text(&d->line), *space = "";

	strbuf_pad(out, out->len, INDENT);
	strbuf_puts(out, lead);
	while (*text) {
		size_t bytes = strcspn(text, " "), width;

		strbuf_reset(&word);
		strbuf_add(&word, text, bytes);
		width = strlen(space) + human_width(strbuf_text(&word));
		if (*space && used + width > room) {
			text_line_end(&d->text_out);
			strbuf_pad(out, out->len, INDENT + indent);
			used = indent;
			space = "";
		}
		strbuf_puts(out, space);
		strbuf_add(out, text, bytes);
		used += width;
		space = " ";
		text += bytes + strspn(text + bytes, " ");
	}
	text_line_end(&d->text_out);
	strbuf_free(&word);
}

static void write_title(struct doctor *d, const struct finding *f, size_t number)
{
	struct strbuf *out = &d->text_out.out.buf;
	const char *paint = finding_harm(f) == HARM_FAILS ? TERM_RED : TERM_YELLOW;

	strbuf_reset(&d->line);
	report_title(f, d->text_out.style, &d->line);
	strbuf_printf(out, "%2zu. %s%s%s", number, term_paint(&d->text_out.term, paint), strbuf_text(&d->line),
		      term_paint(&d->text_out.term, TERM_RESET));
	text_line_end(&d->text_out);
}

static void write_finding(struct doctor *d, const struct finding *f, const struct report_place *p, size_t number)
{
	text_line_end(&d->text_out);
	write_title(d, f, number);
	strbuf_reset(&d->line);
	report_evidence(f, d->text_out.style, &d->line);
	write_wrapped(d, "");
	strbuf_reset(&d->line);
	report_advice(f, p, &d->line);
	if (d->line.len)
		write_wrapped(d, "advice: ");
	strbuf_reset(&d->line);
	report_command(f, p, &d->line);
	strbuf_pad(&d->text_out.out.buf, d->text_out.out.buf.len, INDENT);
	strbuf_printf(&d->text_out.out.buf, "more:   %s", strbuf_text(&d->line));
	text_line_end(&d->text_out);
}

/* Of several files the first: the others are said to be there. */
static const char *file_of(const struct options *o)
{
	return o->pcap_count ? o->pcap[0] : o->replay_count ? o->replay[0] : NULL;
}

static void write_head(struct doctor *d, size_t n)
{
	const struct sink *s = d->text_out.out.sink;
	struct strbuf *out = &d->text_out.out.buf;
	uint64_t now_ns = conn_table_now(s->table), connections = d->findings.connections;
	const char *file = file_of(s->options);

	strbuf_puts(out, "Looked at ");
	if (file)
		human_text(out, file, strlen(file), d->text_out.style);
	else
		strbuf_puts(out, "this host");
	if (s->options->pcap_count + s->options->replay_count > 1)
		strbuf_printf(out, " and %zu more", s->options->pcap_count + s->options->replay_count - 1);
	if (d->began_ns && now_ns > d->began_ns) {
		strbuf_puts(out, file ? ", " : " for ");
		human_duration(out, now_ns - d->began_ns, d->text_out.style);
	}
	strbuf_printf(out, ": %llu connection%s, ", (unsigned long long)connections, human_s(connections));
	if (n)
		strbuf_printf(out, "%zu finding%s", n, human_s(n));
	else
		strbuf_puts(out, "nothing found");
	text_line_end(&d->text_out);
}

/* What may hide a finding. */
static void write_doubts(struct doctor *d, size_t more)
{
	const struct conn_table_counters *n = conn_table_counters(d->text_out.out.sink->table);
	struct strbuf *out = &d->text_out.out.buf;

	if (more) {
		strbuf_printf(out, "\nand %zu more finding%s", more, human_s(more));
		text_line_end(&d->text_out);
	}
	if (d->findings.beyond || n->lost_total || n->evicted) {
		strbuf_puts(out, "\nNot all was seen: there may be more.");
		text_line_end(&d->text_out);
	}
}

/* All connections of a namespace, or of all. */
static bool asks_for_all(const struct options *o)
{
	return !o->filter.family && !o->filter.pid && !o->filter.port_kinds && !o->filter.cidr_count && !o->where_count;
}

static void report(struct sink *s)
{
	struct doctor *d = s->private;
	const struct finding *found[SHOWN];
	struct report_place place = {
		.file = file_of(s->options),
		.netns = s->options->netns,
		.facts = origin_facts(s->origin),
	};
	size_t n, more;

	findings_ports(&d->findings, &census_now(s->census)->destinations);
	findings_host(&d->findings, place.facts, asks_for_all(s->options));
	n = findings_judge(&d->findings, place.facts, found, SHOWN, &more);
	write_head(d, n + more);
	for (size_t i = 0; i < n; i++)
		write_finding(d, found[i], &place, i + 1);
	write_doubts(d, more);
	s->found = n > 0;
}

static int doctor_close(struct sink *s)
{
	struct doctor *d = s->private;

	report(s);
	findings_free(&d->findings);
	strbuf_free(&d->line);
	return text_close(&d->text_out);
}

const struct sink_ops sink_doctor = {
	.name = "doctor",
	.help = "at the end, what is wrong with the connections of this host, the worst first",
	.private_size = sizeof(struct doctor),
	.on_stdout = SINK_STDOUT_SHARES,
	.open = doctor_open,
	.conn = doctor_conn,
	.tick = doctor_tick,
	.close = doctor_close,
};
