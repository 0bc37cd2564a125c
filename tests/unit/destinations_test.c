// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/destinations.h"

#include <stdlib.h>

#include "test.h"

#define S     1000000000ULL
#define START (1000 * S)

static const struct local_ports usual = { .known = true, .netns = 11, .low = 32768, .high = 60999 };

/* A connection of this host's to 10.0.0.2:port, open since `opened`. */
static struct conn outgoing(unsigned int port, uint64_t opened)
{
	struct conn c = { .start_ns = opened };
	struct side *s = &c.side[CLIENT];

	c.flow.end[CLIENT] = (struct endpoint) { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 }, 40000 };
	c.flow.end[SERVER] = (struct endpoint) { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 2 }, (uint16_t)port };
	s->id = 1;
	s->netns = 11;
	s->state = TCPS_ESTABLISHED;
	return c;
}

/* It closed first: TIME_WAIT is here. */
static struct conn waiting(unsigned int port, uint64_t opened, uint64_t closed)
{
	struct conn c = outgoing(port, opened);
	struct side *s = &c.side[CLIENT];

	s->state = TCPS_CLOSE;
	s->mark[MARK_CLOSE] = closed;
	s->timewait = (struct timewait) { .made_ns = closed, .entered_ns = closed, .substate = TCPS_TIME_WAIT };
	return c;
}

static void opened_by(struct conn *c, const char *name)
{
	struct actor *a = &c->side[CLIENT].actor[OPENER];

	a->certainty = ACTOR_CERTAIN;
	memcpy(a->comm, name, strnlen(name, sizeof(a->comm)));
}

static const struct destination *first(const struct destinations *d)
{
	const struct destination *top[1] = { NULL };

	CHECK_EQ_INT(destinations_top(d, top, 1), 1);
	return top[0];
}

CASE(a_port_is_held_by_a_socket_or_by_time_wait_here)
{
	struct destinations d;
	struct conn c = outgoing(80, START), server = outgoing(80, START);
	const struct destination *dest;

	CHECK_EQ_INT(destinations_init(&d), 0);
	destinations_begin(&d, &usual, START);
	destinations_begin(&d, &usual, START + 30 * S);
	destinations_add(&d, &c);
	c = waiting(80, START + S, START + 2 * S);
	destinations_add(&d, &c);
	c.side[CLIENT].timewait = (struct timewait) { 0 }; /* the other end has it */
	destinations_add(&d, &c);
	server.side[CLIENT] = (struct side) { 0 }; /* opened from elsewhere */
	server.side[SERVER].id = 2;
	destinations_add(&d, &server);
	dest = first(&d);
	CHECK_EQ_INT(dest->open, 1);
	CHECK_EQ_INT(dest->time_wait, 1);
	CHECK_EQ_INT(dest->opened, 3);
	CHECK_EQ_INT(dest->closed, 2);
	CHECK_EQ_INT(dest->entered, 1);
	destinations_begin(&d, &usual, START + 31 * S);
	CHECK_EQ_INT(destinations_top(&d, &dest, 1), 0);
	destinations_free(&d);
}

CASE(rates_count_what_has_left_the_table_too)
{
	struct destinations d;
	struct forecast_load load;
	struct conn c;

	CHECK_EQ_INT(destinations_init(&d), 0);
	destinations_begin(&d, &usual, START);
	for (unsigned int i = 0; i < 600; i++) { /* ten a second, closed by the server at once */
		c = outgoing(80, START + 40 * S + i * S / 10);
		c.side[CLIENT].state = TCPS_CLOSE;
		c.side[CLIENT].mark[MARK_CLOSE] = c.start_ns + S / 100;
		destinations_finished(&d, &c, c.start_ns + S / 10);
	}
	destinations_begin(&d, &usual, START + 100 * S);
	c = outgoing(80, START + 99 * S);
	destinations_add(&d, &c);
	load = destination_load(&d, first(&d));
	CHECK(load.opened > 9.5 && load.opened < 10.9);
	CHECK(load.closed > 9.5 && load.closed < 10.9);
	CHECK(load.entered == 0);
	destinations_begin(&d, &usual, START + 200 * S); /* silence since */
	destinations_add(&d, &c);
	load = destination_load(&d, first(&d));
	CHECK(load.opened == 0 && load.closed == 0);
	destinations_free(&d);
}

CASE(what_was_there_before_was_not_opened_now)
{
	struct destinations d;
	struct conn c = waiting(80, START, START);

	c.flags = CONN_EXISTED;
	c.side[CLIENT].timewait.existed = true;
	c.side[CLIENT].mark[MARK_CLOSE] = 0;
	CHECK_EQ_INT(destinations_init(&d), 0);
	destinations_begin(&d, &usual, START);
	destinations_begin(&d, &usual, START + 10 * S);
	destinations_add(&d, &c);
	CHECK_EQ_INT(first(&d)->time_wait, 1);
	CHECK_EQ_INT(first(&d)->opened + first(&d)->entered + first(&d)->closed, 0);
	destinations_free(&d);
}

CASE(the_process_that_holds_most)
{
	static const char *const names[] = { "curl", "a", "b", "c", "d", "e", "f", "curl" };
	struct destinations d;

	CHECK_EQ_INT(destinations_init(&d), 0);
	destinations_begin(&d, &usual, START);
	for (unsigned int i = 0; i < 400; i++) {
		struct conn c = outgoing(80, START);

		opened_by(&c, i % 2 ? "a-name-of-16-byt" : names[i / 2 % 8]);
		destinations_add(&d, &c);
	}
	CHECK(!strncmp(destination_top_process(first(&d)), "a-name-of-16-byt", 16));
	destinations_free(&d);
}

CASE(bounded_and_in_order)
{
	const struct destination *top[5];
	struct destinations d;

	CHECK_EQ_INT(destinations_init(&d), 0);
	destinations_begin(&d, &usual, START);
	for (unsigned int port = 1; port <= DESTINATIONS_MAX + 10; port++) {
		for (unsigned int i = 0; i < 1 + port % 7; i++) {
			struct conn c = outgoing(port, START);

			destinations_add(&d, &c);
		}
	}
	CHECK(d.uncounted > 10);
	CHECK_EQ_INT(d.count, DESTINATIONS_MAX);
	CHECK_EQ_INT(destinations_top(&d, top, 5), 5);
	for (unsigned int i = 0; i < 5; i++) {
		CHECK_EQ_INT(top[i]->open, 7);
		CHECK_EQ_INT(top[i]->remote.port, 6 + 7 * i);
	}
	/* Later those that hold nothing make room. */
	destinations_begin(&d, &usual, START + 300 * S);
	struct conn c = outgoing(60000, START + 299 * S);
	destinations_add(&d, &c);
	CHECK_EQ_INT(d.uncounted, 0);
	CHECK_EQ_INT(first(&d)->remote.port, 60000);
	destinations_free(&d);
}

CASE(settings_hold_in_their_network_namespace)
{
	struct destinations d;
	struct conn c = outgoing(80, START);

	CHECK_EQ_INT(destinations_init(&d), 0);
	destinations_begin(&d, &usual, START);
	destinations_add(&d, &c);
	CHECK(destination_ports(&d, first(&d)).known);
	destinations_begin(&d, &usual, START);
	c.side[CLIENT].netns = 12;
	destinations_add(&d, &c);
	CHECK(!destination_ports(&d, first(&d)).known);
	destinations_free(&d);
}
