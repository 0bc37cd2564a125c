// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/diagram/story.h"

#include <ctype.h>
#include <string.h>

#include "core/ending.h"
#include "core/record/conn_phase.h"
#include "core/record/ending_sentence.h"
#include "sink/advise.h"
#include "sink/diagram/diagram.h"

#define HEAD_INDENT	   12 /* where the client's states begin */
#define PHASE_LENGTH_WIDTH 8
#define PHASE_INDENT	   24 /* where the evidence begins */

static const char *paint(const struct story *t, const char *sequence)
{
	return term_paint(&t->text_out->term, sequence);
}

static size_t total_width(const struct story *t)
{
	size_t columns = t->text_out->term.columns, width = diagram_width(t->text_out);

	return columns && columns < width ? columns : width;
}

/* ---- head ---- */

/* Breaks at spaces; continues under its own indent. */
static void write_wrapped(struct story *t, const char *text, const char *color)
{
	struct strbuf *out = &t->text_out->out.buf;
	size_t room = total_width(t) - 2, used = 0;

	strbuf_printf(out, "  %s", paint(t, color));
	while (*text) {
		size_t bytes = strcspn(text, " "), width;

		strbuf_reset(&t->text);
		strbuf_add(&t->text, text, bytes);
		width = human_width(strbuf_text(&t->text));
		if (used && used + 1 + width > room) {
			strbuf_puts(out, "\n  ");
			used = 0;
		} else if (used) {
			strbuf_putc(out, ' ');
			used++;
		}
		strbuf_add(out, text, bytes);
		used += width;
		text += bytes + strspn(text + bytes, " ");
	}
	strbuf_puts(out, *color ? paint(t, TERM_RESET) : "");
	text_line_end(t->text_out);
}

/* The rule across the top. The lifelines' heads have the addresses whole, so here they may be shortened. */
static void write_title(struct story *t, const struct conn *c)
{
	const char *rule = t->text_out->style & HUMAN_UTF8 ? "━" : "=";
	size_t total = total_width(t), room = total > 60 ? (total - 35) / 2 : 16, width;
	struct strbuf *out = &t->text_out->out.buf;

	strbuf_reset(&t->text);
	text_endpoint_fit(&t->text, &c->flow.end[CLIENT], room, t->text_out->style);
	strbuf_puts(&t->text, t->text_out->style & HUMAN_UTF8 ? " → " : " -> ");
	text_endpoint_fit(&t->text, &c->flow.end[SERVER], room, t->text_out->style);
	strbuf_printf(&t->text, "  %s", ending_name(c->verdict.ending));
	if (c->verdict.close_form != CLOSE_FORM_NONE)
		strbuf_printf(&t->text, ", %s", close_form_name(c->verdict.close_form));
	strbuf_printf(out, "%s%s%s %s", paint(t, TERM_BOLD), rule, rule, strbuf_text(&t->text));
	width = human_width(strbuf_text(&t->text)) + 3;
	if (width + 1 < total)
		strbuf_putc(out, ' ');
	for (width++; width < total; width++)
		strbuf_puts(out, rule);
	strbuf_puts(out, paint(t, TERM_RESET));
	text_line_end(t->text_out);
}

static void write_sentence(struct story *t, const struct conn *c)
{
	struct strbuf sentence = { 0 };

	ending_sentence(c, t->text_out->style, &sentence);
	if (sentence.len) {
		sentence.text[0] = toupper((unsigned char)sentence.text[0]);
		strbuf_putc(&sentence, '.');
		write_wrapped(t, strbuf_text(&sentence), "");
	}
	strbuf_free(&sentence);
}

static void write_advice(struct story *t, const struct conn *c)
{
	struct strbuf advice = { 0 };

	strbuf_puts(&advice, "Advice: ");
	if (advise_conn(t->text_out->out.sink, c, &advice)) {
		strbuf_putc(&advice, '.');
		write_wrapped(t, strbuf_text(&advice), TERM_BOLD);
	}
	strbuf_free(&advice);
}

static void write_doubts(struct story *t, const struct conn *c)
{
	if (c->flags & CONN_EXISTED)
		write_wrapped(t, "It existed before tracing began: its beginning was not seen.", TERM_YELLOW);
	else if (c->flags & CONN_MIDSTREAM)
		write_wrapped(t, "It was already open when first seen: its beginning was not seen.", TERM_YELLOW);
	if (c->flags & CONN_ROLES_DERIVED)
		write_wrapped(t, "Which side is the client was inferred, not seen.", TERM_YELLOW);
	for (size_t i = 0; i < t->sequence.count; i++) {
		if (!t->sequence.step[i].implied)
			continue;
		write_wrapped(t, "Dotted arrows were not seen on the wire: the kernel's state changes imply them.",
			      TERM_YELLOW);
		break;
	}
}

static void write_when(struct story *t, const struct conn *c)
{
	struct strbuf when = { 0 };

	if (!c->wall_offset_ns)
		return;
	strbuf_puts(&when, c->flags & CONN_EXISTED ? "First seen " : "Began ");
	text_wall_clock(&when, c, c->start_ns, "%Y-%m-%d %H:%M:%S", 6);
	strbuf_printf(&when, ", id %016llx%016llx", (unsigned long long)c->id[0], (unsigned long long)c->id[1]);
	write_wrapped(t, strbuf_text(&when), TERM_DIM);
	strbuf_free(&when);
}

static void actor_text(struct story *t, const struct conn *c, enum side_name side, struct strbuf *out)
{
	const struct actor *a = conn_actor(c, side);

	if (a) {
		text_actor_name(out, a, t->text_out->style);
		if (a->pid)
			strbuf_printf(out, "[%u]", a->pid);
	} else {
		strbuf_puts(out, side_is_local(&c->side[side]) ? "process unknown"
				 : c->flags & CONN_LOOPBACK    ? "no socket"
							       : "remote");
	}
}

