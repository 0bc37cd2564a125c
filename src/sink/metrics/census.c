// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/metrics/census.h"

#include <string.h>

#include "core/conn_timewait.h"
#include "options.h"

#define FRESH_NS     1000000000ULL
#define FRESH_NS_PER 20000 /* a connection: a walk takes some 100 ns for each, so that walks cost less than 1 % */

int census_init(struct census *c, const struct conn_table *table, const struct options *o,
		const struct local_ports *ports)
{
	*c = (struct census) { .table = table, .options = o, .ports = ports };
	return destinations_init(&c->destinations);
}

void census_free(struct census *c)
{
	destinations_free(&c->destinations);
}

void census_want(struct census *c)
{
	c->wanted = true;
}

static unsigned int state_of(const struct side *s)
{
	if (side_in_timewait(s))
		return s->timewait.substate ? s->timewait.substate : TCPS_TIME_WAIT;
	return s->id && s->state < TCPS_COUNT ? s->state : TCPS_UNKNOWN;
}

static bool count(void *ctx, const struct conn *conn)
{
	struct census *c = ctx;

	if (!options_want(c->options, conn))
		return true;
	c->connections++;
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &conn->side[i];

		c->state[state_of(s)]++;
		c->unclosed += conn_close_wait_ns(conn, i, conn_table_now(c->table)) > CLOSE_WAIT_LEAK_NS;
	}
	destinations_add(&c->destinations, conn);
	return true;
}

static void walk(struct census *c)
{
	memset(c->state, 0, sizeof(c->state));
	c->connections = c->unclosed = 0;
	destinations_begin(&c->destinations, c->ports, conn_table_now(c->table));
	conn_table_each(c->table, count, c);
}

const struct census *census_now(struct census *c)
{
	uint64_t now_ns = conn_table_now(c->table), fresh_ns = c->connections * FRESH_NS_PER;

	fresh_ns = fresh_ns > FRESH_NS ? fresh_ns : FRESH_NS;
	if (!c->frozen && now_ns - c->taken_ns >= fresh_ns) {
		c->taken_ns = now_ns;
		walk(c);
	}
	return c;
}

void census_finished(struct census *c, const struct conn *conn, uint64_t now_ns)
{
	if (c->wanted)
		destinations_finished(&c->destinations, conn, now_ns);
}

void census_freeze(struct census *c)
{
	if (c->frozen || !c->wanted)
		return;
	walk(c);
	c->frozen = true;
}
