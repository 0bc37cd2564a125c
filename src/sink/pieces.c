// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/pieces.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define NAME_SIZE 4096

static int piece_name(char name[NAME_SIZE], const char *path, unsigned int n)
{
	return snprintf(name, NAME_SIZE, "%s.%u", path, n) >= NAME_SIZE ? -ENAMETOOLONG : 0;
}

/* The number of a piece by its name in the directory; 0 = it is none. */
static unsigned int number_of(const char *name, const char *base)
{
	size_t len = strlen(base);
	unsigned long n;
	char *end;

	if (strncmp(name, base, len) != 0 || name[len] != '.' || name[len + 1] < '1' || name[len + 1] > '9')
		return 0;
	n = strtoul(name + len + 1, &end, 10);
	return *end || n >= 1000000000 ? 0 : (unsigned int)n;
}

/* Calls fn for the number of each piece that there is. 0 or a negative errno. */
static int each_piece(const char *path, void (*fn)(void *ctx, unsigned int n), void *ctx)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	_cleanup_free_ char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	DIR *dir = folder ? opendir(folder) : NULL;

	if (!dir)
		return folder ? -errno : -ENOMEM;
	for (const struct dirent *entry; (entry = readdir(dir));) {
		unsigned int n = number_of(entry->d_name, base);

		if (n)
			fn(ctx, n);
	}
	closedir(dir);
	return 0;
}

static void take_highest(void *ctx, unsigned int n)
{
	unsigned int *highest = ctx;

	if (n > *highest)
		*highest = n;
}

struct surplus {
	const char *path;
	unsigned int last; /* this and those before it go */
};

static void remove_surplus(void *ctx, unsigned int n)
{
	const struct surplus *s = ctx;
	char name[NAME_SIZE];

	if (n <= s->last && !piece_name(name, s->path, n))
		unlink(name);
}

static int put_aside_as(const char *path, unsigned int n)
{
	char name[NAME_SIZE];

	return piece_name(name, path, n) ?: rename(path, name) ? -errno : 0;
}

static int put_aside_bounded(const char *path, unsigned int keep, unsigned int *last)
{
	struct surplus surplus = { .path = path };
	int err = each_piece(path, take_highest, last);

	if (!err)
		err = put_aside_as(path, ++*last);
	if (err || *last <= keep)
		return err;
	surplus.last = *last - keep;
	return each_piece(path, remove_surplus, &surplus);
}

int pieces_put_aside(const char *path, unsigned int keep, unsigned int *last)
{
	char name[NAME_SIZE];

	if (keep)
		return put_aside_bounded(path, keep, last);
	for (unsigned int n = *last + 1; n; n++) {
		if (piece_name(name, path, n))
			return -ENAMETOOLONG;
		if (!access(name, F_OK))
			continue;
		*last = n;
		return put_aside_as(path, n);
	}
	return -EEXIST;
}
