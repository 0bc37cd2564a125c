// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Puts records in order: each CPU writes its own in order, so a record is held back until no earlier one can still
 * come. Decides when held records are emitted, and at which place losses are reported.
 */
#include "source/consumer.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "event.h"
#include "lib/cleanup.h"
#include "lib/host_clock.h"
#include "lib/log.h"
#include "source/hooks.h"
#include "tcplife.skel.h"

#define PERIOD_MS 100
/*
 * A record's time is read before its place in the ring is reserved, so records of different CPUs may be swapped by what
 * lies between: mostly nanoseconds, milliseconds when an interrupt or a hypervisor comes between. Younger ones wait.
 */
#define HOLD_BACK_NS (5 * 1000000ULL)
/* After so many bytes of records those that are due are emitted: else a flood would grow memory without bound. */
#define FLUSH_BYTES (4 << 20)
/*
 * So long the ring is read at a time: where records come as fast as they are read, signals, timers and requests are
 * answered in between. The clock is read once in so many records.
 */
#define SLICE_NS      (20 * 1000000ULL)
#define SLICE_RECORDS 64
/* The same between two pieces of the kernel's list of sockets, which are many and each take less than that. */
#define READ_ON_NS (1 * 1000000ULL)
#define NEVER	   UINT64_MAX

struct held {
	uint64_t ts_ns;
	uint32_t offset; /* in bytes[] */
	uint32_t len;
};

struct consumer {
	struct source *source;
	struct ring_buffer *ring;
	const struct hooks *hooks;
	int lost_fd;
	int cpus;
	struct held *held; /* in order of time */
	size_t count, capacity;
	char *bytes;
	size_t used, size, flush_at;
	uint64_t last_clock_ns, last_lost_ns;
	uint64_t limit_ns;    /* of the last slice, or of that under way: younger records wait */
	uint64_t deadline_ns; /* when it is to be left for the next slice */
	uint64_t newest_ns;   /* of the ring's records so far */
	unsigned int read;    /* records of the ring */
	bool behind;	      /* the last slice left records in the ring: go_on() is among the loop's idles */
	uint64_t read_on_ns;  /* last consumer_read_on() */
	uint64_t lost[EVENT_KINDS];
	uint64_t
		steps_lost_ns; /* a lost record without which a closed connection may seem open, or a new one is missing
				*/
	uint64_t dropped;      /* no memory to hold them */
	consumer_cgroup_fn on_cgroup; /* NULL = nobody asks */
	void *cgroup_ctx;
};

static int grow(void **array, size_t *capacity, size_t need, size_t item, size_t first)
{
	size_t n = *capacity ? *capacity : first;
	void *bigger;

	while (n < need)
		n *= 2;
	if (n == *capacity)
		return 0;
	bigger = realloc(*array, n * item);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*capacity = n;
	return 0;
}

/* Nearly always to the end; the ring is nearly in order. */
static void insert(struct consumer *c, struct held h)
{
	size_t i = c->count++;

	for (; i && c->held[i - 1].ts_ns > h.ts_ns; i--)
		c->held[i] = c->held[i - 1];
	c->held[i] = h;
}

static int hold(struct consumer *c, const struct event *e, size_t len)
{
	size_t room = (len + 7) & ~(size_t)7;

	if (grow((void **)&c->held, &c->capacity, c->count + 1, sizeof(*c->held), 1024) ||
	    grow((void **)&c->bytes, &c->size, c->used + room, 1, 1 << 17)) {
		c->dropped++;
		if (e->kind < EVENT_KINDS)
			c->lost[e->kind]--; /* so that the next count takes it in */
		return 0;
	}
	memcpy(c->bytes + c->used, e, len);
	insert(c, (struct held) { .ts_ns = e->ts_ns, .offset = c->used, .len = len });
	c->used += room;
	return 0;
}

/* Moves what stays to the front of the arena, in order of time. */
static void compact(struct consumer *c, size_t emitted)
{
	size_t left = c->count - emitted, used = 0;
	char *fresh;

	memmove(c->held, c->held + emitted, left * sizeof(*c->held));
	c->count = left;
	if (!left) {
		c->used = 0;
		return;
	}
	if (c->used < c->size / 2)
		return; /* there is room; mostly nothing is left at the next drain */
	fresh = malloc(c->size);
	if (!fresh)
		return;
	for (size_t i = 0; i < left; i++) {
		memcpy(fresh + used, c->bytes + c->held[i].offset, c->held[i].len);
		c->held[i].offset = used;
		used += (c->held[i].len + 7) & ~7U;
	}
	free(c->bytes);
	c->bytes = fresh;
	c->used = used;
}

