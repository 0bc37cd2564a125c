// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Paths of cgroups, names of files, and files of container runtimes: foreign bytes that name containers. */
#include "fuzz.h"

#include "core/cgroup_path.h"
#include "core/container_names.h"
#include "lib/file_set.h"
#include "source/container_state.h"

static void on_found(void *ctx, const char *id, const struct container_names *names)
{
	struct event_container e = { 0 };

	if (strlen(id) != CONTAINER_ID_SIZE - 1 || !names->name[0])
		abort();
	container_names_put(names, &e);
}

static void check_text(const char *text)
{
	struct container_names names = { 0 };
	struct cgroup_place place;
	char id[CONTAINER_ID_SIZE], again[FILE_SET_NAME_SIZE];
	struct file_set_file file;

	if (file_set_parse(text, &file)) {
		file_set_name(&file, again);
		if (strcmp(again, text))
			abort();
	}
	container_names_pod_dir(text, &names);
	container_names_log_link(text, &names, id);
	container_names_runtime_name(text, &names);
	cgroup_path_parse(text, &place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	container_state_docker(text, size, on_found, NULL);
	container_state_storage(text, size, on_found, NULL);
	/* As long as a file's name, or a path in a record, can be. */
	text[size < EVENT_CGROUP_PATH ? size : EVENT_CGROUP_PATH - 1] = '\0';
	check_text(text);
	free(text);
	return 0;
}
