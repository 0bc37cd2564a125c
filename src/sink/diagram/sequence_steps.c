// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/diagram/sequence_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/human.h"

static void show_unnamed_gap(struct sequence_build *t, uint64_t ns);

static struct step *insert_step(struct sequence_build *t, size_t at, enum step_kind kind, int side)
{
	static struct step nowhere; /* beyond the maximum: dropped */
	struct sequence *s = t->sequence;

	if (s->count == SEQUENCE_STEPS_MAX)
		return &nowhere;
	memmove(&s->step[at + 1], &s->step[at], (s->count - at) * sizeof(s->step[0]));
	s->count++;
	s->step[at] = (struct step) { .kind = kind, .side = side };
	return &s->step[at];
}

static struct step *new_step(struct sequence_build *t, enum step_kind kind, int side)
{
	return insert_step(t, t->sequence->count, kind, side);
}

static const struct step *last_step(const struct sequence_build *t)
{
	return t->sequence->count ? &t->sequence->step[t->sequence->count - 1] : NULL;
}

struct step *sequence_add_step(struct sequence_build *t, enum step_kind kind, int side, uint64_t ts_ns)
{
	const struct step *last = last_step(t);
	struct step *step;

	if (last && last->kind != STEP_GAP && t->last_ns && ts_ns > t->last_ns &&
	    ts_ns - t->last_ns >= SEQUENCE_FOLD_NS)
		show_unnamed_gap(t, ts_ns - t->last_ns);
	step = new_step(t, kind, side);
	step->ts_ns = ts_ns;
	if (ts_ns > t->last_ns)
		t->last_ns = ts_ns;
	return step;
}

struct sequence_duration_text sequence_duration(const struct sequence_build *t, uint64_t ns)
{
	struct strbuf out = { 0 };
	struct sequence_duration_text d;

	human_duration(&out, ns, t->style);
	snprintf(d.text, sizeof(d.text), "%s", strbuf_text(&out));
	strbuf_free(&out);
	return d;
}

static void show_unnamed_gap(struct sequence_build *t, uint64_t ns)
{
	const char *dots = t->style & HUMAN_UTF8 ? "…" : "...";
	struct step *step = new_step(t, STEP_GAP, CLIENT);

	step->gap_ns = ns;
	step->unnamed = true;
	snprintf(step->text, sizeof(step->text), "%s %s %s", dots, sequence_duration(t, ns).text, dots);
}

/*
 * A pause belongs before the states entered in order to send, whose steps exist already. Before them stands either the
 * pause without a name that they ended, or a named one that this one is to follow.
 */
struct step *sequence_new_gap(struct sequence_build *t)
{
	struct sequence *s = t->sequence;
	size_t at = s->count;

	while (at > 0 && s->step[at - 1].kind == STEP_STATE && s->step[at - 1].ts_ns + TOGETHER_NS >= t->last_ns)
		at--;
	if (at == 0 || s->step[at - 1].kind != STEP_GAP)
		return insert_step(t, s->count, STEP_GAP, CLIENT);
	if (!s->step[at - 1].unnamed)
		return insert_step(t, at, STEP_GAP, CLIENT);
	s->step[at - 1] = (struct step) { .kind = STEP_GAP };
	return &s->step[at - 1];
}

struct step *sequence_gap(struct sequence_build *t, uint64_t ns, const char *name, const char *tail)
{
	struct step *step = sequence_new_gap(t);

	step->gap_ns = ns;
	snprintf(step->text, sizeof(step->text), "%s %s%s", name, sequence_duration(t, ns).text, tail);
	return step;
}

struct step *sequence_note(struct sequence_build *t, enum step_topic topic, int side, uint64_t ts_ns,
			   const char *format, ...)
{
	struct step *step = sequence_add_step(t, STEP_NOTE, side, ts_ns);
	va_list args;

	step->topic = topic;
	va_start(args, format);
	vsnprintf(step->text, sizeof(step->text), format, args);
	va_end(args);
	return step;
}

const char *sequence_way_of(const struct sequence_build *t, enum side_name sender)
{
	static const char *const arrows[2][SIDES] = { { "->", "<-" }, { "→", "←" } };

	return arrows[t->style & HUMAN_UTF8 ? 1 : 0][sender];
}
