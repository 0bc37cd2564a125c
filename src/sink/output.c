// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides when collected output is written, what a failed write means for the sink, and how a file is opened anew for
 * rotation.
 */
#include "sink/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "options.h"
#include "sink/pieces.h"

static bool is_same_file(const char *in_path, const char *out_path)
{
	struct stat in, out;

	return strcmp(in_path, "-") && !stat(in_path, &in) && !stat(out_path, &out) && S_ISREG(in.st_mode) &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* Opening the file that is being read would empty it. */
static bool is_what_we_read(const struct options *options, const char *path)
{
	for (size_t i = 0; i < options->replay_count; i++)
		if (is_same_file(options->replay[i], path))
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

/* May others put something into the directory of this file? Then a link there may be a trap. */
static bool is_shared(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	struct stat st;

	return !folder || stat(folder, &st) || st.st_mode & (S_IWGRP | S_IWOTH);
}

/* more: O_TRUNC or O_APPEND. A descriptor, or a negative errno after a message that ends in then. */
static int open_file(const struct sink *s, const char *path, int more, const char *then)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | more | (is_shared(path) ? O_NOFOLLOW : 0),
		      s->options->file_mode);
	int err = -errno;

	if (fd >= 0)
		return fd;
	if (err == -ELOOP)
		log_error("cannot write %s: it is a link in a directory where others may write%s", path, then);
	else if (*then)
		log_error("cannot write %s: %s%s", path, strerror(-err), then);
	else
		log_errno(err, "cannot write %s", path);
	return err;
}

/* What an earlier run wrote is not emptied where pieces are kept. */
static void keep_earlier(struct output *o)
{
	const struct options *options = o->sink->options;
	struct stat st;

	if (!options->rotate_keep || lstat(o->name, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return;
	if (pieces_put_aside(o->name, options->rotate_keep, &o->last_piece))
		log_notice("cannot keep %s as a piece: it is written anew", o->name);
}

void output_open_stream(struct output *o, struct sink *s, int fd)
{
	*o = (struct output) { .sink = s, .name = fd == STDERR_FILENO ? "stderr" : "stdout", .fd = fd };
	o->wait = (struct output_wait) { .name = o->name, .fd = -1, .patient = options_offline(s->options) };
	output_wait_attach(&o->wait, fd);
}

/* A FIFO, a terminal by name. 0, or a negative errno after a message. */
static int open_path(struct output *o)
{
	int err = output_wait_fifo(&o->wait, o->name, is_shared(o->name) ? O_NOFOLLOW : 0);

	if (!err)
		return 0;
	if (err != -ENOENT)
		return log_errno(err, "cannot write %s", o->name);
	o->fd = open_file(o->sink, o->name, O_TRUNC, "");
	if (o->fd < 0)
		return o->fd;
	output_wait_attach(&o->wait, o->fd);
	return 0;
}

int output_open(struct output *o, struct sink *s, const char *path)
{
	if (!path || !strcmp(path, "-")) {
		output_open_stream(o, s, STDOUT_FILENO);
		return 0;
	}
	*o = (struct output) { .sink = s, .name = path, .fd = -1 };
	o->wait = (struct output_wait) { .name = path, .fd = -1, .patient = options_offline(s->options) };
	if (is_what_we_read(s->options, path)) {
		log_error("%s is being read and cannot be written too", path);
		return -EINVAL;
	}
	keep_earlier(o);
	return open_path(o);
}

/* 0 or a negative errno. */
static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno != EINTR)
			return -errno;
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

	o->wait.ending = o->sink->loop && loop_is_stopped(o->sink->loop);
	if (!o->sink->error && !err && o->wait.active)
		err = output_wait_write(&o->wait, strbuf_text(&o->buf), o->buf.len, o->records);
	else if (!o->sink->error && !err && o->buf.len)
		err = write_all(o->fd, o->buf.text, o->buf.len);
	o->written += o->buf.len;
	o->records = 0;
	strbuf_reset(&o->buf);
	if (err && !o->sink->error)
		fail(o, err);
}

void output_finish(struct output *o)
{
	int err = 0;

	output_flush(o);
	if (o->wait.active && !o->sink->error)
		err = output_wait_finish(&o->wait);
	output_wait_free(&o->wait);
	strbuf_free(&o->buf);
	if (err)
		fail(o, err);
}

/* Delayed allocation and network file systems may report a full disk only here. */
static void close_file(struct output *o)
{
	if (o->fd >= 0 && o->fd != STDOUT_FILENO && close(o->fd) && !o->sink->error)
		fail(o, -errno);
}

int output_reopen(struct output *o)
{
	int fd;

	if (o->fd == STDOUT_FILENO)
		return 0;
	output_flush(o);
	if (o->wait.active) /* what waits there must not go elsewhere */
		return 1;
	fd = open_file(o->sink, o->name, O_APPEND, ": the file that was open is kept");
	if (fd < 0)
		return 1;
	close_file(o);
	o->fd = fd;
	return 1;
}

void output_replace(struct output *o, int fd)
{
	output_flush(o);
	close_file(o);
	o->fd = fd;
	o->written = 0;
}

static bool piece_is_over(const struct output *o, uint64_t now_ns)
{
	const struct options *options = o->sink->options;

	return (options->rotate_bytes && o->written + o->buf.len >= options->rotate_bytes) ||
	       (options->rotate_secs && now_ns - o->since_ns >= options->rotate_secs * 1000000000ULL);
}

void output_rotate(struct output *o, uint64_t now_ns)
{
	struct stat st;
	int err;

	if (!o->since_ns)
		o->since_ns = now_ns;
	if (o->fd == STDOUT_FILENO || o->wait.active || o->sink->error || !piece_is_over(o, now_ns))
		return;
	output_flush(o);
	o->since_ns = now_ns;
	o->written = 0;
	if (fstat(o->fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return;
	err = pieces_put_aside(o->name, o->sink->options->rotate_keep, &o->last_piece);
	if (err)
		log_errno(err, "cannot rotate %s: it goes on in one piece", o->name);
	else
		output_reopen(o);
}

int output_close(struct output *o)
{
	output_finish(o);
	close_file(o);
	return o->sink->error;
}
