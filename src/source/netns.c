// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"

static int open_if_inum(const char *path, uint64_t inum)
{
	struct stat st;

	if (stat(path, &st) < 0 || st.st_ino != inum)
		return -ENOENT;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Looks through a directory whose entries, with suffix, are namespaces. */
static int search(const char *dir, const char *suffix, uint64_t inum)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int fd = -ENOENT;

	if (!d)
		return -ENOENT;
	while (fd < 0 && (entry = readdir(d))) {
		char path[300];

		if (snprintf(path, sizeof(path), "%s/%s%s", dir, entry->d_name, suffix) < (int)sizeof(path))
			fd = open_if_inum(path, inum);
	}
	closedir(d);
	return fd;
}

static int open_by_inum(uint64_t inum)
{
	int fd = open_if_inum("/proc/self/ns/net", inum);

	if (fd < 0)
		fd = search("/run/netns", "", inum);
	return fd < 0 ? search("/proc", "/ns/net", inum) : fd;
}

int netns_open(const char *name)
{
	char path[256];
	char *end;
	uint64_t inum;
	int fd;

	if (!name)
		name = "/proc/self/ns/net";
	inum = strtoull(name, &end, 10);
	if (*name && !*end)
		return open_by_inum(inum);
	if (snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : "/run/netns/%s", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

uint32_t netns_inum(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : (uint32_t)st.st_ino;
}

int netns_enter(int fd, int *back)
{
	_cleanup_close_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	*back = -1;
	if (own < 0)
		return -errno;
	if (netns_inum(own) == netns_inum(fd))
		return 0; /* no privilege is needed to stay */
	if (setns(fd, CLONE_NEWNET) < 0)
		return -errno;
	*back = TAKE_FD(own);
	return 0;
}

void netns_leave(int *back)
{
	if (*back < 0)
		return;
	/* To go on in the wrong namespace would attach to the wrong interfaces, so the program ends. */
	if (setns(*back, CLONE_NEWNET) < 0) {
		log_errno(-errno, "cannot return to the original network namespace");
		abort();
	}
	close(*back);
	*back = -1;
}
