// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides under which service port a connection counts, and what of one that is older than the tracer counts at all. */
#include "sink/text/port_stats.h"

#include <stdlib.h>
#include <string.h>

#include "core/record/conn_phase.h"

void port_table_free(struct port_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->list[i]);
	t->count = 0;
}

static struct port_stats *new_port(struct port_table *t)
{
	struct port_stats *p;

	if (t->count == PORT_STATS_MAX + 1)
		return t->list[PORT_STATS_MAX];
	p = calloc(1, sizeof(*p));
	if (!p) /* shares the last one; with none at all there is nothing to count in */
		return t->count ? t->list[t->count - 1] : NULL;
	p->other = t->count == PORT_STATS_MAX;
	t->list[t->count++] = p;
	return p;
}

static struct port_stats *port_of(struct port_table *t, const struct conn *c)
{
	uint16_t port = c->flow.end[SERVER].port;
	struct port_stats *p;

	if (t->slot[port])
		return t->list[t->slot[port] - 1];
	p = new_port(t);
	if (p && t->list[t->count - 1] == p && !p->closed && !p->port)
		p->port = port;
	if (p)
		t->slot[port] = t->count;
	return p;
}

static void count_ending(struct port_stats *p, const struct conn *c)
{
	enum ending ending = c->verdict.ending < ENDING_COUNT ? c->verdict.ending : ENDING_UNKNOWN;
	struct advice a = { 0 };

	p->ending[ending]++;
	if (ending != ENDING_CLOSED)
		a = advice_of(c);
	if (a.rule != ADVICE_NONE)
		p->advice[ending] = a;
}

void port_table_closed(struct port_table *t, const struct conn *c)
{
	struct port_stats *p = port_of(t, c);
	int first = conn_first_closer(c);
	struct span span;

	if (!p)
		return;
	p->closed++;
	count_ending(p, c);
	if (first >= 0)
		p->first_closer[first]++;
	if (!conn_handshake_completed(c))
		return;
	if (conn_phase(c, PHASE_HANDSHAKE, &span) && span.end_ns)
		histogram_add(&p->handshake, span.end_ns - span.begin_ns);
	/* How long it existed before it was first seen is not known. */
	if (!(c->flags & (CONN_EXISTED | CONN_MIDSTREAM)) && c->close_ns >= c->start_ns)
		histogram_add(&p->duration, c->close_ns - c->start_ns);
}

void port_table_finished(struct port_table *t, const struct conn *c)
{
	struct port_stats *p = port_of(t, c);

	for (int i = CLIENT; p && i < SIDES; i++) {
		const struct timewait *tw = &c->side[i].timewait;
		uint64_t ns;

		if (tw->exit == TIMEWAIT_EXIT_NEVER_CREATED)
			p->exit[TIMEWAIT_EXIT_NEVER_CREATED]++;
		if (!tw->entered_ns || tw->ended_ns <= tw->entered_ns)
			continue;
		p->exit[tw->exit < TIMEWAIT_EXIT_COUNT ? tw->exit : TIMEWAIT_EXIT_UNKNOWN]++;
		/* Of one that existed before the tracer only the rest was seen. */
		if (tw->entered_by != EVIDENCE_DERIVED && timewait_length(tw, &ns))
			histogram_add(&p->time_wait, ns);
	}
}

static void add_unclosed(struct unclosed *u, const struct conn *c, enum side_name side, uint64_t ns)
{
	const struct actor *a = conn_actor(c, side);

	if (ns < CLOSE_WAIT_SLOW_NS)
		return;
	u->count++;
	if (ns <= u->longest_ns)
		return;
	u->longest_ns = ns;
	u->holder = a ? *a : (struct actor) { 0 };
}

void port_table_now(struct port_table *t, const struct conn *c, uint64_t now_ns)
{
	struct port_stats *p = port_of(t, c);

	if (!p)
		return;
	p->open += !c->close_ns;
	p->half_open += !c->close_ns && c->side[SERVER].half_open && !conn_handshake_completed(c);
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i];

		p->held[i] += s->timewait.entered_ns && !s->timewait.ended_ns;
		add_unclosed(&p->unclosed[i], c, i, conn_close_wait_ns(c, i, now_ns));
	}
}

void port_table_forget_now(struct port_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		struct port_stats *p = t->list[i];

		p->open = p->half_open = 0;
		memset(p->held, 0, sizeof(p->held));
		memset(p->unclosed, 0, sizeof(p->unclosed));
	}
}

static int more_connections_first(const void *a, const void *b)
{
	const struct port_stats *p = *(const struct port_stats *const *)a, *q = *(const struct port_stats *const *)b;
	uint64_t n = p->closed + p->open, m = q->closed + q->open;

	if (p->other != q->other)
		return p->other ? 1 : -1;
	if (n != m)
		return n > m ? -1 : 1;
	return (int)p->port - (int)q->port;
}

void port_table_sorted(const struct port_table *t, const struct port_stats *out[PORT_STATS_MAX + 1])
{
	for (size_t i = 0; i < t->count; i++)
		out[i] = t->list[i];
	qsort(out, t->count, sizeof(out[0]), more_connections_first);
}

const struct advice *port_stats_advice(const struct port_stats *p)
{
	enum ending most = ENDING_COUNT;

	for (enum ending i = 0; i < ENDING_COUNT; i++) {
		if (p->advice[i].rule && (most == ENDING_COUNT || p->ending[i] > p->ending[most]))
			most = i;
	}
	return most == ENDING_COUNT ? NULL : &p->advice[most];
}

uint64_t port_stats_failed(const struct port_stats *p)
{
	return p->closed - p->ending[ENDING_CLOSED] - p->ending[ENDING_OPEN] - p->ending[ENDING_UNKNOWN];
}
