// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The queue between the tracer and a receiver. Decides when a record is dropped, when a batch is sent, how long to
 * wait before a retry, and what is still tried when tracing ends.
 */
#include "sink/export/exporter.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/host_clock.h"
#include "lib/human.h"
#include "lib/log.h"
#include "lib/strbuf.h"

#define NS_PER_MS      1000000ULL
#define LAST_WORD_MS   5000 /* for the records that are left at the end */
#define OUTAGE_WORD_MS 1000 /* ... if the receiver could not be reached before */
#define WAIT_ROOM_MS   5000
#define KEEP_CAPACITY  (1 << 20) /* of an emptied buffer: what it grew to during an outage is freed */

struct exporter {
	struct exporter_config config;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t work, room;
	struct strbuf filling;
	size_t filling_records;
	uint64_t filling_since_ns;
	size_t held, held_records; /* taken by the thread, not delivered */
	struct exporter_counters counters;
	bool stopping;
	uint64_t deadline_ns; /* if stopping */
	bool given_up;	      /* waited for room in vain: not again before something is delivered */
	bool failing;	      /* an outage, which has been reported */

	/* the thread's own */
	struct strbuf taken;
	size_t at; /* in taken: what is before it has been dealt with */
	unsigned int backoff_ms;
	bool refusal_is_reported; /* the first refusal only: the counts at the end cover the rest */
};

/* -ETIMEDOUT when that time has come. */
static int wait_until(struct exporter *e, pthread_cond_t *what, uint64_t ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	return -pthread_cond_timedwait(what, &e->lock, &t);
}

static size_t count_records(const char *records, size_t len)
{
	size_t count = 0;

	for (const char *p = records, *end = records + len; (p = memchr(p, '\n', end - p)); p++)
		count++;
	return count;
}

/* ---- the tracer's side */

static bool has_room(const struct exporter *e, size_t len)
{
	return e->held + e->filling.len + len <= e->config.queue_bytes;
}

static void wait_for_room(struct exporter *e, size_t len)
{
	uint64_t delivered = e->counters.delivered,
		 until_ns = host_clock_ns(CLOCK_MONOTONIC) + WAIT_ROOM_MS * NS_PER_MS;

	while (!has_room(e, len) && !e->given_up) {
		if (wait_until(e, &e->room, until_ns) != -ETIMEDOUT)
			continue;
		e->given_up = e->counters.delivered == delivered;
		delivered = e->counters.delivered;
		until_ns = host_clock_ns(CLOCK_MONOTONIC) + WAIT_ROOM_MS * NS_PER_MS;
	}
}

static void append(struct exporter *e, const char *record, size_t len)
{
	size_t before = e->filling.len;
	char *to = strbuf_room(&e->filling, len + 1);

	if (!to) {
		e->filling.failed = false; /* it is as it was: the next one may be smaller */
		e->counters.no_room++;
		return;
	}
	memcpy(to, record, len);
	to[len] = '\n';
	strbuf_used(&e->filling, len + 1);
	e->filling_records++;
	if (!before)
		e->filling_since_ns = host_clock_ns(CLOCK_MONOTONIC);
	/* The thread sleeps until there is something, and then until there is a batch. */
	if (!before || (before < e->config.batch_bytes && e->filling.len >= e->config.batch_bytes))
		pthread_cond_signal(&e->work);
}

void exporter_add(struct exporter *e, struct strbuf *record)
{
	size_t len = record->len;

	pthread_mutex_lock(&e->lock);
	if (e->config.may_wait && !has_room(e, len + 1))
		wait_for_room(e, len + 1);
	if (has_room(e, len + 1) && !record->failed)
		append(e, strbuf_text(record), len);
	else
		e->counters.no_room++;
	pthread_mutex_unlock(&e->lock);
	record->failed = false;
	strbuf_reset(record);
}

struct exporter_counters exporter_counters(struct exporter *e)
{
	struct exporter_counters c;

	pthread_mutex_lock(&e->lock);
	c = e->counters;
	c.queued = e->filling_records + e->held_records;
	pthread_mutex_unlock(&e->lock);
	return c;
}

