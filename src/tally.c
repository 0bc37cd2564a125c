// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tally.h"

#include <stdlib.h>

#include "core/record/conn_phase.h"
#include "lib/human.h"

static void add_span(struct tally *t, const struct conn *c)
{
	struct tally_span *more;

	if (t->failed || !c->start_ns)
		return;
	if (!(t->spans & (t->spans - 1))) {
		more = reallocarray(t->span, t->spans ? t->spans * 2 : 1, sizeof(*more));
		t->failed = !more;
		if (!more)
			return;
		t->span = more;
	}
	t->span[t->spans++] = (struct tally_span) { c->start_ns, c->close_ns ?: UINT64_MAX };
}

static void count(struct tally *t, const struct conn *c)
{
	struct span handshake;

	t->connections++;
	t->ended[c->close_ns ? c->verdict.ending : ENDING_OPEN]++;
	if (conn_phase(c, PHASE_HANDSHAKE, &handshake) && handshake.end_ns > handshake.begin_ns)
		t->handshake_ns += handshake.end_ns - handshake.begin_ns;
	add_span(t, c);
}

static void put_connection(struct strbuf *out, const struct conn *c)
{
	char client[ENDPOINT_TEXT_SIZE], server[ENDPOINT_TEXT_SIZE];
	struct span handshake;

	strbuf_printf(out, "%s to %s, %s", endpoint_text(&c->flow.end[CLIENT], client),
		      endpoint_text(&c->flow.end[SERVER], server),
		      ending_name(c->close_ns ? c->verdict.ending : ENDING_OPEN));
	if (conn_phase(c, PHASE_HANDSHAKE, &handshake) && handshake.end_ns > handshake.begin_ns) {
		strbuf_puts(out, ", handshake ");
		human_duration(out, handshake.end_ns - handshake.begin_ns, 0);
	}
}

static void judge(struct tally *t, const struct conn *c)
{
	if (query_matches(t->options->slo, c))
		return;
	if (!t->broke++)
		put_connection(&t->first, c);
}

void tally_conn(void *ctx, const struct conn *c, enum conn_change change)
{
	struct tally *t = ctx;
	const struct query *slo = t->options->slo;
	bool over = change == CONN_CLOSED || change == CONN_STILL_OPEN;

	if (over)
		count(t, c);
	if (slo && (query_needs_whole(slo) ? change == CONN_FINISHED : over))
		judge(t, c);
}

static int by_begin(const void *a, const void *b)
{
	const struct tally_span *x = a, *y = b;

	return (x->begin_ns > y->begin_ns) - (x->begin_ns < y->begin_ns);
}

uint64_t tally_idle_ns(struct tally *t, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t idle = 0, busy_until = begin_ns;

	if (t->spans)
		qsort(t->span, t->spans, sizeof(*t->span), by_begin);
	for (size_t i = 0; i < t->spans && busy_until < end_ns; i++) {
		uint64_t begin = t->span[i].begin_ns < end_ns ? t->span[i].begin_ns : end_ns;

		if (begin > busy_until)
			idle += begin - busy_until;
		if (t->span[i].end_ns > busy_until)
			busy_until = t->span[i].end_ns;
	}
	return idle + (busy_until < end_ns ? end_ns - busy_until : 0);
}

void tally_line(struct tally *t, uint64_t begin_ns, uint64_t end_ns, struct strbuf *out)
{
	strbuf_printf(out, "%llu connection%s", (unsigned long long)t->connections, human_s(t->connections));
	for (unsigned int e = 0; e < ENDING_COUNT; e++)
		if (t->ended[e] && e != ENDING_CLOSED)
			strbuf_printf(out, ", %llu %s", (unsigned long long)t->ended[e], ending_name(e));
	strbuf_puts(out, ", ");
	human_duration(out, t->handshake_ns, 0);
	strbuf_puts(out, " in handshakes");
	if (t->failed)
		return;
	strbuf_puts(out, ", ");
	human_duration(out, tally_idle_ns(t, begin_ns, end_ns), 0);
	strbuf_puts(out, " idle");
}

void tally_free(struct tally *t)
{
	strbuf_free(&t->first);
	free(t->span);
	t->span = NULL;
}
