// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/json_plan.h"

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

static int add_step(struct json_plan *p, const struct field *f)
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

int json_plan_init(struct json_plan *p, bool (*wanted)(const struct field *f))
{
	int err = 0;

	*p = (struct json_plan) { .step = calloc(FIELD_COUNT, sizeof(*p->step)) };
	if (!p->step)
		return -ENOMEM;
	for (size_t i = 0; i < FIELD_COUNT && !err; i++)
		if (!wanted || wanted(&FIELDS[i]))
			err = add_step(p, &FIELDS[i]);
	if (err)
		json_plan_free(p);
	return err;
}

void json_plan_free(struct json_plan *p)
{
	free(p->object);
	free(p->step);
	*p = (struct json_plan) { 0 };
}

static bool is_inside(const struct json_plan *p, int object, int ancestor)
{
	while (object != ancestor && object >= 0)
		object = p->object[object].parent;
	return object == ancestor;
}

static void open_down_to(const struct json_plan *p, int from, int to, struct json *j)
{
	if (to == from)
		return;
	open_down_to(p, from, p->object[to].parent, j);
	json_object_begin(j, p->object[to].key);
}

/* Closes and opens what lies between two objects. */
static void move(const struct json_plan *p, int from, int to, struct json *j)
{
	while (!is_inside(p, to, from)) {
		json_object_end(j);
		from = p->object[from].parent;
	}
	open_down_to(p, from, to, j);
}

static void write_value(struct json *j, const struct value *v)
{
	switch (v->type) {
	case VALUE_BOOL:
		json_bool(j, NULL, v->boolean);
		break;
	case VALUE_INT:
		json_int(j, NULL, v->integer);
		break;
	case VALUE_UINT:
		json_uint(j, NULL, v->uinteger);
		break;
	case VALUE_TEXT:
		json_text(j, NULL, v->text);
		break;
	}
}

void json_plan_write(const struct json_plan *p, const struct conn *c, struct json *j)
{
	struct value v;
	int object = -1;

	for (size_t i = 0; i < p->step_count; i++) {
		const struct json_plan_step *step = &p->step[i];

		if (!step->field->get(c, &v))
			continue;
		if (step->object != object) {
			move(p, object, step->object, j);
			object = step->object;
		}
		json_quoted_key(j, step->key, step->key_len);
		write_value(j, &v);
	}
	move(p, object, -1, j);
}
