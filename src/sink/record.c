// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The very records that came, in a file that --replay reads. */
#include <errno.h>
#include <sys/utsname.h>
#include <time.h>

#include "core/recording.h"
#include "lib/log.h"
#include "sink/output.h"

struct record {
	struct output out;
	bool has_header;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void add_header(struct sink *s, struct record *r)
{
	struct recording_header h;
	struct utsname u;

	recording_header_init(&h, clock_ns(CLOCK_REALTIME), clock_ns(CLOCK_MONOTONIC), uname(&u) ? NULL : u.release,
			      s->host);
	recording_header_set_ports(&h, s->local_ports);
	strbuf_add(&r->out.buf, (const char *)&h, sizeof(h));
	r->has_header = true;
}

static int record_open(struct sink *s, const char *arg)
{
	struct record *r = s->private;

	if (!arg) {
		log_error("output record needs a file: --record FILE");
		return -EINVAL;
	}
	return output_open(&r->out, s, arg);
}

/* The host's name is known once events come; a recording without any still gets its header, from close(). */
static void record_event(struct sink *s, const struct event *e)
{
	struct record *r = s->private;

	if (!r->has_header)
		add_header(s, r);
	strbuf_add(&r->out.buf, (const char *)e, e->size);
	output_full(&r->out);
}

static void record_tick(struct sink *s, uint64_t now_ns)
{
	struct record *r = s->private;

	output_flush(&r->out);
}

static int record_close(struct sink *s)
{
	struct record *r = s->private;

	if (!r->has_header)
		add_header(s, r);
	return output_close(&r->out);
}

const struct sink_ops sink_record = {
	.name = "record",
	.help = "everything that came, for --replay",
	.arg_help = "FILE",
	.private_size = sizeof(struct record),
	.on_stdout = SINK_STDOUT_OWNS,
	.open = record_open,
	.event = record_event,
	.tick = record_tick,
	.close = record_close,
};
