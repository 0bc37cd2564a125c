// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/container_state.h"

#include <jansson.h>
#include <string.h>

#include "lib/cleanup.h"

static void drop(json_t **j)
{
	json_decref(*j);
}

#define _cleanup_json_ _cleanup_(drop)

/* NULL unless it is text. */
static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool is_id(const char *text)
{
	return text && strlen(text) == CONTAINER_ID_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == CONTAINER_ID_SIZE - 1;
}

/* One that is too long is left out, rather than cut into another's. */
static void report(const char *id, const char *name, const char *runtime, container_found_fn found, void *ctx)
{
	struct container_names n = { 0 };

	if (!is_id(id) || !name || !*name || strlen(name) >= sizeof(n.name))
		return;
	memcpy(n.name, name, strlen(name) + 1);
	memcpy(n.runtime, runtime, strlen(runtime) + 1);
	container_names_runtime_name(name, &n);
	found(ctx, id, &n);
}

void container_state_docker(const char *text, size_t len, container_found_fn found, void *ctx)
{
	_cleanup_json_ json_t *root = json_loadb(text, len, 0, NULL);
	const char *name = text_of(root, "Name");

	report(text_of(root, "ID"), name && *name == '/' ? name + 1 : name, "docker", found, ctx);
}

void container_state_storage(const char *text, size_t len, container_found_fn found, void *ctx)
{
	_cleanup_json_ json_t *root = json_loadb(text, len, 0, NULL);

	for (size_t i = 0; i < json_array_size(root); i++) {
		const json_t *entry = json_array_get(root, i);

		/* Whose it is shows in the cgroup's path. */
		report(text_of(entry, "id"), json_string_value(json_array_get(json_object_get(entry, "names"), 0)), "",
		       found, ctx);
	}
}