unsigned int exporter_fill(struct exporter *e)
{
	unsigned int percent;

	pthread_mutex_lock(&e->lock);
	percent = (unsigned int)((e->held + e->filling.len) * 100 / e->config.queue_bytes);
	pthread_mutex_unlock(&e->lock);
	return percent;
}

void exporter_figures(struct exporter *e, struct sink_export *out)
{
	struct exporter_counters c = exporter_counters(e);

	out->used = true;
	out->delivered += c.delivered;
	out->dropped += c.no_room + c.refused + c.undelivered;
	out->retries += c.retries;
	out->queued += c.queued;
}

/* ---- the thread's side */

unsigned int exporter_time_left(struct exporter *e, unsigned int most)
{
	uint64_t now_ns = host_clock_ns(CLOCK_MONOTONIC), left_ms = most;

	pthread_mutex_lock(&e->lock);
	if (e->stopping)
		left_ms = e->deadline_ns > now_ns ? (e->deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0;
	pthread_mutex_unlock(&e->lock);
	return left_ms < most ? left_ms : most;
}

/* Takes what has come; false if nothing more will. Under the lock. */
static bool take(struct exporter *e)
{
	struct strbuf empty = e->taken;
	uint64_t ripe_ns;

	while (!e->filling.len && !e->stopping)
		pthread_cond_wait(&e->work, &e->lock);
	if (!e->filling.len)
		return false;
	ripe_ns = e->filling_since_ns + e->config.linger_ms * NS_PER_MS;
	while (!e->stopping && e->filling.len < e->config.batch_bytes)
		if (wait_until(e, &e->work, ripe_ns) == -ETIMEDOUT)
			break;
	e->taken = e->filling;
	e->held = e->taken.len;
	e->held_records = e->filling_records;
	strbuf_reset(&empty);
	if (empty.capacity > KEEP_CAPACITY)
		strbuf_free(&empty);
	e->filling = empty;
	e->filling_records = 0;
	e->at = 0;
	return true;
}

/* Whole records that fit into a batch; one that is longer than a batch goes alone. */
static size_t batch_len(const struct exporter *e)
{
	const char *begin = e->taken.text + e->at, *end;
	size_t len = e->taken.len - e->at, most = e->config.batch_bytes;

	if (len <= most)
		return len;
	end = memrchr(begin, '\n', most) ?: memchr(begin, '\n', len);
	return end + 1 - begin;
}

/* What is before `len` has been dealt with. Under the lock. */
static void release(struct exporter *e, size_t len, size_t records)
{
	e->at += len;
	e->held -= len;
	e->held_records -= records;
	pthread_cond_signal(&e->room);
}

static void say_refused(struct exporter *e, size_t records, const char *why)
{
	if (!e->refusal_is_reported)
		log_notice("%s: %zu record%s refused by the receiver and dropped: %s", e->config.name, records,
			   human_s(records), why);
	e->refusal_is_reported = true;
}

static void say_outage(const struct exporter *e, const char *why)
{
	log_notice("%s: %s; records wait, up to %zu KiB", e->config.name, why, e->config.queue_bytes / 1024);
}

static void say_recovery(const struct exporter *e, uint64_t no_room)
{
	log_notice("%s: connected again; records lost so far: %llu", e->config.name, (unsigned long long)no_room);
}

/* Half to all of the wait, so that many tracers do not come back at once. */
static unsigned int jittered(unsigned int ms)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		return ms;
	return ms / 2 + random % (ms / 2 + 1);
}

/* Waits until it makes sense to retry; once tracing has ended, not at all. Under the lock. */
static void back_off(struct exporter *e, unsigned int retry_after_ms)
{
	uint64_t until_ns;
	bool was_stopping = e->stopping;

	e->counters.retries++;
	if (!e->backoff_ms)
		e->backoff_ms = e->config.backoff_ms;
	until_ns = host_clock_ns(CLOCK_MONOTONIC) + (retry_after_ms ?: jittered(e->backoff_ms)) * NS_PER_MS;
	e->backoff_ms *= 2;
	if (e->backoff_ms > e->config.patience_ms)
		e->backoff_ms = e->config.patience_ms;
	if (was_stopping && until_ns > e->deadline_ns)
		until_ns = e->deadline_ns;
	while (e->stopping == was_stopping)
		if (wait_until(e, &e->work, until_ns) == -ETIMEDOUT)
			break;
}

