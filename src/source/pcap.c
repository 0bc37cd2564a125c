// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Captures: packets of several files in the order of their time become segments, as if they were seen live. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "event.h"
#include "lib/host_clock.h"
#include "lib/log.h"
#include "options.h"
#include "sandbox.h"
#include "source/capture_file.h"
#include "source/capture_packets.h"
#include "source/capture_time.h"
#include "source/source.h"

#define SLICE	     1024 /* packets between two looks at signals */
#define PROGRESS_MS  250
#define SILENCE_MS   200
#define OF_NOW_NS    10000000000ULL /* a capture whose first packet is not older is being made now */
#define SURVEY_BYTES (64U << 20)

struct captures {
	struct capture_file file[OPTIONS_MAX_CAPTURES];
	bool at_end[OPTIONS_MAX_CAPTURES];
	size_t count;
	int waiting; /* index of the file whose descriptor is in the loop, or -1 */
	bool begun, ended, progress;
	bool of_now; /* it is being made while we read it */
	uint64_t progress_ms;
	uint64_t taken_ns, taken_ms; /* time of the latest packet; when a pipe gave one last (CLOCK_MONOTONIC) */
	struct capture_packets packets;
};

/* ---- one packet ---- */

static void emit_event(void *ctx, const struct event *e)
{
	struct source *s = ctx;

	s->emit(s->emit_ctx, e, e->size);
}

static struct captured_packet packet_of(const struct capture_file *f, size_t i)
{
	return (struct captured_packet) {
		.dlt = f->dlt,
		.wall_ns = f->wall_ns,
		.cap = f->cap,
		.len = f->len,
		.bytes = f->bytes,
		.file = i,
		.interface = f->interface,
	};
}

static void take_packet(struct captures *c, size_t i)
{
	struct captured_packet in = packet_of(&c->file[i], i);

	capture_packets_take(&c->packets, &in);
	c->taken_ns = in.wall_ns > c->taken_ns ? in.wall_ns : c->taken_ns;
}

/* ---- clocks ---- */

