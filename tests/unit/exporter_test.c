// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The queue and its thread with a receiver that does as it is told. Nothing waits for a fixed time: the tracer's side
 * waits for counts. */
#include "sink/export/exporter.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "lib/strbuf.h"
#include "test.h"

enum mood { TAKES, AWAY, REFUSES, TAKES_ONE, STUCK };

struct receiver {
	struct exporter *exporter;
	pthread_mutex_t lock;
	enum mood mood;
	struct strbuf got;
	unsigned int calls;
	size_t longest;
};

static void nap(void)
{
	poll(NULL, 0, 1);
}

static enum mood mood_now(struct receiver *r)
{
	enum mood mood;

	pthread_mutex_lock(&r->lock);
	mood = r->mood;
	pthread_mutex_unlock(&r->lock);
	return mood;
}

static void set_mood(struct receiver *r, enum mood mood)
{
	pthread_mutex_lock(&r->lock);
	r->mood = mood;
	pthread_mutex_unlock(&r->lock);
}

static void got(struct receiver *r, const char *records, size_t len)
{
	pthread_mutex_lock(&r->lock);
	strbuf_add(&r->got, records, len);
	pthread_mutex_unlock(&r->lock);
}

static struct exporter_result receive(void *ctx, const char *records, size_t len)
{
	struct receiver *r = ctx;
	size_t first = strchr(records, '\n') + 1 - records;

	pthread_mutex_lock(&r->lock);
	r->calls++;
	r->longest = len > r->longest ? len : r->longest;
	pthread_mutex_unlock(&r->lock);
	while (mood_now(r) == STUCK && exporter_time_left(r->exporter, 1))
		nap();
	switch (mood_now(r)) {
	case REFUSES:
		return (struct exporter_result) { .err = -EINVAL, .why = "no" };
	case TAKES_ONE:
		got(r, records, first);
		return (struct exporter_result) { .err = first < len ? -EAGAIN : 0, .done = first, .why = "one" };
	case AWAY:
	case STUCK:
		return (struct exporter_result) { .err = -EAGAIN, .why = "away" };
	case TAKES:
		got(r, records, len);
		break;
	}
	return (struct exporter_result) { .done = len };
}

static void start(struct receiver *r, enum mood mood, size_t queue, size_t batch, bool may_wait)
{
	struct exporter_config c = {
		.name = "test",
		.queue_bytes = queue,
		.batch_bytes = batch,
		.linger_ms = 1,
		.backoff_ms = 2,
		.patience_ms = 8,
		.may_wait = may_wait,
		.send = receive,
		.ctx = r,
	};

	*r = (struct receiver) { .lock = PTHREAD_MUTEX_INITIALIZER, .mood = mood };
	CHECK_EQ_INT(exporter_new(&r->exporter, &c), 0);
}

static void add_numbers(struct receiver *r, unsigned int from, unsigned int to)
{
	struct strbuf text = { 0 };

	for (unsigned int i = from; i < to; i++) {
		strbuf_uint(&text, i);
		exporter_add(r->exporter, &text);
	}
	strbuf_free(&text);
}

/* Were from..to received, each once and in order? */
static bool got_numbers(const struct receiver *r, unsigned int from, unsigned int to)
{
	struct strbuf expected = { 0 };
	bool same;

	for (unsigned int i = from; i < to; i++)
		strbuf_printf(&expected, "%u\n", i);
	same = !strcmp(strbuf_text(&expected), strbuf_text(&r->got));
	strbuf_free(&expected);
	return same;
}

static struct exporter_counters wait_delivered(struct receiver *r, uint64_t count)
{
	struct exporter_counters c = exporter_counters(r->exporter);

	for (int i = 0; i < 20000 && c.delivered < count; i++) {
		nap();
		c = exporter_counters(r->exporter);
	}
	return c;
}

static void finish(struct receiver *r)
{
	exporter_close(&r->exporter);
	CHECK(!r->exporter);
	strbuf_free(&r->got);
}

/* What is said of drops is checked by the tests that see stderr; here it only stands in the way. */
static void quiet_stderr(void)
{
	CHECK(freopen("/dev/null", "w", stderr));
}

CASE(everything_arrives_once_and_in_order)
{
	struct receiver r;
	struct exporter_counters c;

	start(&r, TAKES, 1 << 20, 256, false);
	add_numbers(&r, 0, 5000);
	c = wait_delivered(&r, 5000);
	CHECK_EQ_INT(c.delivered, 5000);
	CHECK_EQ_INT(c.queued, 0);
	CHECK_EQ_INT(c.retries + c.no_room + c.refused, 0);
	CHECK(got_numbers(&r, 0, 5000));
	CHECK(r.longest <= 256);
	finish(&r);
}

