// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides when collected output is written, what a failed write means for the sink, and how a file is opened anew for
 * rotation.
 */
#include "sink/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "options.h"

static bool is_same_file(const char *in_path, const char *out_path)
{
	struct stat in, out;

	return strcmp(in_path, "-") && !stat(in_path, &in) && !stat(out_path, &out) && S_ISREG(in.st_mode) &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* Opening the file that is being read would empty it. */
static bool is_what_we_read(const struct options *options, const char *path)
{
	if (options->replay && is_same_file(options->replay, path))
		return true;
	for (size_t i = 0; i < options->pcap_count; i++)
		if (is_same_file(options->pcap[i], path))
			return true;
	return false;
}

unsigned int output_needs(const char *path)
{
	return path && strcmp(path, "-") ? NEEDS_FILES : 0;
}

int output_open(struct output *o, struct sink *s, const char *path)
{
	*o = (struct output) { .sink = s, .name = "stdout", .fd = STDOUT_FILENO };
	if (!path || !strcmp(path, "-"))
		return 0;
	if (is_what_we_read(s->options, path)) {
		log_error("%s is being read and cannot be written too", path);
		return -EINVAL;
	}
	o->name = path;
	o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return o->fd < 0 ? log_errno(-errno, "cannot write %s", path) : 0;
}

/* 0 or a negative errno. If somebody made the descriptor non-blocking, waits for it. */
static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };

			poll(&wait, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return -errno;
		}
		if (n > 0) {
			p += n;
			len -= n;
		}
	}
	return 0;
}

static void fail(struct output *o, int err)
{
	o->sink->error = err;
	if (err != -EPIPE)
		log_errno(err, "cannot write %s: output is incomplete", o->name);
}

void output_flush(struct output *o)
{
	int err = o->buf.failed ? -ENOMEM : 0;

	if (!o->sink->error && !err && o->buf.len)
		err = write_all(o->fd, o->buf.text, o->buf.len);
	strbuf_reset(&o->buf);
	if (err && !o->sink->error)
		fail(o, err);
}

/* Delayed allocation and network file systems may report a full disk only here. */
static void close_file(struct output *o)
{
	if (o->fd != STDOUT_FILENO && close(o->fd) && !o->sink->error)
		fail(o, -errno);
}

int output_reopen(struct output *o)
{
	int fd;

	if (o->fd == STDOUT_FILENO)
		return 0;
	output_flush(o);
	fd = open(o->name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0) {
		log_errno(-errno, "cannot open %s anew: still writing to the old file", o->name);
		return 1;
	}
	close_file(o);
	o->fd = fd;
	return 1;
}

int output_close(struct output *o)
{
	output_flush(o);
	close_file(o);
	strbuf_free(&o->buf);
	return o->sink->error;
}
