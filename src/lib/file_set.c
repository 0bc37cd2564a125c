// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/file_set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "tcplife-"

void file_set_name(const struct file_set_file *f, char name[FILE_SET_NAME_SIZE])
{
	time_t begin = (time_t)f->begin_s;
	char when[32];
	struct tm tm;

	gmtime_r(&begin, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	snprintf(name, FILE_SET_NAME_SIZE, PREFIX "%09u-%s.tlt", f->number, when);
}

bool file_set_parse(const char *name, struct file_set_file *out)
{
	char again[FILE_SET_NAME_SIZE];
	struct tm tm = { 0 };
	const char *end;
	time_t begin;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	name += strlen(PREFIX);
	if (strspn(name, "0123456789") != 9 || name[9] != '-')
		return false;
	end = strptime(name + 10, "%Y%m%dT%H%M%SZ", &tm);
	begin = end ? timegm(&tm) : -1;
	if (begin < 0 || strcmp(end, ".tlt") != 0)
		return false;
	*out = (struct file_set_file) { .number = (uint32_t)strtoul(name, NULL, 10), .begin_s = (uint64_t)begin };
	/* strptime() also takes what we do not write: spaces, the 31st of June. */
	file_set_name(out, again);
	return out->number && !strcmp(again + strlen(PREFIX), name);
}

static int by_number(const void *a, const void *b)
{
	const struct file_set_file *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->begin_s < y->begin_s ? -1 : x->begin_s > y->begin_s;
}

static int add(struct file_set *s, size_t *room, const struct file_set_file *f)
{
	if (s->count == *room) {
		size_t more = *room ? *room * 2 : 64;
		struct file_set_file *longer = reallocarray(s->file, more, sizeof(*longer));

		if (!longer)
			return -ENOMEM;
		s->file = longer;
		*room = more;
	}
	s->file[s->count++] = *f;
	return 0;
}

int file_set_list(int fd, struct file_set *out)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	struct file_set_file f;
	size_t room = 0;

	*out = (struct file_set) { 0 };
	if (!dir) {
		err = -errno;
		if (own >= 0)
			close(own);
		return err;
	}
	for (const struct dirent *entry; !err && (entry = readdir(dir));)
		if (file_set_parse(entry->d_name, &f))
			err = add(out, &room, &f);
	closedir(dir);
	if (err)
		file_set_free(out);
	else if (out->count)
		qsort(out->file, out->count, sizeof(*out->file), by_number);
	return err;
}

void file_set_free(struct file_set *s)
{
	free(s->file);
	*s = (struct file_set) { 0 };
}

size_t file_set_find(const struct file_set *s, uint64_t wall_ns)
{
	uint64_t wall_s = wall_ns / 1000000000ULL;
	size_t at = 0;

	/* Where the clock was set back, the earlier one: too much is read, but nothing is left out. */
	while (at + 1 < s->count && s->file[at + 1].begin_s < wall_s)
		at++;
	return at;
}
