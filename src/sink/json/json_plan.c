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

static char *put_value(char *p, const struct value *v, size_t text_len)
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
	return v->word ? put_word(p, v) : json_put_text(p, v->text, text_len);
}

void json_plan_write(const struct json_plan *p, const struct conn *c, struct json *j)
{
	const struct json_plan_move *close;
	struct value v;
	int object = -1;

	for (size_t i = 0; i < p->step_count; i++) {
		const struct json_plan_step *step = &p->step[i];
		size_t text_len;
		char *start, *to;

		if (!field_get(step->field, c, &v))
			continue;
		text_len = v.type != VALUE_TEXT ? 0 : v.word ? WORD_MAX : strlen(v.text);
		start = to =
			strbuf_room(j->out, JSON_PLAN_MOVE + JSON_PLAN_KEY + UINT_DIGITS + JSON_TEXT_ROOM(text_len));
		if (!start)
			return;
		if (step->object != object) {
			to = put_move(to, move_of(p, object, step->object), j->comma);
			j->comma = to[-1] != '{';
			object = step->object;
		}
		to = put_value(put_key(to, step, j->comma), &v, text_len);
		j->comma = true;
		strbuf_used(j->out, to - start);
	}
	close = move_of(p, object, -1);
	strbuf_add(j->out, close->text, close->len);
}