static void emit(struct consumer *c, const void *record, size_t len)
{
	const struct event *e = record;

	c->source->emit(c->source->emit_ctx, record, len);
	if (e->kind == EVENT_CGROUP && len == sizeof(struct event_cgroup) && c->on_cgroup)
		c->on_cgroup(c->cgroup_ctx, record);
}

static void ahead(const struct consumer *c, const struct held *h)
{
	c->source->ahead(c->source->emit_ctx, c->bytes + h->offset, h->len);
}

static void flush(struct consumer *c, uint64_t limit_ns)
{
	size_t i;

	for (i = 0; i < c->count && c->held[i].ts_ns <= limit_ns; i++) {
		if (i + 1 < c->count)
			ahead(c, &c->held[i + 1]);
		emit(c, c->bytes + c->held[i].offset, c->held[i].len);
	}
	if (i)
		compact(c, i);
	c->flush_at = c->used + FLUSH_BYTES;
}

/* While the ring holds more: its next records may be older than the newest so far. */
static uint64_t limit_so_far(const struct consumer *c)
{
	uint64_t limit_ns = c->newest_ns > HOLD_BACK_NS ? c->newest_ns - HOLD_BACK_NS : 0;

	return limit_ns < c->limit_ns ? limit_ns : c->limit_ns;
}

/* Returns less than 0 at the end of the slice: the record was taken all the same. */
static int on_record(void *ctx, void *data, size_t len)
{
	const struct event *e = data;
	struct consumer *c = ctx;

	if (len >= sizeof(*e)) {
		c->newest_ns = e->ts_ns > c->newest_ns ? e->ts_ns : c->newest_ns;
		hold(c, e, len);
	}
	if (c->used >= c->flush_at)
		flush(c, limit_so_far(c));
	return ++c->read % SLICE_RECORDS == 0 && host_clock_ns(CLOCK_MONOTONIC) >= c->deadline_ns ? -EAGAIN : 0;
}

static uint64_t read_lost(const struct consumer *c, uint32_t kind, uint64_t skipped)
{
	uint64_t value[c->cpus], sum = skipped;

	if (bpf_map_lookup_elem(c->lost_fd, &kind, value))
		return c->lost[kind];
	for (int i = 0; i < c->cpus; i++)
		sum += value[i];
	return sum;
}

/* What was lost since it was counted last. True if anything was. */
static bool count_lost(struct consumer *c, __u64 count[EVENT_KINDS])
{
	uint64_t skipped[EVENT_KINDS] = { 0 }, any = 0;

	hooks_skipped(c->hooks, skipped);
	for (uint32_t kind = 0; kind < EVENT_KINDS; kind++) {
		uint64_t total = read_lost(c, kind, skipped[kind]);

		count[kind] = total - c->lost[kind];
		any |= count[kind];
		c->lost[kind] = total;
	}
	return any;
}

/*
 * Emitted before anything that came since the last time: a connection that closes meanwhile must know that records of
 * its time are missing. So this record may be later than those that follow it.
 */
static void emit_lost(struct consumer *c)
{
	uint64_t now = host_clock_ns(CLOCK_MONOTONIC);
	struct event_lost e = {
		.event = { .kind = EVENT_LOST, .size = sizeof(e), .ts_ns = now },
		.since_ns = c->last_lost_ns,
	};
	bool any = count_lost(c, e.count);

	c->last_lost_ns = now;
	if (e.count[EVENT_STATE] || e.count[EVENT_TIMEWAIT] || e.count[EVENT_FREE])
		c->steps_lost_ns = now;
	if (any)
		emit(c, &e, sizeof(e));
}

/* The wall clock minus the event clock, read where nothing came between: hosts' clocks are compared by it. */
static uint64_t wall_offset(void)
{
	uint64_t best = UINT64_MAX, offset = 0;

	for (int i = 0; i < 4 && best > 200; i++) {
		uint64_t before = host_clock_ns(CLOCK_MONOTONIC), wall = host_clock_ns(CLOCK_REALTIME);
		uint64_t gap = host_clock_ns(CLOCK_MONOTONIC) - before;

		if (gap >= best)
			continue;
		best = gap;
		offset = wall - before - gap / 2;
	}
	return offset;
}

static void emit_clock(struct consumer *c, uint64_t ts_ns)
{
	struct event_clock e = { .event = { .kind = EVENT_CLOCK, .size = sizeof(e), .ts_ns = ts_ns } };

	if (ts_ns <= c->last_clock_ns)
		return;
	e.wall_ns = ts_ns + wall_offset();
	c->last_clock_ns = ts_ns;
	emit(c, &e, sizeof(e));
}

