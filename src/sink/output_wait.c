// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides what waits for a reader that does not read, what is dropped, and how long the end is put off for him. */
#include "sink/output_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

#define WAITING_MIB  16
#define WAITING_MAX  ((size_t)WAITING_MIB << 20)
#define PATIENCE_MS  2000
#define WAIT_STEP_MS 100

/*
 * A pipe or terminal of our own, as it were: to make the one that others share non-blocking would change it for them,
 * too. Without it there is room for PIPE_BUF bytes whenever poll() says that there is room.
 */
static void open_again(struct output_wait *w, int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	w->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	w->is_own = w->fd >= 0;
	w->asks = w->fd < 0;
	if (w->fd < 0)
		w->fd = fd;
}

void output_wait_attach(struct output_wait *w, int fd)
{
	struct stat st;

	w->active = !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || isatty(fd));
	if (!w->active)
		return;
	if (fcntl(fd, F_GETFL) & O_NONBLOCK)
		w->fd = fd;
	else
		open_again(w, fd);
}

/* 0, -EAGAIN while nobody reads it, or another negative errno. */
static int open_fifo(struct output_wait *w)
{
	w->fd = open(w->name, w->open_flags | O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	w->is_own = w->fd >= 0;
	if (w->fd < 0)
		return errno == ENXIO ? -EAGAIN : -errno;
	return 0;
}

int output_wait_fifo(struct output_wait *w, const char *path, int flags)
{
	struct stat st;
	int err;

	if (stat(path, &st) || !S_ISFIFO(st.st_mode))
		return -ENOENT;
	w->name = path;
	w->active = true;
	w->open_flags = flags;
	err = open_fifo(w);
	return err == -EAGAIN ? 0 : err;
}

/* How much was written, or -EAGAIN. */
static ssize_t write_some(struct output_wait *w, const char *p, size_t len)
{
	struct pollfd room = { .fd = w->fd, .events = POLLOUT };
	int err = w->fd < 0 ? open_fifo(w) : 0;
	ssize_t n;

	if (err)
		return err;
	if (w->asks && poll(&room, 1, 0) == 0)
		return -EAGAIN;
	if (w->asks && len > PIPE_BUF)
		len = PIPE_BUF;
	n = write(w->fd, p, len);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n;
}

/* 0 when all is written, -EAGAIN if some still waits. */
static int write_waiting(struct output_wait *w)
{
	while (w->written < w->waiting.len) {
		ssize_t n = write_some(w, w->waiting.text + w->written, w->waiting.len - w->written);

		if (n < 0)
			return (int)n;
		w->written += (size_t)n;
	}
	strbuf_reset(&w->waiting);
	w->written = 0;
	return 0;
}

/* main() takes signals when the loop runs on, which it does not before the reader has read. */
static bool is_told_to_stop(void)
{
	sigset_t pending;

	return !sigpending(&pending) && (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM));
}

/* Until all is written, a signal comes, or nothing was read for that long (0 = for ever). */
static int wait_for_reader(struct output_wait *w, unsigned int patience_ms)
{
	unsigned int waited_ms = 0;
	size_t before = w->written;
	int err;

	while ((err = write_waiting(w)) == -EAGAIN) {
		struct pollfd room = { .fd = w->fd, .events = POLLOUT };

		waited_ms = w->written == before ? waited_ms + WAIT_STEP_MS : 0;
		before = w->written;
		if (is_told_to_stop() || (patience_ms && waited_ms >= patience_ms))
			return -EAGAIN;
		poll(&room, 1, WAIT_STEP_MS);
	}
	return err;
}

static void forget_written(struct output_wait *w)
{
	if (w->written <= w->waiting.len / 2)
		return;
	w->waiting.len -= w->written;
	memmove(w->waiting.text, w->waiting.text + w->written, w->waiting.len);
	w->written = 0;
}

static void drop(struct output_wait *w, uint64_t records)
{
	if (!w->dropped)
		log_notice("%s: %d MiB wait for its reader: records are dropped until it reads on", w->name,
			   WAITING_MIB);
	w->dropped += records ? records : 1;
}

int output_wait_write(struct output_wait *w, const char *bytes, size_t len, uint64_t records)
{
	int err;

	if (w->ending && w->waiting.len - w->written + len > WAITING_MAX)
		wait_for_reader(w, PATIENCE_MS);
	forget_written(w);
	if (!w->patient && len && w->waiting.len - w->written + len > WAITING_MAX)
		drop(w, records);
	else
		strbuf_add(&w->waiting, bytes, len);
	if (w->waiting.failed)
		return -ENOMEM;
	err = w->patient ? wait_for_reader(w, 0) : write_waiting(w);
	if (err != -EAGAIN)
		return err;
	return w->patient ? -EPIPE : 0;
}

int output_wait_finish(struct output_wait *w)
{
	int err = wait_for_reader(w, PATIENCE_MS);

	if (err == -EAGAIN) {
		log_notice("%s: %zu bytes were not read by the end", w->name, w->waiting.len - w->written);
		err = 0;
	}
	if (w->dropped)
		log_notice("%s: %llu records were dropped, since nobody read them", w->name,
			   (unsigned long long)w->dropped);
	return err;
}

void output_wait_free(struct output_wait *w)
{
	if (w->is_own)
		close(w->fd);
	strbuf_free(&w->waiting);
	*w = (struct output_wait) { .fd = -1 };
}
