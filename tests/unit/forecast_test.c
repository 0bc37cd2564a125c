// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/forecast.h"

#include "test.h"

#define S 1000000000ULL

/* Linux's defaults. */
static const struct local_ports usual = { .known = true, .low = 32768, .high = 60999, .tw_reuse = 2 };

static struct forecast_load steady(double rate)
{
	return (struct forecast_load) { .opened = rate, .closed = rate, .entered = rate, .secs = 60 };
}

/* Within a second. */
static void exhausted_after(struct forecast f, uint64_t secs)
{
	if (f.exhausted_ns / S + 1 < secs || f.exhausted_ns / S > secs + 1)
		TEST_FAIL("after %llu s, not %llu", (unsigned long long)(f.exhausted_ns / S), (unsigned long long)secs);
}

CASE(ports_that_there_are)
{
	struct local_ports p = usual;

	CHECK_EQ_INT(local_ports_count(&p), 28232);
	p.reserved = 232;
	CHECK_EQ_INT(local_ports_count(&p), 28000);
	p = (struct local_ports) { .known = true, .low = 5, .high = 5 };
	CHECK_EQ_INT(local_ports_count(&p), 1);
	p.reserved = 1;
	CHECK_EQ_INT(local_ports_count(&p), 0);
	p.high = 4;
	CHECK_EQ_INT(local_ports_count(&p), 0);
}

CASE(nothing_is_said_without_the_settings)
{
	struct local_ports p = { .known = false };
	struct forecast_load load = steady(5000);
	struct forecast f = forecast_make(&p, &load);

	CHECK_EQ_INT(f.available, 0);
	CHECK(f.exhausted_ns == FORECAST_NEVER);
}

CASE(time_wait_levels_off)
{
	struct forecast_load load = steady(100);
	struct forecast f = forecast_make(&usual, &load);

	CHECK(f.exhausted_ns == FORECAST_NEVER);
	CHECK_EQ_INT(f.levels_off, 6000);
	load.time_wait = 6000; /* it has */
	f = forecast_make(&usual, &load);
	CHECK(f.exhausted_ns == FORECAST_NEVER);
	CHECK_EQ_INT(f.levels_off, 6000);
	CHECK_EQ_INT(f.left, 22232);
}

CASE(time_wait_takes_all)
{
	struct forecast_load load = steady(1000); /* 60,000 in a minute */
	struct forecast f;

	load.time_wait = 1000; /* of the last second */
	f = forecast_make(&usual, &load);
	exhausted_after(f, 27);
	load.time_wait = 20000; /* of the last 20 s and more; a third of them leaves in the next 20 */
	f = forecast_make(&usual, &load);
	exhausted_after(f, 12);
}

CASE(connections_that_are_not_closed)
{
	struct forecast_load load = { .open = 1000, .opened = 10, .closed = 0, .secs = 60 };
	struct forecast f = forecast_make(&usual, &load);

	exhausted_after(f, 2723);
	load.closed = 10;
	f = forecast_make(&usual, &load);
	CHECK(f.exhausted_ns == FORECAST_NEVER);
	load.closed = 20; /* they become fewer */
	f = forecast_make(&usual, &load);
	CHECK(f.exhausted_ns == FORECAST_NEVER);
	CHECK_EQ_INT(f.levels_off, 1000);
}

CASE(both_at_once)
{
	/* TIME_WAIT comes to 6000 within a minute, and the leak has what is left: 22,232 - 60 s of it */
	struct forecast_load load = { .time_wait = 1000, .opened = 110, .closed = 100, .entered = 100, .secs = 60 };

	exhausted_after(forecast_make(&usual, &load), 2223);
}

CASE(none_left)
{
	struct local_ports p = { .known = true, .low = 40000, .high = 40009, .tw_reuse = 0 };
	struct forecast_load load = { .open = 1, .time_wait = 9 };
	struct forecast f = forecast_make(&p, &load);

	CHECK_EQ_INT(f.exhausted_ns, 0);
	CHECK_EQ_INT(f.left, 0);
	load.time_wait = 20; /* more than there are: the range was made smaller */
	f = forecast_make(&p, &load);
	CHECK_EQ_INT(f.left, 0);
	CHECK_EQ_INT(f.exhausted_ns, 0);
}

