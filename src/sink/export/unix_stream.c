// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides which lines of a batch count as delivered when the listener closes in the middle of one. */
#include "sink/export/unix_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"

#define SLICE_MS 200 /* while a listener takes nothing, how often to check whether tracing has ended */

struct unix_stream {
	struct exporter *exporter;
	struct sockaddr_un address;
	socklen_t address_len;
	int fd; /* -1 = not connected */
	char why[128];
};

static int make_address(struct unix_stream *u, const char *path)
{
	size_t len = strlen(path);

	if (!len || len >= sizeof(u->address.sun_path))
		return -EINVAL;
	u->address.sun_family = AF_UNIX;
	memcpy(u->address.sun_path, path, len + 1);
	u->address_len = offsetof(struct sockaddr_un, sun_path) + len + 1;
	if (path[0] == '@') { /* abstract: NUL before the name, none behind it */
		u->address.sun_path[0] = '\0';
		u->address_len--;
	}
	return 0;
}

static int connect_again(struct unix_stream *u)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&u->address, u->address_len))
		return -errno;
	u->fd = TAKE_FD(fd);
	return 0;
}

static void disconnect(struct unix_stream *u)
{
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

/* Bytes that the socket took, or a negative errno; -ETIMEDOUT when tracing has ended and the listener takes nothing. */
static ssize_t send_some(struct unix_stream *u, const char *p, size_t len)
{
	struct pollfd wait = { .fd = u->fd, .events = POLLOUT };
	ssize_t n;

	while ((n = send(u->fd, p, len, MSG_NOSIGNAL)) < 0) {
		unsigned int left_ms;

		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		left_ms = exporter_time_left(u->exporter, SLICE_MS);
		if (!left_ms)
			return -ETIMEDOUT;
		poll(&wait, 1, left_ms);
	}
	return n;
}

/* Bytes that the connection took before err. */
static size_t send_lines(struct unix_stream *u, const char *lines, size_t len, int *err)
{
	size_t at = 0;

	*err = 0;
	while (at < len) {
		ssize_t n = send_some(u, lines + at, len - at);

		if (n < 0) {
			*err = n;
			break;
		}
		at += n;
	}
	return at;
}

static size_t whole_lines(const char *lines, size_t len)
{
	const char *end = len ? memrchr(lines, '\n', len) : NULL;

	return end ? end + 1 - lines : 0;
}

static struct exporter_result unix_stream_send(void *ctx, const char *lines, size_t len)
{
	struct unix_stream *u = ctx;
	struct exporter_result r = { .why = u->why };

	/* Twice: only sending shows that the listener was replaced by another. */
	for (int attempt = 0; attempt < 2 && r.done < len; attempt++) {
		r.err = u->fd < 0 ? connect_again(u) : 0;
		if (!r.err)
			r.done += whole_lines(lines + r.done, send_lines(u, lines + r.done, len - r.done, &r.err));
		if (r.err)
			disconnect(u);
		if (r.err == -ETIMEDOUT)
			break;
	}
	if (!r.err)
		return r;
	snprintf(u->why, sizeof(u->why), "%s", strerror(-r.err));
	r.err = -EAGAIN;
	return r;
}

int unix_stream_new(struct unix_stream **out, const char *name, const struct options *o)
{
	struct unix_stream *u = calloc(1, sizeof(*u));
	struct exporter_config config = {
		.name = name,
		.queue_bytes = o->queue_bytes,
		.batch_bytes = 256 << 10,
		.linger_ms = 50,
		.backoff_ms = 100,
		.patience_ms = 5000,
		.may_wait = options_offline(o),
		.send = unix_stream_send,
		.ctx = u,
	};
	int err;

	if (!u)
		return log_errno(-ENOMEM, "%s", name);
	u->fd = -1;
	err = make_address(u, name + strlen(UNIX_STREAM_PREFIX));
	if (err)
		log_error("%s: the path must have 1 to %zu bytes", name, sizeof(u->address.sun_path) - 1);
	else if ((err = exporter_new(&u->exporter, &config)))
		log_errno(err, "%s", name);
	if (err)
		free(u);
	else
		*out = u;
	return err;
}

struct exporter *unix_stream_exporter(struct unix_stream *u)
{
	return u->exporter;
}

void unix_stream_close(struct unix_stream **up)
{
	struct unix_stream *u = TAKE_PTR(*up);

	if (!u)
		return;
	exporter_close(&u->exporter);
	disconnect(u);
	free(u);
}
