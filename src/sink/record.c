// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The records as they came, in a file that --replay reads. They are written in frames of whole records, so that a file
 * is readable up to its last whole frame however the program ends. When the file is large or old enough, the next piece
 * begins. In a directory each piece is a recording by itself (record_set.h): it begins with what is open then.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/recording.h"
#include "core/table/conn_carry.h"
#include "lib/host_clock.h"
#include "lib/log.h"
#include "lib/zframe.h"
#include "options.h"
#include "sink/output.h"
#include "sink/pieces.h"
#include "sink/record_set.h"

#define FRAME_SIZE   (256 * 1024)	  /* of records; a frame is at most one record larger */
#define FRAME_AGE_NS (500 * 1000000ULL)	  /* with the consumer's 100 ms: kill -9 loses under 1 s */
#define IDLE_AGE_NS  (10 * 1000000000ULL) /* if there is nothing but clock records */

struct record {
	struct output out;
	struct zframe_writer *z; /* NULL = uncompressed */
	struct strbuf frame;	 /* records that wait for their frame */
	bool has_header;	 /* of the piece */
	bool begun;		 /* a header was written before */
	bool has_news;		 /* in frame: more than time */
	bool rotates;
	bool in_set; /* and not in one file */
	struct record_set set;
	uint64_t head_bytes;	    /* of the piece: what it repeats */
	uint64_t frame_ns;	    /* of the first record in frame */
	uint64_t piece_ns;	    /* of the first record in the piece */
	uint64_t clock_ns, wall_ns; /* of the last clock record; 0 = none came yet */
	uint64_t last_ns;	    /* of the last record */
	off_t good;		    /* length of the file to the last whole frame; -1 = no file that could be cut */
	uint64_t piece_bytes;
	unsigned int last_piece; /* finished: its number */
};

/* ---- frames ---- */

static void add_header(struct sink *s, struct record *r)
{
	struct recording_origin origin = { .kernel = s->origin->kernel,
					   .host = s->origin->host,
					   .hooks = s->origin->hooks };
	bool clocked = r->clock_ns;
	struct recording_header h;

	recording_header_init(&h, clocked ? r->wall_ns : host_clock_ns(CLOCK_REALTIME),
			      clocked ? r->clock_ns : host_clock_ns(CLOCK_MONOTONIC), &origin);
	recording_header_set_ports(&h, &s->origin->ports);
	if (s->origin->of_capture)
		h.features |= RECORDING_OF_CAPTURE;
	if (r->begun)
		h.features |= RECORDING_CONTINUES | (r->in_set ? RECORDING_CARRIES : 0);
	r->begun = true;
	strbuf_add(&r->frame, (const char *)&h, sizeof(h));
	r->has_header = true;
	r->piece_ns = r->last_ns;
	r->piece_bytes = 0;
}

/* What follows the last whole frame cannot be read, and would hide what is appended later. */
static void cut_broken_frame(const struct record *r)
{
	if (r->good >= 0 && ftruncate(r->out.fd, r->good))
		log_errno(-errno, "cannot truncate %s to its last whole frame", r->out.name);
}

/* 0, or a negative errno after a message. */
static int encode_frame(struct record *r)
{
	int err = r->frame.failed ? -ENOMEM : 0;

	if (!err && r->z)
		err = zframe_write(r->z, r->frame.text, r->frame.len, &r->out.buf);
	else if (!err)
		strbuf_add(&r->out.buf, r->frame.text, r->frame.len);
	return err ? log_errno(err, "cannot write %s: output is incomplete", r->out.name) : 0;
}

static void put_frame(struct sink *s, struct record *r)
{
	size_t len;

	if (!r->frame.len || s->error)
		return;
	s->error = encode_frame(r);
	strbuf_reset(&r->frame);
	r->has_news = false;
	len = r->out.buf.len;
	if (r->in_set)
		record_set_trim(&r->set, r->piece_bytes + len, r->wall_ns);
	output_flush(&r->out);
	if (s->error) {
		cut_broken_frame(r);
		return;
	}
	r->piece_bytes += len;
	if (r->good >= 0)
		r->good += (off_t)len;
}

/* ---- pieces ---- */

/* Where a regular file's next frame goes; -1 for all else. */
static off_t end_of(const struct output *o)
{
	struct stat st;

	return o->fd != STDOUT_FILENO && !fstat(o->fd, &st) && S_ISREG(st.st_mode) ? st.st_size : -1;
}

static void add_carried(void *ctx, const struct event *e)
{
	struct sink *s = ctx;
	struct record *r = s->private;

	strbuf_add(&r->frame, (const char *)e, e->size);
	if (r->frame.len >= FRAME_SIZE)
		put_frame(s, r);
}

/* What a reader skips who has read the piece before, and begins with who has not. */
static void add_what_is_open(struct sink *s, struct record *r)
{
	struct event_clock end = {
		.event = { .kind = EVENT_CLOCK, .flags = EVENT_CARRIED, .size = sizeof(end), .ts_ns = r->clock_ns },
		.wall_ns = r->wall_ns
	};

	if (!conn_carry(s->table, add_carried, s))
		return;
	log_notice("%s: memory ran out: a piece begins without what is open", r->out.name);
	add_carried(s, &end.event);
}

