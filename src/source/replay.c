// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reads a recording and emits its records: the same bytes in the same order as they came when it was made. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/recording.h"
#include "core/recording_lift.h"
#include "event.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "source/recording_file.h"
#include "source/source.h"

#define BUFFER_SIZE (1024 * 1024)

struct replay {
	const char *name;
	struct recording_file *file;
	bool idle; /* in loop_idle(): a regular file; else its descriptor is in the loop */
	bool ended;
	bool emitted;
	char *buf; /* items start at multiples of 8 in it */
	size_t begin, end;
	uint64_t offset;		/* of buf + begin, in what the file holds decompressed */
	struct recording_header header; /* of the first piece */
	struct recording_lift lift;
};

/* Moves what is left to the front and reads behind it. As recording_file_read(). */
static ssize_t fill(struct replay *r)
{
	ssize_t n;

	memmove(r->buf, r->buf + r->begin, r->end - r->begin);
	r->end -= r->begin;
	r->begin = 0;
	n = recording_file_read(r->file, r->buf + r->end, BUFFER_SIZE - r->end);
	if (n > 0)
		r->end += n;
	return n;
}

static int unreadable(const struct replay *r, int err)
{
	if (err != -EBADMSG)
		return log_errno(err, "cannot read %s", r->name);
	log_error("%s is damaged: a compressed frame cannot be read (after byte %llu of its contents)", r->name,
		  (unsigned long long)(r->offset + r->end - r->begin));
	return err;
}