/* Counts what became of a batch. */
static void settle(struct exporter *e, size_t len, const struct exporter_result *r)
{
	const char *batch = e->taken.text + e->at;
	bool retry = r->err == -EAGAIN;
	size_t done = r->err ? r->done : len, records = count_records(batch, done);
	size_t given_up = r->err && !retry ? count_records(batch + done, len - done) : 0;
	bool was_failing;
	uint64_t no_room;

	pthread_mutex_lock(&e->lock);
	was_failing = e->failing;
	e->failing = retry;
	e->counters.delivered += records - r->refused;
	e->counters.refused += r->refused + given_up;
	no_room = e->counters.no_room;
	release(e, given_up ? len : done, records + given_up);
	if (done) {
		e->backoff_ms = 0;
		e->given_up = false;
	}
	pthread_mutex_unlock(&e->lock);
	if (r->refused + given_up)
		say_refused(e, r->refused + given_up, r->why);
	if (retry && !was_failing)
		say_outage(e, r->why);
	if (!retry && was_failing)
		say_recovery(e, no_room);
}

/* false when the time for it is over. */
static bool deliver(struct exporter *e)
{
	while (e->at < e->taken.len) {
		size_t len = batch_len(e);
		struct exporter_result r = e->config.send(e->config.ctx, e->taken.text + e->at, len);

		settle(e, len, &r);
		if (r.err != -EAGAIN)
			continue;
		if (!exporter_time_left(e, 1))
			return false;
		pthread_mutex_lock(&e->lock);
		back_off(e, r.retry_after_ms);
		pthread_mutex_unlock(&e->lock);
	}
	return true;
}

static void *run(void *ctx)
{
	struct exporter *e = ctx;
	bool more;

	do {
		pthread_mutex_lock(&e->lock);
		more = take(e);
		pthread_mutex_unlock(&e->lock);
	} while (more && deliver(e));
	return NULL;
}

/* ---- beginning and end */

static void free_exporter(struct exporter *e)
{
	pthread_cond_destroy(&e->work);
	pthread_cond_destroy(&e->room);
	pthread_mutex_destroy(&e->lock);
	strbuf_free(&e->filling);
	strbuf_free(&e->taken);
	free(e);
}

int exporter_new(struct exporter **out, const struct exporter_config *c)
{
	struct exporter *e = calloc(1, sizeof(*e));
	pthread_condattr_t monotonic;
	int err;

	if (!e)
		return -ENOMEM;
	e->config = *c;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&e->work, &monotonic);
	pthread_cond_init(&e->room, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&e->lock, NULL);
	*out = e; /* before the thread: send() may ask for the time left */
	err = -pthread_create(&e->thread, NULL, run, e);
	if (err) {
		*out = NULL;
		free_exporter(e);
	}
	return err;
}

static void say_dropped(const struct exporter *e)
{
	const struct exporter_counters *c = &e->counters;
	unsigned long long dropped = c->no_room + c->refused + c->undelivered;

	log_verbose("%s: %llu records delivered, %llu retries", e->config.name, (unsigned long long)c->delivered,
		    (unsigned long long)c->retries);
	if (dropped)
		log_notice("%s: %llu of %llu records dropped (queue full: %llu, refused: %llu, not sent before the "
			   "end: %llu)",
			   e->config.name, dropped, dropped + c->delivered, (unsigned long long)c->no_room,
			   (unsigned long long)c->refused, (unsigned long long)c->undelivered);
}

void exporter_close(struct exporter **ep)
{
	struct exporter *e = *ep; /* left there for send() until the thread has ended */

	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	e->deadline_ns = host_clock_ns(CLOCK_MONOTONIC) + (e->failing ? OUTAGE_WORD_MS : LAST_WORD_MS) * NS_PER_MS;
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
	pthread_join(e->thread, NULL);
	e->counters.undelivered = e->held_records + e->filling_records;
	say_dropped(e);
	free_exporter(e);
	*ep = NULL;
}
