// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Reads a recording and emits its records: the same bytes in the same order as they came when it was made. A directory
 * of them is read as one stream, with --since from the piece on that begins before.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/recording.h"
#include "core/recording_lift.h"
#include "core/recording_run.h"
#include "event.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "options.h"
#include "source/recording_file.h"
#include "source/recording_set.h"
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
	struct recording_run run;
	bool in_set; /* in a directory */
	struct recording_set set;
	bool at_begin; /* of a file that a header must be the first of */
	int error;     /* of a piece before this one */
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

static void begin_piece(struct source *s, struct replay *r)
{
	struct recording_header h;
	struct event_clock begins;

	if (recording_header_check(r->buf + r->begin, r->end - r->begin, &h))
		return;
	if (h.version != r->header.version)
		say_newer(r, &h);
	recording_lift_begin(&r->lift, &h);
	if (recording_run_piece(&r->run, &h, r->in_set, &begins))
		s->emit(s->emit_ctx, &begins, sizeof(begins));
}

static void emit_record(struct source *s, struct replay *r, size_t size)
{
	const struct event *e = (const void *)(r->buf + r->begin);

	e = recording_lift_record(&r->lift, e);
	if (!recording_run_take(&r->run, (struct event *)e)) /* it stands in our own memory */
		return;
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
	struct recording_header h;
	enum recording_item item;
	size_t size;

	while ((item = recording_next(r->buf + r->begin, r->end - r->begin, &size)) != RECORDING_MORE) {
		if (r->at_begin && item != RECORDING_HEADER)
			return refuse(r->name, recording_header_check(r->buf, r->end, &h));
		r->at_begin = false;
		if (item == RECORDING_DAMAGED)
			return damaged(r);
		if (item == RECORDING_HEADER)
			begin_piece(s, r);
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

static void say_cut(struct replay *r)
{
	size_t left = r->end - r->begin;

	if (recording_file_is_cut(r->file) || left)
		r->run.is_broken = true;
	if (recording_file_is_cut(r->file))
		log_notice("%s ends in the middle of a compressed frame: the readable part is used", r->name);
	else if (left)
		log_notice("%s ends in the middle of a record: the last %zu bytes are ignored", r->name, left);
}

/* 0, -ENOENT behind the last, or another negative errno after a message. */
static int open_next(struct replay *r)
{
	int err;

	recording_file_close(&r->file);
	err = recording_set_next(&r->set, &r->file);
	r->name = r->set.name ?: r->set.path;
	r->begin = r->end = r->offset = 0;
	r->at_begin = true;
	return err;
}

/* What can be read of a set is read, whatever one of its pieces is like. False: there is no other. */
static bool go_on(struct replay *r, int err)
{
	while (r->in_set) {
		r->error = err ?: r->error;
		r->run.is_broken |= err;
		err = open_next(r);
		if (!err)
			return true;
		if (err == -ENOENT)
			break;
	}
	return false;
}

/* One slice. */
static void step(struct source *s)
{
	struct replay *r = s->private;
	int err = emit_buffer(s, r);

	if (!err) {
		ssize_t n = fill(r);

		if (n > 0 || n == -EAGAIN)
			return;
		if (n == 0 && r->at_begin)
			err = refuse(r->name, -EINVAL);
		else if (n == 0)
			say_cut(r);
		else
			err = unreadable(r, (int)n);
	}
	if (go_on(r, err))
		return;
	if (!err)
		say_left_out(r);
	finish(s, r, err ?: r->error);
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
	recording_run_piece(&r->run, &r->header, r->in_set, NULL);
	say_newer(r, &r->header);
	return 0;
}

static void replay_close(struct source *s)
{
	struct replay *r = s->private;

	free(r->buf);
	recording_file_close(&r->file);
	if (r->in_set)
		recording_set_close(&r->set);
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

/* The first from which something can be read. */
static int open_first_of_set(struct replay *r)
{
	int err;

	while (!(err = open_next(r))) {
		err = read_header(r);
		r->at_begin = false;
		if (!err)
			return 0;
		r->error = err;
	}
	return r->error ?: err;
}

static int open_set(struct replay *r, uint64_t since_ns)
{
	int err;

	recording_set_seek(&r->set, since_ns);
	err = open_first_of_set(r);
	if (!since_ns || err || recording_set_is_named(&r->set, r->header.wall_ns))
		return err;
	log_notice("%s does not begin when its name says: %s is read from its beginning", r->name, r->set.path);
	r->run = (struct recording_run) { 0 };
	recording_set_seek(&r->set, 0);
	return open_first_of_set(r);
}

static int open_file(struct replay *r, const char *arg)
{
	int err = recording_file_open(arg, &r->file);

	r->name = strcmp(arg, "-") ? arg : "standard input";
	return err ? log_errno(err, "cannot read %s", arg) : read_header(r);
}

static int replay_open(struct source *s, const char *arg)
{
	struct replay *r = s->private;
	int err = recording_set_open(&r->set, arg);

	if (err && err != -ENOTDIR)
		return err;
	r->in_set = !err;
	/* Its later files may be another user's, as those of the service, and are opened while it runs. */
	if (r->in_set && !s->options->borrowed)
		s->capabilities |= 1ULL << CAP_DAC_READ_SEARCH;
	r->buf = malloc(BUFFER_SIZE);
	if (!r->buf)
		err = log_errno(-ENOMEM, "cannot read %s", arg);
	else
		err = r->in_set ? open_set(r, s->options->since_ns) : open_file(r, arg);
	if (!err)
		err = add_to_loop(s, r);
	if (err) {
		replay_close(s);
		return err;
	}
	if (r->in_set) {
		s->origin.set_begin_ns = r->set.files.file[0].begin_s * 1000000000ULL;
		s->origin.set_end_ns = recording_set_end_ns(&r->set);
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
