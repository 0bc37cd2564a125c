// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/recording_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"

int recording_set_open(struct recording_set *s, const char *path)
{
	int err;

	*s = (struct recording_set) { .path = path };
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return errno == ENOTDIR || errno == ENOENT ? -ENOTDIR : log_errno(-errno, "cannot read %s", path);
	err = file_set_list(s->dir, &s->files);
	if (err)
		log_errno(err, "cannot read %s", path);
	if (!err && !s->files.count) {
		log_error("there is no recording in %s", path);
		err = -ENODATA;
	}
	if (err)
		recording_set_close(s);
	return err;
}

void recording_set_close(struct recording_set *s)
{
	if (s->dir >= 0)
		close(s->dir);
	file_set_free(&s->files);
	free(s->name);
	*s = (struct recording_set) { .dir = -1 };
}

void recording_set_seek(struct recording_set *s, uint64_t wall_ns)
{
	s->next = file_set_find(&s->files, wall_ns);
}

bool recording_set_is_named(const struct recording_set *s, uint64_t wall_ns)
{
	return s->next && s->files.file[s->next - 1].begin_s >= wall_ns / 1000000000ULL;
}

/* 0 or a negative errno. */
static int open_one(struct recording_set *s, const struct file_set_file *f, struct recording_file **out)
{
	char name[FILE_SET_NAME_SIZE];

	file_set_name(f, name);
	free(s->name);
	if (asprintf(&s->name, "%s/%s", s->path, name) < 0) {
		s->name = NULL;
		return -ENOMEM;
	}
	return recording_file_open_at(s->dir, name, out);
}

int recording_set_next(struct recording_set *s, struct recording_file **out)
{
	while (s->next < s->files.count) {
		int err = open_one(s, &s->files.file[s->next++], out);

		if (err != -ENOENT)
			return err ? log_errno(err, "cannot read %s", s->name ?: s->path) : 0;
	}
	return -ENOENT;
}
