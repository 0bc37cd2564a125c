// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Figures by service port and in total, to stderr: at the end, and every --summary SECS. All count from the start. */
#include <string.h>
#include <unistd.h>

#include "core/decode.h"
#include "core/ending.h"
#include "options.h"
#include "sink/advise.h"
#include "sink/text/text.h"
#include "sink/text/port_stats.h"
#include "sink/text/summary_ports.h"

#define PORTS_SHOWN 20
#define NS_PER_S    1000000000ULL

struct summary {
	struct text_out text_out;
	struct port_table ports;
	struct strbuf cell;
	uint64_t began_ns, shown_ns;
};

/* ---- a port's line ---- */

static void put_right(struct strbuf *out, const char *text, size_t width)
{
	size_t have = human_width(text);

	strbuf_pad(out, out->len, width > have ? width - have : 0);
	strbuf_puts(out, text);
}

static void put_number(struct summary *s, uint64_t n, size_t width)
{
	strbuf_reset(&s->cell);
	strbuf_uint(&s->cell, n);
	put_right(&s->text_out.out.buf, strbuf_text(&s->cell), width);
}

static void put_quantile(struct summary *s, const struct histogram *h, unsigned int permille, size_t width)
{
	strbuf_reset(&s->cell);
	if (h->count)
		human_duration(&s->cell, histogram_quantile(h, permille), s->text_out.style | HUMAN_COMPACT);
	else
		strbuf_putc(&s->cell, '-');
	put_right(&s->text_out.out.buf, strbuf_text(&s->cell), width);
}

/* The side that closes first in most orderly closes, and its share: "client" or "server". */
static void put_first_closer(struct summary *s, const struct port_stats *p, size_t width)
{
	uint64_t client = p->first_closer[CLIENT], server = p->first_closer[SERVER];
	uint64_t more = client >= server ? client : server;

	strbuf_reset(&s->cell);
	if (more)
		strbuf_printf(&s->cell, "%s %llu%%", side_name_text(client >= server ? CLIENT : SERVER),
			      (unsigned long long)(more * 100 / (client + server)));
	else
		strbuf_putc(&s->cell, '-');
	put_right(&s->text_out.out.buf, strbuf_text(&s->cell), width);
}

static void write_head(struct summary *s)
{
	strbuf_puts(&s->text_out.out.buf,
		    "                               --handshake--  --duration---      closed  TIME_");
	text_line_end(&s->text_out);
	strbuf_puts(&s->text_out.out.buf,
		    " PORT   CONNS  FAILED    OPEN     p50    p99    p50    p99        first   WAIT");
	text_line_end(&s->text_out);
}

static void write_port(struct summary *s, const struct port_stats *p)
{
	struct strbuf *out = &s->text_out.out.buf;

	if (p->other)
		strbuf_puts(out, "other");
	else
		put_number(s, p->port, 5);
	put_number(s, p->closed + p->open, 8);
	put_number(s, port_stats_failed(p), 8);
	put_number(s, p->open, 8);
	put_quantile(s, &p->handshake, 500, 8);
	put_quantile(s, &p->handshake, 990, 7);
	put_quantile(s, &p->duration, 500, 7);
	put_quantile(s, &p->duration, 990, 7);
	put_first_closer(s, p, 13);
	put_number(s, p->held[CLIENT] + p->held[SERVER], 7);
	text_line_end(&s->text_out);
}

/* ---- what is to be said of it below ---- */

/* "18 reset": after a comma if it is not the first. */
static void put_count(struct strbuf *out, bool *first, const char *lead, uint64_t n, const char *what)
{
	if (!n)
		return;
	strbuf_printf(out, "%s%llu %s", *first ? lead : ", ", (unsigned long long)n, what);
	*first = false;
}

static void write_failures(struct summary *s, const struct port_stats *p)
{
	bool first = true;

	for (int i = 0; i < ENDING_COUNT; i++) {
		if (i != ENDING_CLOSED && i != ENDING_OPEN)
			put_count(&s->text_out.out.buf, &first, "      not orderly: ", p->ending[i], ending_name(i));
	}
	if (!first)
		text_line_end(&s->text_out);
}