/*
 * Emits what is older than limit_ns, which it lowers if the deadline leaves a part of the ring unread: then it returns
 * false.
 */
static bool consume(struct consumer *c, uint64_t limit_ns, uint64_t deadline_ns)
{
	bool whole;

	emit_lost(c);
	c->limit_ns = limit_ns;
	c->deadline_ns = deadline_ns;
	whole = ring_buffer__consume(c->ring) != -EAGAIN;
	if (!whole)
		c->limit_ns = limit_so_far(c);
	flush(c, c->limit_ns);
	return whole;
}

/* One slice. 1 = there is more. */
static int go_on(void *ctx)
{
	struct consumer *c = ctx;
	uint64_t now = host_clock_ns(CLOCK_MONOTONIC);

	c->behind = !consume(c, now - HOLD_BACK_NS, now + SLICE_NS);
	return c->behind;
}

/* What a slice leaves is read between the loop's waits; without memory for that, when the ring is read next. */
static void read_slice(struct consumer *c)
{
	if (!c->behind && go_on(c) && loop_idle(c->source->loop, go_on, c))
		c->behind = false;
}

static void on_readable(void *ctx, uint32_t epoll_events)
{
	read_slice(ctx);
}

static void on_timer(void *ctx, uint32_t epoll_events)
{
	struct consumer *c = ctx;

	read_slice(c);
	emit_clock(c, c->limit_ns);
}

void consumer_put(struct consumer *c, const struct event *e)
{
	hold(c, e, e->size);
}

void consumer_read_on(struct consumer *c)
{
	uint64_t now = host_clock_ns(CLOCK_MONOTONIC);

	if (c->read_on_ns > HOLD_BACK_NS)
		consume(c, c->read_on_ns - HOLD_BACK_NS, now + READ_ON_NS);
	c->read_on_ns = now;
}

void consumer_on_cgroup(struct consumer *c, consumer_cgroup_fn fn, void *ctx)
{
	c->on_cgroup = fn;
	c->cgroup_ctx = ctx;
}

bool consumer_is_behind(const struct consumer *c)
{
	return c->behind;
}

uint64_t consumer_steps_lost(const struct consumer *c)
{
	return c->steps_lost_ns;
}

uint64_t consumer_now(void)
{
	return host_clock_ns(CLOCK_MONOTONIC);
}

void consumer_drain(struct consumer *c, const struct event *last)
{
	uint64_t now = host_clock_ns(CLOCK_MONOTONIC);

	consume(c, now - HOLD_BACK_NS, NEVER);
	emit_lost(c);
	flush(c, NEVER);
	if (last)
		emit(c, last, last->size);
	emit_clock(c, host_clock_ns(CLOCK_MONOTONIC));
	if (c->dropped)
		log_notice("%llu records dropped: out of memory", (unsigned long long)c->dropped);
}

int consumer_new(struct source *s, const struct hooks *hooks, struct consumer **out)
{
	const struct tcplife *skel = hooks_skeleton(hooks);
	struct consumer *c = calloc(1, sizeof(*c));
	__u64 unheard[EVENT_KINDS]; /* while the hooks were paused */
	int err;

	if (!c)
		return log_errno(-ENOMEM, "reading the ring buffer");
	c->source = s;
	c->hooks = hooks;
	c->lost_fd = bpf_map__fd(skel->maps.lost);
	c->cpus = libbpf_num_possible_cpus();
	c->ring = ring_buffer__new(bpf_map__fd(skel->maps.events), on_record, c, NULL);
	err = c->ring ? c->cpus < 0 ? c->cpus : 0 : -errno;
	if (!err)
		err = loop_add(s->loop, ring_buffer__epoll_fd(c->ring), EPOLLIN, on_readable, c);
	if (!err)
		err = loop_every(s->loop, PERIOD_MS, on_timer, c);
	if (err) {
		consumer_free(&c);
		return log_errno(err, "cannot read the ring buffer");
	}
	count_lost(c, unheard);
	c->last_lost_ns = host_clock_ns(CLOCK_MONOTONIC);
	emit_clock(c, c->last_lost_ns);
	*out = c;
	return 0;
}

void consumer_free(struct consumer **c)
{
	if (!*c)
		return;
	if ((*c)->ring) {
		loop_remove((*c)->source->loop, ring_buffer__epoll_fd((*c)->ring));
		loop_idle_remove((*c)->source->loop, *c);
		ring_buffer__free((*c)->ring);
	}
	free((*c)->held);
	free((*c)->bytes);
	free(*c);
	*c = NULL;
}