static uint64_t now_ms(void)
{
	return host_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* ---- time ---- */

static void emit_clock(struct source *s, uint64_t wall_ns)
{
	const struct captures *c = s->private;
	struct event_clock e = {
		.event = { .kind = EVENT_CLOCK,
			   .flags = c->of_now ? EVENT_OF_NOW : 0,
			   .size = sizeof(e),
			   .ts_ns = capture_time(wall_ns) },
		.wall_ns = wall_ns,
	};

	s->emit(s->emit_ctx, &e, sizeof(e));
}

static void begin_time(struct source *s, uint64_t wall_ns)
{
	struct captures *c = s->private;
	uint64_t now_ns = host_clock_ns(CLOCK_REALTIME);

	c->begun = true;
	c->of_now = c->waiting >= 0 && wall_ns < now_ns + OF_NOW_NS && now_ns < wall_ns + OF_NOW_NS;
	emit_clock(s, wall_ns);
}

/* Nothing came through the pipe: time passes there as it does here. */
static void on_silence(void *ctx, uint32_t events)
{
	struct source *s = ctx;
	struct captures *c = s->private;
	uint64_t silent_ms = now_ms() - c->taken_ms;

	if (!c->begun || c->ended || silent_ms < SILENCE_MS)
		return;
	capture_packets_flush(&c->packets);
	emit_clock(s, c->taken_ns + silent_ms * 1000000);
}

/* ---- how far we are ---- */

static uint64_t packets_read(const struct captures *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->file[i].packets;
	return n;
}

/* In bytes; size 0 = nobody knows. */
static void how_far(const struct captures *c, uint64_t *size, uint64_t *read)
{
	*size = *read = 0;
	for (size_t i = 0; i < c->count; i++) {
		*size += c->file[i].size;
		*read += c->at_end[i] ? c->file[i].size : capture_file_offset(&c->file[i]);
	}
}

static void show_progress(struct captures *c)
{
	uint64_t size, read, now = c->progress ? now_ms() : 0;

	if (!c->progress || now < c->progress_ms + PROGRESS_MS)
		return;
	c->progress_ms = now;
	how_far(c, &size, &read);
	fprintf(stderr, "\r%llu packets", (unsigned long long)packets_read(c));
	if (size)
		fprintf(stderr, ", %llu %%", (unsigned long long)(read * 100 / size));
	fputs("\033[K", stderr);
}

static void say_summary(struct captures *c)
{
	if (c->progress)
		fputs("\r\033[K", stderr);
	capture_packets_finish(&c->packets);
	capture_packets_say(&c->packets, packets_read(c));
}

/* ---- what the checksums are worth ---- */

static void survey_file(struct captures *c, size_t i)
{
	struct capture_file *f = &c->file[i];
	struct capture_file again;

	if (capture_file_open_again(&again, f))
		return;
	while (again.taken < SURVEY_BYTES && capture_file_next(&again) == 1) {
		struct captured_packet in = packet_of(&again, i);

		capture_packets_survey(&c->packets, &in);
	}
	capture_file_close(&again);
}

/* Files are read twice, if that takes no time: the last packet may decide what the first one means. */
static void survey(struct captures *c, const struct options *o)
{
	if (o->checksums != DISSECT_CHECKSUMS_JUDGE)
		return;
	for (size_t i = 0; i < c->count; i++)
		survey_file(c, i);
}

/* ---- all files ---- */

static void finish(struct source *s, struct captures *c, bool to_the_end)
{
	if (c->ended)
		return;
	c->ended = true;
	if (c->waiting >= 0)
		loop_remove(s->loop, c->file[c->waiting].fd);
	say_summary(c);
	s->ended = to_the_end && !s->error;
	loop_stop(s->loop);
}

static void read_next(struct source *s, struct captures *c, size_t i)
{
	int got = capture_file_next(&c->file[i]);

	c->at_end[i] = got != 1;
	if (got < 0)
		s->error = got;
}

/* The file whose packet is the earliest, or -1 if all are at their end. */
static int earliest(const struct captures *c)
{
	int best = -1;

	for (size_t i = 0; i < c->count; i++)
		if (!c->at_end[i] && (best < 0 || c->file[i].wall_ns < c->file[best].wall_ns))
			best = i;
	return best;
}

static void begin(struct source *s, struct captures *c)
{
	int first;

	for (size_t i = 0; i < c->count; i++)
		read_next(s, c, i);
	first = earliest(c);
	if (first >= 0)
		begin_time(s, c->file[first].wall_ns);
}

/* One packet. Returns false at the end of all files. */
static bool step(struct source *s, struct captures *c)
{
	int i = earliest(c);

	if (i < 0)
		return false;
	take_packet(c, i);
	read_next(s, c, i);
	return true;
}

static int on_idle(void *ctx)
{
	struct source *s = ctx;
	struct captures *c = s->private;
	bool more = true;

	if (c->ended)
		return 0;
	if (!c->begun)
		begin(s, c);
	for (int n = 0; more && n < SLICE; n++)
		more = step(s, c);
	show_progress(c);
	if (!more)
		finish(s, c, true);
	return more;
}

/* The only file, and a pipe: each packet is emitted as it comes, not when the next has come. */
static bool follow(struct source *s, struct captures *c)
{
	read_next(s, c, 0);
	if (c->at_end[0])
		return false;
	if (!c->begun)
		begin_time(s, c->file[0].wall_ns);
	take_packet(c, 0);
	return true;
}

/* One of several is a pipe: its next packet decides which is the earliest. */
static bool step_begun(struct source *s, struct captures *c)
{
	if (!c->begun) {
		begin(s, c);
		return earliest(c) >= 0;
	}
	return step(s, c);
}

/* What is available is taken; only for the rest of a packet is waited. */
static void on_readable(void *ctx, uint32_t events)
{
	struct source *s = ctx;
	struct captures *c = s->private;
	struct pollfd more = { .fd = c->file[c->waiting].fd, .events = POLLIN };
	bool goes_on = true;

	if (c->ended)
		return;
	for (int n = 0; goes_on && n < SLICE && poll(&more, 1, 0) == 1; n++)
		goes_on = c->count == 1 ? follow(s, c) : step_begun(s, c);
	c->taken_ms = now_ms();
	show_progress(c);
	if (!goes_on)
		finish(s, c, true);
}

static void pcap_source_close(struct source *s)
{
	struct captures *c = s->private;

	for (size_t i = 0; i < c->count; i++)
		capture_file_close(&c->file[i]);
	capture_packets_free(&c->packets);
}

static int add_to_loop(struct source *s, struct captures *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->file[i].is_pipe)
			c->waiting = i;
	if (c->waiting < 0)
		return loop_idle(s->loop, on_idle, s);
	return loop_every(s->loop, SILENCE_MS, on_silence, s)
		       ?: loop_add(s->loop, c->file[c->waiting].fd, EPOLLIN, on_readable, s);
}

static int pcap_source_open(struct source *s, const char *arg)
{
	struct captures *c = s->private;
	const struct options *o = s->options;
	int err = 0;

	s->origin.of_capture = true;
	c->waiting = -1;
	c->progress = isatty(STDERR_FILENO) && !(o->uses_stdout && isatty(STDOUT_FILENO));
	err = capture_packets_init(&c->packets, o->checksums, o->zeek, emit_event, s);
	for (; !err && c->count < o->pcap_count; c->count += !err)
		err = capture_file_open(&c->file[c->count], o->pcap[c->count], o->pcap_filter);
	for (size_t i = 0; i < c->count; i++)
		s->needs |= c->file[i].unpacker ? NEEDS_CHILDREN : 0;
	if (!err)
		err = add_to_loop(s, c);
	if (!err)
		survey(c, o);
	if (err)
		pcap_source_close(s);
	s->origin.host[0] = '\0'; /* no file says where it was captured */
	return err;
}

static void say_stopped(const struct captures *c)
{
	uint64_t size, read;

	how_far(c, &size, &read);
	if (size)
		log_notice("stopped after %llu packets, at %llu %%", (unsigned long long)packets_read(c),
			   (unsigned long long)(read * 100 / size));
	else
		log_notice("stopped after %llu packets", (unsigned long long)packets_read(c));
}

/* Stopped before the end: at most one packet a file has been read ahead, and was not due. */
static void pcap_source_drain(struct source *s)
{
	struct captures *c = s->private;

	if (!c->ended && c->waiting < 0 && !s->error)
		say_stopped(c);
	finish(s, c, false);
}

const struct source_ops source_pcap = {
	.name = "pcap",
	.help = "captures",
	.private_size = sizeof(struct captures),
	.open = pcap_source_open,
	.drain = pcap_source_drain,
	.close = pcap_source_close,
};