static void write_advice(struct summary *s, const struct port_stats *p)
{
	const struct advice *a = port_stats_advice(p);
	struct strbuf *out = &s->text_out.out.buf;

	if (!a)
		return;
	strbuf_puts(out, "      advice: ");
	advise(s->text_out.out.sink, a, out);
	text_line_end(&s->text_out);
}

static void write_time_wait(struct summary *s, const struct port_stats *p)
{
	struct strbuf *out = &s->text_out.out.buf;
	const struct histogram *h = &p->time_wait;
	bool first = true;

	if (h->count) {
		strbuf_puts(out, "      TIME_WAIT lasted ");
		human_duration(out, h->min, s->text_out.style);
		if (h->count > 1) {
			strbuf_puts(out, " to ");
			human_duration(out, h->max, s->text_out.style);
			strbuf_puts(out, ", median ");
			human_duration(out, histogram_quantile(h, 500), s->text_out.style);
		}
		for (int i = 0; i < TIMEWAIT_EXIT_COUNT; i++)
			put_count(out, &first, ": ", p->exit[i], timewait_exit_name(i));
		text_line_end(&s->text_out);
	} else if (p->exit[TIMEWAIT_EXIT_NEVER_CREATED]) {
		put_count(out, &first, "      TIME_WAIT: ", p->exit[TIMEWAIT_EXIT_NEVER_CREATED],
			  timewait_exit_name(TIMEWAIT_EXIT_NEVER_CREATED));
		text_line_end(&s->text_out);
	}
	first = true;
	put_count(out, &first, "      TIME_WAIT held now: ", p->held[CLIENT], "by the client");
	put_count(out, &first, "      TIME_WAIT held now: ", p->held[SERVER], "by the server");
	if (!first)
		text_line_end(&s->text_out);
}

/* "      3 in CLOSE_WAIT, for up to 5m 12s: the server, leaky[4242], has not closed" */
static void write_unclosed(struct summary *s, const struct unclosed *u, enum side_name side)
{
	struct strbuf *out = &s->text_out.out.buf;

	strbuf_printf(out, "      %llu in CLOSE_WAIT, for %s", (unsigned long long)u->count,
		      u->count > 1 ? "up to " : "");
	human_duration(out, u->longest_ns, s->text_out.style);
	strbuf_printf(out, ": the %s", side_name_text(side));
	if (u->holder.pid) {
		strbuf_puts(out, ", ");
		text_actor_name(out, &u->holder, s->text_out.style);
		strbuf_printf(out, "[%u],", u->holder.pid);
	}
	strbuf_puts(out, " has not closed");
	text_line_end(&s->text_out);
}

static void write_open(struct summary *s, const struct port_stats *p)
{
	struct strbuf *out = &s->text_out.out.buf;
	bool first = true;

	put_count(out, &first, "      ", p->half_open, "half-open: SYN+ACK sent, not yet acknowledged");
	if (!first)
		text_line_end(&s->text_out);
	for (int i = CLIENT; i < SIDES; i++) {
		if (p->unclosed[i].count)
			write_unclosed(s, &p->unclosed[i], i);
	}
}

static void write_ports(struct summary *s)
{
	const struct port_stats *sorted[PORT_STATS_MAX + 1];
	size_t shown = s->ports.count < PORTS_SHOWN ? s->ports.count : PORTS_SHOWN;

	if (!s->ports.count)
		return;
	port_table_sorted(&s->ports, sorted);
	write_head(s);
	for (size_t i = 0; i < shown; i++) {
		write_port(s, sorted[i]);
		write_failures(s, sorted[i]);
		write_advice(s, sorted[i]);
		write_time_wait(s, sorted[i]);
		write_open(s, sorted[i]);
	}
	if (s->ports.count > shown) {
		strbuf_printf(&s->text_out.out.buf, "      and %zu more port%s", s->ports.count - shown,
			      human_s(s->ports.count - shown));
		text_line_end(&s->text_out);
	}
}

/* ---- totals ---- */