/* One line with the client's text at the left and the server's at the right; two where they would meet. */
static void write_heads(struct story *t, const char *left, const char *right)
{
	size_t width = total_width(t), room = width > HEAD_INDENT ? width - HEAD_INDENT : 0, from;
	struct strbuf *out = &t->text_out->out.buf;

	from = out->len;
	strbuf_pad(out, from, HEAD_INDENT);
	human_cut(out, left, room, t->text_out->style);
	if (human_width(left) + 2 + human_width(right) > room) {
		text_line_end(t->text_out);
		from = out->len;
	}
	strbuf_pad(out, from, width > human_width(right) ? width - human_width(right) : 0);
	human_cut(out, right, width, t->text_out->style);
	text_line_end(t->text_out);
}

static void write_sides(struct story *t, const struct conn *c)
{
	struct strbuf text[SIDES] = { 0 };
	char end[SIDES][ENDPOINT_TEXT_SIZE];

	write_heads(t, "client", "server");
	for (int i = CLIENT; i < SIDES; i++)
		actor_text(t, c, i, &text[i]);
	write_heads(t, strbuf_text(&text[CLIENT]), strbuf_text(&text[SERVER]));
	write_heads(t, endpoint_text(&c->flow.end[CLIENT], end[CLIENT]),
		    endpoint_text(&c->flow.end[SERVER], end[SERVER]));
	strbuf_free(&text[CLIENT]);
	strbuf_free(&text[SERVER]);
}

/* ---- foot ---- */

static void evidence_text(unsigned int evidence, struct strbuf *out)
{
	static const char *const names[] = { "wire", "kernel", "derived" };
	const char *comma = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(evidence & 1U << i))
			continue;
		strbuf_printf(out, "%s%s", comma, names[i]);
		comma = ", ";
	}
}

static void timewait_text(struct story *t, const struct conn *c, struct strbuf *out)
{
	int side = conn_timewait_side(c);
	const struct timewait *tw = &c->side[side].timewait;

	strbuf_printf(out, "%s, nominal ", side_name_text(side));
	human_duration(out, timewait_nominal_ns(tw), t->text_out->style);
	strbuf_printf(out, ", %s", timewait_exit_name(tw->exit));
	if (tw->restarts)
		strbuf_printf(out, ", %u restart%s", tw->restarts, human_s(tw->restarts));
}

static bool is_end_unseen(const struct conn *c, enum phase p)
{
	int side = conn_timewait_side(c);

	if (p != PHASE_TIME_WAIT)
		return c->close_ns;
	return side >= 0 && c->side[side].timewait.ended_ns;
}

static void phase_length(struct story *t, const struct conn *c, enum phase p, const struct span *span,
			 struct strbuf *out)
{
	if (!span->end_ns)
		strbuf_puts(out, is_end_unseen(c, p) ? "unseen" : "running");
	else if (span->end_ns == span->begin_ns)
		strbuf_puts(out, "at once");
	else
		human_duration(out, span->end_ns - span->begin_ns, t->text_out->style);
}

/* "  handshake       52 µs  wire" */
static void write_phase(struct story *t, const struct conn *c, enum phase p, const struct span *span)
{
	struct strbuf *out = &t->text_out->out.buf;
	size_t width;

	strbuf_printf(out, "  %-11s ", conn_phase_name(p));
	strbuf_reset(&t->text);
	phase_length(t, c, p, span, &t->text);
	width = human_width(strbuf_text(&t->text));
	strbuf_pad(out, out->len, width < PHASE_LENGTH_WIDTH ? PHASE_LENGTH_WIDTH - width : 0);
	strbuf_printf(out, "%s  %s", strbuf_text(&t->text), paint(t, TERM_DIM));
	strbuf_reset(&t->text);
	evidence_text(span->begin_evidence | span->end_evidence, &t->text);
	if (p == PHASE_TIME_WAIT) {
		strbuf_puts(&t->text, "; ");
		timewait_text(t, c, &t->text);
	}
	human_cut(out, strbuf_text(&t->text), total_width(t) - PHASE_INDENT, t->text_out->style);
	strbuf_puts(out, paint(t, TERM_RESET));
	text_line_end(t->text_out);
}

static void write_phases(struct story *t, const struct conn *c)
{
	struct span span;

	for (int p = PHASE_HANDSHAKE; p < PHASES; p++) {
		if (conn_phase(c, p, &span))
			write_phase(t, c, p, &span);
	}
	text_line_end(t->text_out);
}

static uint64_t origin_of(const struct conn *c)
{
	uint64_t first = c->moments.count ? c->moments.list[0].ts_ns : c->start_ns;

	return first < c->start_ns ? first : c->start_ns;
}

void story_draw(struct story *t, struct text_out *out, const struct conn *c, bool explain, uint64_t now_ns)
{
	t->text_out = out;
	sequence_tell(&t->sequence, c, out->style, now_ns);
	write_title(t, c);
	write_sentence(t, c);
	if (explain)
		write_advice(t, c);
	write_doubts(t, c);
	write_when(t, c);
	text_line_end(out);
	write_sides(t, c);
	if (explain)
		explain_choose(&t->explanations, &t->sequence, c);
	diagram_draw(out, c, &t->sequence, explain ? &t->explanations : NULL, origin_of(c));
	text_line_end(out);
	write_phases(t, c);
}

void story_free(struct story *t)
{
	strbuf_free(&t->text);
}
