// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The offset of two clocks, from handshakes whose delays are made up. */
#include <errno.h>
#include <stdlib.h>

#include "core/story/clock.h"
#include "test.h"

#define EPOCH_NS 1800000000000000000ULL
#define MS	 1000000ULL
#define S	 1000000000ULL

static uint64_t state;

static uint64_t below(uint64_t most)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % most;
}

/* The second clock is ahead_ns ahead at EPOCH_NS and gains ppm. */
static struct handshake_times handshake(uint64_t at_ns, int64_t ahead_ns, double ppm, uint64_t out_ns, uint64_t back_ns)
{
	uint64_t in = at_ns + out_ns;
	uint64_t far = in + (uint64_t)(ahead_ns + (int64_t)((double)(in - EPOCH_NS) * ppm / 1e6));

	return (struct handshake_times) { at_ns, far, far + 20000, in + 20000 + back_ns };
}

static uint64_t off_by(const struct host_clocks *p, uint64_t at_ns, int64_t wanted, uint64_t *error_ns)
{
	int64_t offset = 0;

	CHECK(host_clocks_at(p, at_ns, &offset, error_ns));
	return (uint64_t)(offset < wanted ? wanted - offset : offset - wanted);
}

CASE(one_handshake_gives_half_of_its_delay)
{
	struct handshake_times t = handshake(EPOCH_NS, -5 * (int64_t)S, 0, MS, 3 * MS);
	static struct host_clocks p;
	uint64_t error;

	CHECK_EQ_INT(host_clocks_add(&p, &t, true), 0);
	host_clocks_fit(&p);
	CHECK(off_by(&p, EPOCH_NS, -5 * (int64_t)S, &error) <= error);
	CHECK_EQ_INT(error, 2 * MS + 1);
	host_clocks_free(&p);
}

CASE(turned_round_it_is_the_opposite)
{
	struct handshake_times t = handshake(EPOCH_NS, 5 * (int64_t)S, 0, MS, MS);
	static struct host_clocks p;
	uint64_t error;

	CHECK_EQ_INT(host_clocks_add(&p, &t, false), 0);
	host_clocks_fit(&p);
	CHECK(off_by(&p, t.t2, -5 * (int64_t)S, &error) <= error);
	host_clocks_free(&p);
}

CASE(what_excludes_itself_is_refused)
{
	struct handshake_times t = { EPOCH_NS, EPOCH_NS, EPOCH_NS + 2 * MS, EPOCH_NS + MS };
	static struct host_clocks p;
	int64_t offset;
	uint64_t error;

	CHECK_EQ_INT(host_clocks_add(&p, &t, true), -EINVAL);
	t = (struct handshake_times) { EPOCH_NS + MS, EPOCH_NS, EPOCH_NS, EPOCH_NS };
	CHECK_EQ_INT(host_clocks_add(&p, &t, true), -EINVAL);
	t = (struct handshake_times) { 0 };
	CHECK_EQ_INT(host_clocks_add(&p, &t, true), -EINVAL);
	host_clocks_fit(&p);
	CHECK(!host_clocks_at(&p, EPOCH_NS, &offset, &error));
}

/* 50 us and what queues add: mostly little, seldom a millisecond. */
static uint64_t delay(void)
{
	return 50000 + below(1000) * below(1000) / 1000 * below(1000);
}

/* 100 a minute for ten minutes, 50 ppm: found to 20 us, and never beyond its own error. */
CASE(drift_is_found)
{
	static struct host_clocks p;
	uint64_t error, worst = 0;

	state = 1;
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t at = EPOCH_NS + i * 600 * MS + below(600 * MS);
		struct handshake_times t = handshake(at, 5 * (int64_t)S, 50, delay(), delay());

		CHECK_EQ_INT(host_clocks_add(&p, &t, true), 0);
	}
	host_clocks_fit(&p);
	CHECK(p.has_drift && p.drift > 49e-6 && p.drift < 51e-6);
	for (uint64_t at = EPOCH_NS; at < EPOCH_NS + 600 * S; at += S) {
		int64_t wanted = 5 * (int64_t)S + (int64_t)((double)(at - EPOCH_NS) * 50e-6);
		uint64_t off = off_by(&p, at, wanted, &error);

		CHECK(off <= error);
		worst = off > worst ? off : worst;
	}
	CHECK(worst <= 20000);
	host_clocks_free(&p);
}

CASE(a_clock_that_was_set_is_no_drift)
{
	static struct host_clocks p;

	for (uint64_t i = 0; i < 100; i++) {
		struct handshake_times t = handshake(EPOCH_NS + i * S, i < 50 ? 0 : 3600 * (int64_t)S, 0, MS, MS);

		CHECK_EQ_INT(host_clocks_add(&p, &t, true), 0);
	}
	host_clocks_fit(&p);
	CHECK(!p.has_drift);
	host_clocks_free(&p);
}
