/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The fields as nested JSON objects: the dotted paths are taken apart once, not for each record. */
#ifndef TCPLIFE_JSON_PLAN_H
#define TCPLIFE_JSON_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/record/field.h"
#include "lib/json.h"

#define JSON_PLAN_KEY  40 /* `,"name":` of the longest key */
#define JSON_PLAN_MOVE 100

struct json_plan_object {
	char key[JSON_PLAN_KEY - 4];
	int parent; /* -1 = the record itself */
};

/* What closes the objects that are left and opens those that are entered, a comma in front where one is due. */
struct json_plan_move {
	unsigned int len;
	char text[JSON_PLAN_MOVE];
};

struct json_plan_step {
	const struct field *field;
	int object;
	unsigned int run; /* steps from this one on that are about the same thing, see field.there */
	unsigned int key_len;
	char key[JSON_PLAN_KEY]; /* `,"name":`, the last part of its path */
};

struct json_plan {
	struct json_plan_object *object;
	struct json_plan_step *step;
	struct json_plan_move *move; /* from each object to each, the record itself being the first */
	size_t object_count, step_count;
};

/* Takes the fields that wanted() wants; NULL = all. 0, -ENOMEM, or -EINVAL for a path that does not fit. */
int json_plan_init(struct json_plan *p, bool (*wanted)(const struct field *f));
void json_plan_free(struct json_plan *p);
/* Adds what is known of c to the open object j; objects of which nothing is known are left out. */
void json_plan_write(const struct json_plan *p, const struct conn *c, struct json *j);

#endif