CASE(beyond_an_hour_nothing_is_foreseen)
{
	struct forecast_load load = { .open = 1000, .opened = 7, .secs = 60 }; /* 27,232 in 3,890 s */

	CHECK(forecast_make(&usual, &load).exhausted_ns == FORECAST_NEVER);
	load.opened = 8;
	exhausted_after(forecast_make(&usual, &load), 3404);
}

/* A page that asks for its figures: a few connections each minute, of which one more was opened than closed. */
CASE(a_handful_is_no_trend)
{
	struct local_ports narrow = { .known = true, .low = 40000, .high = 40899 };
	struct forecast_load load = { .open = 6, .opened = 1, .closed = 0.1, .secs = 60 };

	CHECK(forecast_make(&narrow, &load).exhausted_ns == FORECAST_NEVER);
	load.open = 64;
	exhausted_after(forecast_make(&narrow, &load), 929);
}

CASE(what_may_be_chance_is_no_trend)
{
	struct local_ports narrow = { .known = true, .low = 40000, .high = 40999 };
	/* 6,000 opened and 5,700 closed: 300 more, of which three standard deviations are 325 */
	struct forecast_load load = { .open = 500, .opened = 100, .closed = 95, .secs = 60 };

	CHECK(forecast_make(&narrow, &load).exhausted_ns == FORECAST_NEVER);
	load.closed = 94;
	exhausted_after(forecast_make(&narrow, &load), 83);
	/* TIME_WAIT will hold 1,020 of 1,000, if 17 a second go on: counted in 10 s that may be 12.9 */
	load = (struct forecast_load) { .time_wait = 170, .opened = 17, .closed = 17, .entered = 17, .secs = 10 };
	CHECK(forecast_make(&narrow, &load).exhausted_ns == FORECAST_NEVER);
	load.entered = 25;
	CHECK(forecast_make(&narrow, &load).exhausted_ns != FORECAST_NEVER);
}

CASE(rates_of_a_moment_are_no_trend)
{
	struct forecast_load load = { .open = 1000, .opened = 1000, .secs = 4 };

	CHECK(forecast_make(&usual, &load).exhausted_ns == FORECAST_NEVER);
	load.secs = 5;
	CHECK(forecast_make(&usual, &load).exhausted_ns != FORECAST_NEVER);
}

CASE(what_is_worth_a_line)
{
	struct forecast f = { .available = 28232, .used = 99, .exhausted_ns = FORECAST_NEVER };

	CHECK(!forecast_matters(&f));
	f.used = 100;
	CHECK(forecast_matters(&f));
	f = (struct forecast) { .available = 390, .used = 39, .exhausted_ns = FORECAST_NEVER };
	CHECK(forecast_matters(&f));
	f = (struct forecast) { .available = 28232, .used = 64, .exhausted_ns = 1 };
	CHECK(forecast_matters(&f));
}

static enum reuse_advice advice(unsigned int open, unsigned int time_wait, unsigned int tw_reuse, bool loopback)
{
	struct local_ports p = usual;
	struct forecast_load load = { .open = open, .time_wait = time_wait, .loopback = loopback };

	p.tw_reuse = (uint8_t)tw_reuse;
	return forecast_make(&p, &load).reuse;
}

CASE(whether_tcp_tw_reuse_could_help)
{
	CHECK_EQ_INT(advice(10, 5000, 0, false), REUSE_WOULD_HELP);
	CHECK_EQ_INT(advice(10, 5000, 2, false), REUSE_WOULD_HELP);
	CHECK_EQ_INT(advice(10, 5000, 2, true), REUSE_IS_ON);
	CHECK_EQ_INT(advice(10, 5000, 1, false), REUSE_IS_ON);
	CHECK_EQ_INT(advice(5000, 10, 0, false), REUSE_WOULD_NOT);
	CHECK_EQ_INT(advice(1, 10, 0, false), REUSE_NO_ADVICE);
	CHECK_EQ_STR(reuse_advice_name(REUSE_WOULD_HELP), "would_help");
	CHECK_EQ_STR(reuse_advice_name(REUSE_ADVICE_COUNT), "");
}