static void finish(struct source *s, struct replay *r, int error)
{
	r->ended = true;
	s->ended = !error;
	s->error = error;
	if (!r->idle)
		loop_remove(s->loop, recording_file_fd(r->file));
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

static int refuse(const char *name, int err)
{
	switch (err) {
	case -EPROTO:
		log_error("%s was recorded on a host of the other byte order; replay it on such a host", name);
		break;
	case -EPROTONOSUPPORT:
		log_error("%s has a newer format: replay it with a newer tcplife-trace", name);
		break;
	default:
		log_error("%s is not a recording of tcplife-trace --record", name);
	}
	return err;
}

/* What is new in it is skipped; what that comes to is said at the end. */
static void say_newer(const struct replay *r, const struct recording_header *h)
{
	if (h->version > RECORDING_VERSION)
		log_notice("%s was recorded by a newer tcplife-trace (format %u, this one knows %u): "
			   "its additions are ignored",
			   r->name, h->version, RECORDING_VERSION);
}

static void begin_piece(struct replay *r)
{
	struct recording_header h;

	if (recording_header_check(r->buf + r->begin, r->end - r->begin, &h))
		return;
	if (h.version != r->header.version)
		say_newer(r, &h);
	recording_lift_begin(&r->lift, &h);
}

static void emit_record(struct source *s, struct replay *r, size_t size)
{
	const struct event *e = (const void *)(r->buf + r->begin);

	e = recording_lift_record(&r->lift, e);
	if (!r->emitted)
		emit_clock(s, r, e);
	if (r->end - r->begin > size)
		s->ahead(s->emit_ctx, r->buf + r->begin + size, r->end - r->begin - size);
	s->emit(s->emit_ctx, e, e->size);
}

/* Returns the error. */
static int damaged(const struct replay *r)
{
	const struct event *e = (const void *)(r->buf + r->begin);
	struct recording_header h;
	int err = recording_header_check(e, r->end - r->begin, &h);

	/* A piece by another program was put behind. */
	if (err == -EPROTO || err == -EPROTONOSUPPORT)
		return refuse(r->name, err);
	log_error("%s is damaged at byte %llu: a record of %u bytes", r->name, (unsigned long long)r->offset, e->size);
	return -EBADMSG;
}

/* Emits the whole records of the buffer. 0 or a negative errno; has said why. */
static int emit_buffer(struct source *s, struct replay *r)
{
	enum recording_item item;
	size_t size;

	while ((item = recording_next(r->buf + r->begin, r->end - r->begin, &size)) != RECORDING_MORE) {
		if (item == RECORDING_DAMAGED)
			return damaged(r);
		if (item == RECORDING_HEADER)
			begin_piece(r);
		else
			emit_record(s, r, size);
		r->begin += size;
		r->offset += size;
	}
	return 0;
}

static void say_left_out(const struct replay *r)
{
	if (r->lift.cut)
		log_notice("%llu records of %s have parts that this tcplife-trace does not know; these are ignored",
			   (unsigned long long)r->lift.cut, r->name);
}

static void say_cut(const struct replay *r)
{
	size_t left = r->end - r->begin;

	if (recording_file_is_cut(r->file))
		log_notice("%s ends in the middle of a compressed frame: the readable part is used", r->name);
	else if (left)
		log_notice("%s ends in the middle of a record: the last %zu bytes are ignored", r->name, left);
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
	if (n > 0 || n == -EAGAIN)
		return;
	if (n == 0) {
		say_cut(r);
		say_left_out(r);
	}
	finish(s, r, n ? unreadable(r, n) : 0);
}

static int on_idle(void *ctx)
{
	struct source *s = ctx;
	const struct replay *r = s->private;

	step(s);
	return !r->ended;
}

/* A descriptor is readable again only when its writer has more, which may wait for us. */
static void on_readable(void *ctx, uint32_t events)
{
	struct source *s = ctx;
	const struct replay *r = s->private;

	do {
		step(s);
	} while (!r->ended && recording_file_has_more(r->file));
}

static int read_header(struct replay *r)
{
	ssize_t n;
	int err;

	while ((err = recording_header_check(r->buf, r->end, &r->header)) == -EAGAIN) {
		n = fill(r);
		if (n < 0 && n != -EAGAIN)
			return unreadable(r, n);
		if (n == 0)
			return refuse(r->name, -EINVAL);
	}
	if (err)
		return refuse(r->name, err);
	r->begin = r->offset = r->header.header_size;
	recording_lift_begin(&r->lift, &r->header);
	say_newer(r, &r->header);
	return 0;
}

static void replay_close(struct source *s)
{
	struct replay *r = s->private;

	free(r->buf);
	recording_file_close(&r->file);
}

/* A regular file cannot be waited for (EPERM), and need not be. */
static int add_to_loop(struct source *s, struct replay *r)
{
	int err = loop_add(s->loop, recording_file_fd(r->file), EPOLLIN, on_readable, s);

	if (err == -EPERM) {
		r->idle = true;
		err = loop_idle(s->loop, on_idle, s);
	}
	return err ? log_errno(err, "cannot read %s", r->name) : 0;
}

static void take_origin(struct source *s, const struct recording_header *h)
{
	s->origin.began_wall_ns = h->wall_ns;
	s->origin.began_ns = h->ts_ns;
	s->origin.of_capture = h->features & RECORDING_OF_CAPTURE;
	memcpy(s->origin.host, h->host, sizeof(h->host));
	memcpy(s->origin.kernel, h->kernel, sizeof(h->kernel));
	memcpy(s->origin.hooks, h->hooks, sizeof(h->hooks));
	log_verbose("recorded on %s, Linux %s, with %s", *h->host ? h->host : "an unnamed host",
		    *h->kernel ? h->kernel : "of unknown version", *h->hooks ? h->hooks : "unknown hooks");
}

static int replay_open(struct source *s, const char *arg)
{
	struct replay *r = s->private;
	int err = recording_file_open(arg, &r->file);

	r->name = strcmp(arg, "-") ? arg : "standard input";
	if (err)
		return log_errno(err, "cannot read %s", arg);
	r->buf = malloc(BUFFER_SIZE);
	err = r->buf ? read_header(r) : log_errno(-ENOMEM, "cannot read %s", r->name);
	if (!err)
		err = add_to_loop(s, r);
	if (err) {
		replay_close(s);
		return err;
	}
	recording_header_ports(&r->header, &s->origin.ports);
	take_origin(s, &r->header);
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