CASE(what_is_left_goes_out_at_the_end)
{
	struct receiver r;

	start(&r, TAKES, 1 << 20, 1 << 16, false);
	add_numbers(&r, 0, 1000);
	exporter_close(&r.exporter);
	CHECK(got_numbers(&r, 0, 1000));
	strbuf_free(&r.got);
}

CASE(an_outage_loses_nothing_that_has_room)
{
	struct receiver r;
	struct exporter_counters c;

	quiet_stderr();
	start(&r, AWAY, 1 << 20, 64, false);
	add_numbers(&r, 0, 100);
	for (int i = 0; i < 20000 && exporter_counters(r.exporter).retries < 5; i++)
		nap();
	CHECK_EQ_INT(exporter_counters(r.exporter).queued, 100);
	set_mood(&r, TAKES);
	c = wait_delivered(&r, 100);
	CHECK_EQ_INT(c.delivered, 100);
	CHECK(c.retries >= 5);
	CHECK(got_numbers(&r, 0, 100));
	finish(&r);
}

CASE(a_full_queue_drops_what_is_new_and_counts_it)
{
	struct receiver r;
	struct exporter_counters c;
	unsigned int held;

	quiet_stderr();
	start(&r, AWAY, 1000, 100, false);
	add_numbers(&r, 0, 1000);
	c = exporter_counters(r.exporter);
	held = c.queued;
	CHECK_EQ_INT(held, 277); /* 10 of 2 bytes, 90 of 3, 177 of 4: 998 of the 1000 */
	CHECK_EQ_INT(c.no_room, 1000 - held);
	set_mood(&r, TAKES);
	c = wait_delivered(&r, held);
	CHECK_EQ_INT(c.delivered, held);
	CHECK(got_numbers(&r, 0, held));
	finish(&r);
}

CASE(a_partial_delivery_is_not_repeated)
{
	struct receiver r;
	struct exporter_counters c;

	quiet_stderr();
	start(&r, TAKES_ONE, 1 << 20, 1 << 10, false);
	add_numbers(&r, 0, 20);
	c = wait_delivered(&r, 20);
	CHECK_EQ_INT(c.delivered, 20);
	CHECK(got_numbers(&r, 0, 20));
	finish(&r);
}

CASE(what_is_refused_is_counted_and_not_repeated)
{
	struct receiver r;
	struct exporter_counters c;

	quiet_stderr();
	start(&r, REFUSES, 1 << 20, 1 << 10, false);
	add_numbers(&r, 0, 50);
	for (int i = 0; i < 20000 && exporter_counters(r.exporter).refused < 50; i++)
		nap();
	set_mood(&r, TAKES);
	add_numbers(&r, 50, 60);
	c = wait_delivered(&r, 10);
	CHECK_EQ_INT(c.refused, 50);
	CHECK_EQ_INT(c.delivered, 10);
	CHECK_EQ_INT(c.retries, 0);
	CHECK(got_numbers(&r, 50, 60));
	finish(&r);
}

/* A replay is not in a hurry. */
CASE(a_replay_waits_for_room)
{
	struct receiver r;
	struct exporter_counters c;

	quiet_stderr();
	start(&r, TAKES_ONE, 64, 32, true);
	add_numbers(&r, 0, 200);
	c = wait_delivered(&r, 200);
	CHECK_EQ_INT(c.delivered, 200);
	CHECK_EQ_INT(c.no_room, 0);
	CHECK(got_numbers(&r, 0, 200));
	finish(&r);
}

CASE(a_record_longer_than_a_batch_goes_alone)
{
	struct receiver r;
	struct strbuf text = { 0 };

	strbuf_pad(&text, 0, 300);
	start(&r, TAKES, 1 << 20, 100, false);
	add_numbers(&r, 0, 3);
	exporter_add(r.exporter, &text);
	add_numbers(&r, 3, 6);
	CHECK_EQ_INT(wait_delivered(&r, 7).delivered, 7);
	CHECK_EQ_INT(r.longest, 301);
	CHECK_EQ_INT(r.got.len, 6 * 2 + 301);
	strbuf_free(&text);
	finish(&r);
}

CASE(a_receiver_that_hangs_cannot_hold_the_end)
{
	struct receiver r;

	quiet_stderr();
	start(&r, AWAY, 1 << 20, 100, false);
	add_numbers(&r, 0, 10);
	for (int i = 0; i < 20000 && exporter_counters(r.exporter).retries < 2; i++)
		nap();
	set_mood(&r, STUCK);
	finish(&r); /* that it comes back is what is tested */
	CHECK(r.calls >= 2);
}
