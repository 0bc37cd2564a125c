// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FIFOs that were peeked into, until they are opened. More than this many on one command line are not kept apart. */
#define KEPT_MAX 16

static struct {
	const char *name;
	int fd;
} kept[KEPT_MAX];

static void keep(const char *name, int fd)
{
	for (size_t i = 0; i < KEPT_MAX; i++) {
		if (!kept[i].name) {
			kept[i].name = name;
			kept[i].fd = fd;
			return;
		}
	}
	close(fd);
}

int input_open(const char *name)
{
	int fd;

	if (!strcmp(name, "-"))
		return STDIN_FILENO;
	for (size_t i = 0; i < KEPT_MAX; i++) {
		if (kept[i].name && !strcmp(kept[i].name, name)) {
			kept[i].name = NULL;
			return kept[i].fd;
		}
	}
	fd = open(name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* By tee(2), which copies what a pipe holds and takes nothing. Its writer may come late, but then writes a whole
 * header. */
ssize_t input_peek_pipe(int fd, void *buf, size_t len)
{
	ssize_t n = -1;
	int copy[2];

	if (pipe2(copy, O_CLOEXEC))
		return -errno;
	do {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			break;
		n = tee(fd, copy[1], len, 0);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		n = read(copy[0], buf, (size_t)n);
	if (n < 0)
		n = -errno;
	close(copy[0]);
	close(copy[1]);
	return n;
}

ssize_t input_peek(const char *name, void *buf, size_t len)
{
	bool is_stdin = !strcmp(name, "-");
	/* As input_open() does it: the FIFO's writer is waited for. */
	int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode))
		n = pread(fd, buf, len, is_stdin ? lseek(fd, 0, SEEK_CUR) : 0);
	else if (S_ISFIFO(st.st_mode))
		n = input_peek_pipe(fd, buf, len);
	if (n < 0)
		n = -errno;
	if (S_ISFIFO(st.st_mode) && !is_stdin)
		keep(name, fd);
	else if (!is_stdin)
		close(fd);
	return n;
}