static void begin_in_set(struct sink *s, struct record *r)
{
	bool carries = r->begun;
	uint64_t wall_ns = r->clock_ns ? r->wall_ns + (r->last_ns - r->clock_ns) : host_clock_ns(CLOCK_REALTIME);
	int fd = record_set_begin(&r->set, wall_ns);

	if (fd < 0) {
		s->error = fd;
		return;
	}
	output_replace(&r->out, fd);
	r->good = 0;
	add_header(s, r);
	put_frame(s, r);
	if (carries)
		add_what_is_open(s, r);
	put_frame(s, r);
	r->head_bytes = r->piece_bytes;
	s->error = s->error ?: record_set_named(&r->set);
}

static void end_in_set(struct sink *s, struct record *r)
{
	put_frame(s, r);
	record_set_end(&r->set, r->piece_bytes);
	r->has_header = false;
}

/* The file so far becomes a piece. */
static void end_piece(struct sink *s, struct record *r)
{
	int err;

	if (r->in_set) {
		end_in_set(s, r);
		return;
	}
	put_frame(s, r);
	if (s->error)
		return;
	err = pieces_put_aside(r->out.name, s->options->rotate_keep, &r->last_piece);
	if (err) {
		log_errno(err, "cannot rotate %s: it is continued in one piece", r->out.name);
		r->rotates = false;
		return;
	}
	output_reopen(&r->out);
	r->good = end_of(&r->out);
	r->has_header = false;
}

static bool piece_is_over(const struct sink *s, const struct record *r, uint64_t ts_ns)
{
	const struct options *o = s->options;
	uint64_t age_ns = r->has_header && ts_ns > r->piece_ns ? ts_ns - r->piece_ns : 0;

	if (!r->rotates || !r->has_header)
		return false;
	if (r->in_set) /* what it repeats is at most half of it */
		return (r->piece_bytes >= record_set_piece_bytes(o) && r->piece_bytes >= 2 * r->head_bytes) ||
		       age_ns >= record_set_piece_ns(o);
	return (o->rotate_bytes && r->piece_bytes >= o->rotate_bytes) ||
	       (o->rotate_secs && age_ns >= o->rotate_secs * 1000000000ULL);
}

/* ---- the sink ---- */

static int record_open(struct sink *s, const char *arg)
{
	struct record *r = s->private;
	int err;

	if (!arg) {
		log_error("output record needs a file: --record FILE");
		return -EINVAL;
	}
	if (!s->options->uncompressed && zframe_writer_new(&r->z))
		return log_errno(-ENOMEM, "output record");
	r->in_set = s->options->keep_bytes || s->options->keep_secs;
	r->out = (struct output) { .sink = s, .name = arg, .fd = -1, .wait.fd = -1 };
	err = r->in_set ? record_set_open(&r->set, arg, s->options) : output_open(&r->out, s, arg);
	if (err) {
		zframe_writer_free(&r->z);
		return err;
	}
	r->good = end_of(&r->out);
	r->rotates = r->in_set || r->good >= 0;
	return 0;
}

static void note_time(struct record *r, const struct event *e)
{
	r->last_ns = e->ts_ns;
	if (e->kind == EVENT_CLOCK) {
		r->clock_ns = e->ts_ns;
		r->wall_ns = ((const struct event_clock *)e)->wall_ns;
	} else {
		r->has_news = true;
	}
	if (!r->frame.len)
		r->frame_ns = e->ts_ns;
}

/* The host's name is known once events come; a recording without any still gets its header, from close(). */
static void record_event(struct sink *s, const struct event *e)
{
	struct record *r = s->private;
	bool fresh;

	if (piece_is_over(s, r, e->ts_ns))
		end_piece(s, r);
	if (r->in_set && r->begun && !r->has_header) /* its header has the time of the last clock record before it */
		begin_in_set(s, r);
	note_time(r, e);
	fresh = !r->has_header;
	if (fresh && r->in_set)
		begin_in_set(s, r);
	else if (fresh)
		add_header(s, r);
	strbuf_add(&r->frame, (const char *)e, e->size);
	if (fresh || r->frame.len >= FRAME_SIZE) /* from its first record on it can be replayed */
		put_frame(s, r);
}

static void record_tick(struct sink *s, uint64_t now_ns)
{
	struct record *r = s->private;

	if (now_ns >= r->frame_ns + (r->has_news ? FRAME_AGE_NS : IDLE_AGE_NS))
		put_frame(s, r);
}

/* The next frame begins with a header: it may stand in an empty file or behind another piece. */
static int record_reopen(struct sink *s)
{
	struct record *r = s->private;
	int reopened;

	if (r->in_set) {
		if (r->has_header)
			end_in_set(s, r);
		return 1;
	}
	put_frame(s, r);
	if (s->error)
		return 1;
	reopened = output_reopen(&r->out);
	if (reopened) {
		r->good = end_of(&r->out);
		r->has_header = false;
	}
	return reopened;
}

static int record_close(struct sink *s)
{
	struct record *r = s->private;

	if (!r->has_header && !r->in_set)
		add_header(s, r);
	put_frame(s, r);
	if (r->in_set)
		record_set_close(&r->set);
	zframe_writer_free(&r->z);
	strbuf_free(&r->frame);
	return output_close(&r->out);
}

const struct sink_ops sink_record = {
	.name = "record",
	.help = "all events, for --replay (--record)",
	.arg_help = "FILE|DIR",
	.private_size = sizeof(struct record),
	.on_stdout = SINK_STDOUT_OWNS,
	.needs = output_needs,
	.open = record_open,
	.event = record_event,
	.tick = record_tick,
	.reopen = record_reopen,
	.close = record_close,
};
