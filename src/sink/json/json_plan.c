// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Prepares the nested objects of a record once, from the dotted paths of its fields, so that writing a record is a
 * walk over a table.
 */
#include "sink/json/json_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Index of the object of that key in parent; made if there is none. */
static int object_of(struct json_plan *p, int parent, const char *key, size_t len)
{
	struct json_plan_object *o;

	if (len >= sizeof(o->key))
		return -EINVAL;
	for (size_t i = 0; i < p->object_count; i++) {
		o = &p->object[i];
		if (o->parent == parent && strlen(o->key) == len && !memcmp(o->key, key, len))
			return i;
	}
	o = reallocarray(p->object, p->object_count + 1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	p->object = o;
	p->object[p->object_count] = (struct json_plan_object) { .parent = parent };
	memcpy(p->object[p->object_count].key, key, len);
	return p->object_count++;
}

static int sequence_add_step(struct json_plan *p, const struct field *f)
{
	struct json_plan_step *step = &p->step[p->step_count++];
	const char *key = f->path, *dot;
	int object = -1, len;

	while ((dot = strchr(key, '.'))) {
		object = object_of(p, object, key, dot - key);
		if (object < 0)
			return object;
		key = dot + 1;
	}
	step->field = f;
	step->object = object;
	len = snprintf(step->key, sizeof(step->key), ",\"%s\":", key);
	step->key_len = len;
	return len < (int)sizeof(step->key) ? 0 : -EINVAL;
}

static bool is_inside(const struct json_plan *p, int object, int ancestor)
{
	while (object != ancestor && object >= 0)
		object = p->object[object].parent;
	return object == ancestor;
}

static void add_opened(const struct json_plan *p, int from, int to, struct strbuf *out)
{
	if (to == from)
		return;
	add_opened(p, from, p->object[to].parent, out);
	strbuf_printf(out, "%s\"%s\":{", out->len && out->text[out->len - 1] == '{' ? "" : ",", p->object[to].key);
}

static int move_init(const struct json_plan *p, int from, int to, struct strbuf *buffer, struct json_plan_move *m)
{
	strbuf_reset(buffer);
	while (!is_inside(p, to, from)) {
		strbuf_putc(buffer, '}');
		from = p->object[from].parent;
	}
	add_opened(p, from, to, buffer);
	if (buffer->failed)
		return -ENOMEM;
	if (buffer->len > sizeof(m->text))
		return -EINVAL;
	m->len = buffer->len;
	memcpy(m->text, strbuf_text(buffer), buffer->len);
	return 0;
}

/* -1 = the record itself */
static struct json_plan_move *move_of(const struct json_plan *p, int from, int to)
{
	return &p->move[(size_t)(from + 1) * (p->object_count + 1) + (size_t)(to + 1)];
}

static int moves_init(struct json_plan *p)
{
	int objects = (int)p->object_count, err = 0;
	struct strbuf buffer = { 0 };

	p->move = calloc((p->object_count + 1) * (p->object_count + 1), sizeof(*p->move));
	if (!p->move)
		return -ENOMEM;
	for (int from = -1; from < objects && !err; from++)
		for (int to = -1; to < objects && !err; to++)
			err = move_init(p, from, to, &buffer, move_of(p, from, to));
	strbuf_free(&buffer);
	return err;
}

/* Of each step, with how many behind it it shares what may not be there. */
static void runs_init(struct json_plan *p)
{
	for (size_t i = p->step_count; i-- > 0;) {
		struct json_plan_step *step = &p->step[i], *next = step + 1;

		step->run = 1;
		if (i + 1 < p->step_count && next->field->there == step->field->there &&
		    next->field->group == step->field->group)
			step->run += next->run;
	}
}

int json_plan_init(struct json_plan *p, bool (*wanted)(const struct field *f))
{
	const struct field *f;
	int err = 0;

	*p = (struct json_plan) { .step = calloc(field_count(), sizeof(*p->step)) };
	if (!p->step)
		return -ENOMEM;
	for (size_t i = 0; !err && (f = field_at(i)); i++)
		if (!wanted || wanted(f))
			err = sequence_add_step(p, f);
	if (!err)
		err = moves_init(p);
	if (!err)
		runs_init(p);
	if (err)
		json_plan_free(p);
	return err;
}

void json_plan_free(struct json_plan *p)
{
	free(p->move);
	free(p->object);
	free(p->step);
	*p = (struct json_plan) { 0 };
}

/* Copies a text of the plan whole, which is faster than as much as there is of it: what is too much is written over.
 */
#define PUT(p, from, len) (memcpy(p, from, sizeof(from)), (p) + (len))

/* The comma in front is left out where none is due. */
static char *put_move(char *p, const struct json_plan_move *m, bool comma)
{
	if (comma || !m->len || m->text[0] != ',')
		return PUT(p, m->text, m->len);
	memcpy(p, m->text + 1, m->len - 1);
	return p + m->len - 1;
}

static char *put_key(char *p, const struct json_plan_step *step, bool comma)
{
	if (comma)
		return PUT(p, step->key, step->key_len);
	memcpy(p, step->key + 1, step->key_len - 1);
	return p + step->key_len - 1;
}

static char *put_word(char *p, const struct value *v)
{
	*p++ = '"';
	if (v->len) {
		memcpy(p, v->buf, WORD_MAX + 1);
		p += v->len;
	} else {
		p = stpcpy(p, v->text);
	}
	*p++ = '"';
	return p;
}

/* Of a text a word. */
static char *put_value(char *p, const struct value *v)
{
	switch (v->type) {
	case VALUE_BOOL:
		return stpcpy(p, v->boolean ? "true" : "false");
	case VALUE_INT:
		return int_digits(p, v->integer);
	case VALUE_UINT:
		return uint_digits(p, v->uinteger);
	case VALUE_TEXT:
		break;
	}
	return put_word(p, v);
}

/* For a field whose text, if it has one, is a word or as long as a process's name: others get room of their own. */
#define TEXT_USUALLY 15
#define STEP_ROOM    (JSON_PLAN_MOVE + JSON_PLAN_KEY + JSON_TEXT_ROOM(TEXT_USUALLY))

_Static_assert(JSON_TEXT_ROOM(TEXT_USUALLY) > WORD_MAX + 3 && JSON_TEXT_ROOM(TEXT_USUALLY) > UINT_DIGITS, "STEP_ROOM");

struct writing {
	const struct json_plan *plan;
	struct strbuf *out;
	char *to; /* NULL after a failure; there is room for all steps that are left */
	int object;
	bool comma;
};

static bool make_room(struct writing *w, size_t more)
{
	w->to = strbuf_room(w->out, (w->plan->step_count + 1) * STEP_ROOM + more);
	return w->to;
}

/* A text of any length. */
static bool put_text(struct writing *w, const char *text)
{
	size_t len = strlen(text);

	if (len > TEXT_USUALLY) {
		strbuf_used(w->out, w->to - strbuf_end(w->out));
		if (!make_room(w, JSON_TEXT_ROOM(len)))
			return false;
	}
	w->to = json_put_text(w->to, text, len);
	return true;
}

static bool put_field(struct writing *w, const struct json_plan_step *step, const struct value *v)
{
	if (step->object != w->object) {
		w->to = put_move(w->to, move_of(w->plan, w->object, step->object), w->comma);
		w->comma = w->to[-1] != '{';
		w->object = step->object;
	}
	w->to = put_key(w->to, step, w->comma);
	w->comma = true;
	if (v->type == VALUE_TEXT && !v->word)
		return put_text(w, v->text);
	w->to = put_value(w->to, v);
	return true;
}

void json_plan_write(const struct json_plan *p, const struct conn *c, struct json *j)
{
	struct writing w = { .plan = p, .out = j->out, .object = -1, .comma = j->comma };
	const struct json_plan_move *close;
	struct value v;

	if (!make_room(&w, 0))
		return;
	for (size_t i = 0; i < p->step_count;) {
		const struct json_plan_step *step = &p->step[i], *end = step + step->run;

		i += step->run;
		if (!field_is_there(step->field, c))
			continue;
		for (; step < end; step++) {
			if (step->field->get(c, step->field->of, &v) && !put_field(&w, step, &v))
				return;
		}
	}
	close = move_of(p, w.object, -1);
	w.to = PUT(w.to, close->text, close->len);
	j->comma = w.comma;
	strbuf_used(j->out, w.to - strbuf_end(j->out));
}
