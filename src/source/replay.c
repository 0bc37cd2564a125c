// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reads a recording and emits its records: the same bytes in the same order as they came when it was made. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/recording.h"
#include "event.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "source/source.h"

#define BUFFER_SIZE (1024 * 1024)

struct replay {
	const char *name;
	int fd;
	bool idle; /* in loop_idle(): a regular file; else its descriptor is in the loop */
	bool ended;
	bool emitted;
	char *buf; /* records start at multiples of 8 in it */
	size_t begin, end;
	uint64_t offset; /* in the file, of buf + begin */
	struct recording_header header;
};

/* Moves what is left to the front and reads behind it. Bytes read, 0 at the end, or a negative errno. */
static ssize_t fill(struct replay *r)
{
	ssize_t n;

	memmove(r->buf, r->buf + r->begin, r->end - r->begin);
	r->end -= r->begin;
	r->begin = 0;
	do {
		n = read(r->fd, r->buf + r->end, BUFFER_SIZE - r->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	r->end += n;
	return n;
}

static void finish(struct source *s, struct replay *r, int error)
{
	r->ended = true;
	s->ended = !error;
	s->error = error;
	if (!r->idle)
		loop_remove(s->loop, r->fd);
	loop_stop(s->loop);
}

/* Recordings begin with a clock record; one that was cut out of another takes its wall clock from the header. */
static void emit_clock(struct source *s, struct replay *r, const struct event *first)
{
	struct event_clock c = {
		.event = { .kind = EVENT_CLOCK, .size = sizeof(c), .ts_ns = r->header.ts_ns },
		.wall_ns = r->header.wall_ns,
	};

	r->emitted = true;
	if (first->kind != EVENT_CLOCK && r->header.ts_ns <= first->ts_ns)
		s->emit(s->emit_ctx, &c, sizeof(c));
}

/* Emits the whole records of the buffer. 0 or -EBADMSG. */
static int emit_buffer(struct source *s, struct replay *r)
{
	while (r->end - r->begin >= sizeof(struct event)) {
		const struct event *e = (const void *)(r->buf + r->begin);

		if (e->size < sizeof(*e) || e->size % 8) {
			log_error("%s is damaged at byte %llu: a record of %u bytes", r->name,
				  (unsigned long long)r->offset, e->size);
			return -EBADMSG;
		}
		if (r->end - r->begin < e->size)
			break;
		if (!r->emitted)
			emit_clock(s, r, e);
		s->emit(s->emit_ctx, e, e->size);
		r->begin += e->size;
		r->offset += e->size;
	}
	return 0;
}

/* One slice. */
static void step(struct source *s)
{
	struct replay *r = s->private;
	ssize_t n;
	int err = emit_buffer(s, r);

	if (err) {
		finish(s, r, err);
		return;
	}
	n = fill(r);
	if (n < 0)
		finish(s, r, log_errno(n, "cannot read %s", r->name));
	if (n != 0)
		return;
	if (r->end > r->begin)
		log_notice("%s ends in the middle of a record: the last %zu bytes are left out", r->name,
			   r->end - r->begin);
	finish(s, r, 0);
}

static int on_idle(void *ctx)
{
	struct source *s = ctx;
	const struct replay *r = s->private;

	step(s);
	return !r->ended;
}

static void on_readable(void *ctx, uint32_t events)
{
	step(ctx);
}

static int refuse(const char *name, int err)
{
	switch (err) {
	case -EPROTO:
		log_error("%s was recorded on a host of the other byte order; replay it on one of those", name);
		break;
	case -EPROTONOSUPPORT:
		log_error("%s is of a newer format: replay it with a newer tcplife-trace", name);
		break;
	default:
		log_error("%s is no recording of tcplife-trace --record", name);
	}
	return err;
}

static int read_header(struct replay *r)
{
	ssize_t n;
	int err;

	while ((err = recording_header_check(r->buf, r->end, &r->header)) == -EAGAIN) {
		n = fill(r);
		if (n < 0)
			return log_errno(n, "cannot read %s", r->name);
		if (n == 0)
			return refuse(r->name, -EINVAL);
	}
	if (err)
		return refuse(r->name, err);
	r->begin = r->offset = r->header.header_size;
	return 0;
}

static void replay_close(struct source *s)
{
	struct replay *r = s->private;

	free(r->buf);
	if (r->fd > STDIN_FILENO)
		close(r->fd);
}

/* A regular file cannot be waited for (EPERM), and need not be. */
static int add_to_loop(struct source *s, struct replay *r)
{
	int err = loop_add(s->loop, r->fd, EPOLLIN, on_readable, s);

	if (err != -EPERM)
		return err;
	r->idle = true;
	return loop_idle(s->loop, on_idle, s);
}

static int replay_open(struct source *s, const char *arg)
{
	struct replay *r = s->private;
	bool is_stdin = !strcmp(arg, "-");
	int err;

	r->name = is_stdin ? "standard input" : arg;
	r->fd = is_stdin ? STDIN_FILENO : open(arg, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return log_errno(-errno, "cannot read %s", arg);
	r->buf = malloc(BUFFER_SIZE);
	err = r->buf ? read_header(r) : log_errno(-ENOMEM, "cannot read %s", r->name);
	if (!err)
		err = add_to_loop(s, r);
	if (err) {
		replay_close(s);
		return err;
	}
	memcpy(s->host, r->header.host, sizeof(r->header.host));
	recording_header_ports(&r->header, &s->ports);
	return 0;
}

static void replay_drain(struct source *s)
{
}

const struct source_ops source_replay = {
	.name = "replay",
	.help = "a recording",
	.private_size = sizeof(struct replay),
	.open = replay_open,
	.drain = replay_drain,
	.close = replay_close,
};