static void write_lost(struct summary *s, const struct conn_table_counters *n)
{
	struct strbuf *out = &s->text_out.out.buf;
	bool first = true;

	if (n->lost_total) {
		for (int i = 0; i < EVENT_KINDS; i++)
			put_count(out, &first, "lost: ", n->lost[i], event_kind_name(i));
		text_line_end(&s->text_out);
	}
	if (n->evicted) {
		strbuf_printf(out, "%llu connection%s dropped: %s", (unsigned long long)n->evicted, human_s(n->evicted),
			      n->no_memory ? "memory ran out" : "the table was full (--max-connections)");
		text_line_end(&s->text_out);
	}
}

static void write_totals(struct summary *s)
{
	const struct conn_table_counters *n = conn_table_counters(s->text_out.out.sink->table);
	uint64_t connections = 0;

	for (size_t i = 0; i < s->ports.count; i++)
		connections += s->ports.list[i]->closed + s->ports.list[i]->open;
	strbuf_printf(&s->text_out.out.buf, "%llu connection%s traced, %llu event%s, %llu lost",
		      (unsigned long long)connections, human_s(connections), (unsigned long long)n->events,
		      human_s(n->events), (unsigned long long)n->lost_total);
	text_line_end(&s->text_out);
	write_lost(s, n);
}

static void write_summary(struct summary *s, uint64_t now_ns)
{
	struct strbuf *out = &s->text_out.out.buf;

	if (s->began_ns && now_ns > s->began_ns) {
		strbuf_puts(out, "Summary after ");
		human_duration(out, now_ns - s->began_ns, s->text_out.style);
		text_line_end(&s->text_out);
	}
	write_ports(s);
	summary_local_ports(&s->text_out, census_now(s->text_out.out.sink->census));
	write_totals(s);
	output_flush(&s->text_out.out);
}

/* ---- the sink ---- */

static int summary_open(struct sink *s, const char *arg)
{
	struct summary *m = s->private;

	text_open(&m->text_out, s, STDERR_FILENO);
	census_want(s->census);
	return 0;
}

static void begin(struct summary *s, uint64_t now_ns)
{
	if (!s->began_ns)
		s->began_ns = s->shown_ns = now_ns;
}

static void summary_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct summary *m = s->private;

	begin(m, now_ns);
	switch (change) {
	case CONN_CLOSED:
		port_table_closed(&m->ports, c);
		break;
	case CONN_STILL_OPEN:
		port_table_now(&m->ports, c, now_ns);
		break;
	case CONN_FINISHED:
		port_table_finished(&m->ports, c);
		/* Tracing stops while it is in TIME_WAIT; one that is open was reported as CONN_STILL_OPEN. */
		if (c->flags & CONN_REPORTED)
			port_table_now(&m->ports, c, now_ns);
		break;
	case CONN_OPENED:
	case CONN_TIMEWAIT_OVER:
	case CONN_LISTED:
		break;
	}
}

struct count_now {
	struct summary *summary;
	uint64_t now_ns;
};

static bool count_one(void *ctx, const struct conn *c)
{
	const struct count_now *count = ctx;
	struct summary *s = count->summary;
	const struct options *o = s->text_out.out.sink->options;

	if (options_want(o, c))
		port_table_now(&s->ports, c, count->now_ns);
	return true;
}

static void summary_tick(struct sink *s, uint64_t now_ns)
{
	struct summary *m = s->private;
	struct count_now count = { m, now_ns };

	if (!now_ns)
		return;
	begin(m, now_ns);
	if (!s->options->summary_secs || now_ns - m->shown_ns < s->options->summary_secs * NS_PER_S)
		return;
	m->shown_ns = now_ns;
	conn_table_each(s->table, count_one, &count);
	write_summary(m, now_ns);
	port_table_forget_now(&m->ports);
}

static int summary_close(struct sink *s)
{
	struct summary *m = s->private;

	write_summary(m, conn_table_now(s->table));
	port_table_free(&m->ports);
	strbuf_free(&m->cell);
	return text_close(&m->text_out);
}

const struct sink_ops sink_summary = {
	.name = "summary",
	.help = "figures by service port, on stderr, at the end and every --summary SECS",
	.private_size = sizeof(struct summary),
	.open = summary_open,
	.conn = summary_conn,
	.tick = summary_tick,
	.close = summary_close,
};
