// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/recording_set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

#define LONGEST_S 3600 /* a file is no longer: it may be a copy that was made later */
#define NS_PER_S  1000000000ULL

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

uint64_t recording_set_end_ns(const struct recording_set *s)
{
	const struct file_set_file *last = &s->files.file[s->files.count - 1];
	char name[FILE_SET_NAME_SIZE];
	struct stat st;

	file_set_name(last, name);
	if (fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) || st.st_mtime < (time_t)last->begin_s ||
	    (uint64_t)st.st_mtime > last->begin_s + LONGEST_S)
		return (last->begin_s + LONGEST_S) * NS_PER_S;
	return ((uint64_t)st.st_mtime + 1) * NS_PER_S;
}

void recording_set_seek(struct recording_set *s, uint64_t wall_ns)
{
	s->next = file_set_find(&s->files, wall_ns);
}

bool recording_set_is_named(const struct recording_set *s, uint64_t wall_ns)
{
	return s->next && s->files.file[s->next - 1].begin_s >= wall_ns / NS_PER_S;
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
