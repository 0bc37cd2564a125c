// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/text/open_list.h"

#include <string.h>

#define IDLE_LEAST_NS 1000000000ULL

static struct open_program *program_of(struct open_list *l, const struct actor *holder)
{
	for (size_t i = 0; i < l->programs; i++)
		if (holder && !memcmp(l->program[i].holder.comm, holder->comm, sizeof(holder->comm)))
			return &l->program[i];
	if (!holder || l->programs == OPEN_PROGRAMS)
		return &l->program[OPEN_PROGRAMS];
	l->program[l->programs].holder = *holder;
	return &l->program[l->programs++];
}

static void add_close_wait(struct open_list *l, const struct conn *c, enum side_name side, uint64_t now_ns)
{
	const struct actor *holder = conn_actor(c, side);
	struct open_program *p = program_of(l, holder && holder->pid ? holder : NULL);
	uint64_t ns = conn_close_wait_ns(c, side, now_ns);

	p->count++;
	p->unread += c->side[side].listed_ns ? c->side[side].stats.unread : 0;
	if (ns < p->longest_ns)
		return;
	p->longest_ns = ns;
	p->at_least = !c->side[side].mark[MARK_CLOSE_WAIT];
	if (holder)
		p->holder = *holder;
}

static void add_fin_wait2(struct open_list *l, const struct side *s, uint64_t now_ns)
{
	uint64_t since = s->mark[MARK_FIN_WAIT2];

	l->fin_wait2++;
	if (since && now_ns - since > l->fin_wait2_longest_ns)
		l->fin_wait2_longest_ns = now_ns - since;
}

static void add_idle(struct open_list *l, const struct conn *c, uint64_t ns)
{
	size_t at = OPEN_IDLE;

	while (at > 0 && l->idle[at - 1].ns < ns)
		at--;
	if (ns < IDLE_LEAST_NS || at == OPEN_IDLE)
		return;
	memmove(&l->idle[at + 1], &l->idle[at], (OPEN_IDLE - 1 - at) * sizeof(l->idle[0]));
	l->idle[at] = (struct open_idle) { .flow = c->flow, .ns = ns };
}

void open_list_add(struct open_list *l, const struct conn *c, uint64_t now_ns)
{
	uint64_t idle_ns = 0;

	l->count++;
	if (c->side[SERVER].state == TCPS_NEW_SYN_RECV && !conn_handshake_completed(c))
		l->half_open++;
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i];

		if (s->state == TCPS_CLOSE_WAIT)
			add_close_wait(l, c, i, now_ns);
		else if (s->state == TCPS_FIN_WAIT2)
			add_fin_wait2(l, s, now_ns);
		else if (s->state == TCPS_ESTABLISHED && s->listed_ns && s->stats.quiet_ms * 1000000ULL > idle_ns)
			idle_ns = s->stats.quiet_ms * 1000000ULL;
	}
	add_idle(l, c, idle_ns);
}

/* ---- as text ---- */

static void write_program(const struct open_program *p, bool others, struct text_out *t)
{
	struct strbuf *out = &t->out.buf;

	if (!p->count)
		return;
	strbuf_printf(out, "  %llu in CLOSE_WAIT for %s", (unsigned long long)p->count,
		      p->at_least    ? "at least "
		      : p->count > 1 ? "up to "
				     : "");
	human_duration(out, p->longest_ns, t->style);
	strbuf_puts(out, ", not closed by ");
	if (others) {
		strbuf_puts(out, "other programs, or it is not known by which");
	} else {
		text_actor_name(out, &p->holder, t->style);
		strbuf_printf(out, "[%u]", p->holder.pid);
	}
	if (p->unread) {
		strbuf_puts(out, "; unread: ");
		human_bytes(out, p->unread);
	}
	text_line_end(t);
}

static void write_idle(const struct open_list *l, struct text_out *t)
{
	struct strbuf *out = &t->out.buf;
	char end[ENDPOINT_TEXT_SIZE];

	for (size_t i = 0; i < OPEN_IDLE && l->idle[i].ns; i++) {
		strbuf_puts(out, "  idle for ");
		human_duration(out, l->idle[i].ns, t->style);
		strbuf_printf(out, ": %s ", endpoint_text(&l->idle[i].flow.end[CLIENT], end));
		strbuf_printf(out, "%s %s", t->style & HUMAN_UTF8 ? "→" : "->",
			      endpoint_text(&l->idle[i].flow.end[SERVER], end));
		text_line_end(t);
	}
}

void open_list_write(struct open_list *l, struct text_out *t)
{
	struct strbuf *out = &t->out.buf;

	if (!l->count)
		return;
	strbuf_printf(out, "%llu connection%s open", (unsigned long long)l->count, human_s(l->count));
	text_line_end(t);
	for (size_t i = 0; i < l->programs; i++)
		write_program(&l->program[i], false, t);
	write_program(&l->program[OPEN_PROGRAMS], true, t);
	if (l->half_open) {
		strbuf_printf(out, "  %llu half-open: SYN+ACK sent, not yet acknowledged",
			      (unsigned long long)l->half_open);
		text_line_end(t);
	}
	if (l->fin_wait2) {
		strbuf_printf(out, "  %llu in FIN_WAIT2, waiting for the other side's FIN",
			      (unsigned long long)l->fin_wait2);
		if (l->fin_wait2_longest_ns) {
			strbuf_puts(out, ", for up to ");
			human_duration(out, l->fin_wait2_longest_ns, t->style);
		}
		text_line_end(t);
	}
	write_idle(l, t);
	*l = (struct open_list) { 0 };
}
