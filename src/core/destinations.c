// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Counts ports and rates for each destination in bounded memory. Decides which destination is dropped for a new one,
 * and which process holds most of a destination's ports.
 */
#include "core/destinations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_mix.h"

#define SHORTEST_NS 1000000000ULL /* rates of less than a second are noise */

int destinations_init(struct destinations *d)
{
	*d = (struct destinations) { 0 };
	return flat_init(&d->index, 2 * DESTINATIONS_MAX);
}

void destinations_free(struct destinations *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->list[i]);
	flat_free(&d->index);
	d->count = 0;
}

/* ---- finding ---- */

static uint32_t hash_of(const struct conn *c)
{
	struct endpoint local = c->flow.end[CLIENT];

	local.port = 0;
	return (uint32_t)hash_mix(flow_hash(&local, &c->flow.end[SERVER]) ^ c->side[CLIENT].netns);
}

static bool is_of(const struct destination *dest, const struct conn *c)
{
	return dest->netns == c->side[CLIENT].netns && endpoint_equal(&dest->remote, &c->flow.end[SERVER]) &&
	       !memcmp(dest->local.addr, c->flow.end[CLIENT].addr, sizeof(dest->local.addr));
}

static struct destination *find(const struct destinations *d, const struct conn *c, uint32_t hash)
{
	struct flat_search search = flat_search(&d->index, hash);
	uint32_t number;

	while ((number = flat_next(&search))) {
		if (is_of(d->list[number - 1], c))
			return d->list[number - 1];
	}
	return NULL;
}

/* Holds nothing, and nothing was reported of it for so long that it counts in no rate. */
static bool is_idle(const struct destinations *d, const struct destination *dest)
{
	return !dest->open && !dest->time_wait && d->now_ns - dest->used_ns > 2 * DESTINATIONS_WINDOW_NS;
}

/* The number of an idle one that can be replaced, or 0. */
static uint32_t forget_idle(struct destinations *d)
{
	for (uint32_t i = 0; i < d->count; i++) {
		if (!is_idle(d, d->list[i]))
			continue;
		flat_remove(&d->index, d->list[i]->hash, i + 1);
		return i + 1;
	}
	return 0;
}

/* A number whose entry is all zero, or 0. */
static uint32_t room(struct destinations *d)
{
	uint32_t number = d->count < DESTINATIONS_MAX ? d->count + 1 : forget_idle(d);

	if (number > d->count) {
		d->list[number - 1] = calloc(1, sizeof(struct destination));
		d->count += d->list[number - 1] != NULL;
		return d->list[number - 1] ? number : 0;
	}
	if (number)
		memset(d->list[number - 1], 0, sizeof(struct destination));
	return number;
}

static struct destination *find_or_make(struct destinations *d, const struct conn *c)
{
	uint32_t hash = hash_of(c), number;
	struct destination *dest = find(d, c, hash);

	if (dest)
		return dest;
	number = room(d);
	if (!number)
		return NULL;
	dest = d->list[number - 1];
	dest->hash = hash;
	dest->netns = c->side[CLIENT].netns;
	dest->local = c->flow.end[CLIENT];
	dest->remote = c->flow.end[SERVER];
	/* The index was made with room for all. */
	flat_add(&d->index, hash, number);
	return dest;
}

/* ---- counting ---- */

static bool in_window(const struct destinations *d, uint64_t ts_ns)
{
	return ts_ns && ts_ns + DESTINATIONS_WINDOW_NS > d->now_ns;
}

static bool holds_socket(const struct side *s)
{
	return s->id && s->state && s->state != TCPS_CLOSE && s->state != TCPS_NEW_SYN_RECV;
}

/* Opened from here, with a port that is known. */
static bool concerns(const struct conn *c)
{
	return side_is_local(&c->side[CLIENT]) && c->flow.end[CLIENT].port && !(c->flags & CONN_SELF);
}

static uint64_t opened_ns(const struct conn *c)
{
	return c->flags & (CONN_EXISTED | CONN_MIDSTREAM) ? 0 : c->start_ns;
}

static uint64_t closed_ns(const struct conn *c)
{
	return c->side[CLIENT].mark[MARK_CLOSE];
}

/* Misra and Gries: a name that holds more than a fifth of the ports is kept. */
static void count_process(struct destination *dest, const struct actor *a)
{
	size_t empty = DESTINATIONS_NAMES;

	if (a->certainty == ACTOR_UNKNOWN || !a->comm[0])
		return;
	for (size_t i = 0; i < DESTINATIONS_NAMES; i++) {
		if (dest->process[i].count && !strncmp(dest->process[i].name, a->comm, sizeof(a->comm))) {
			dest->process[i].count++;
			return;
		}
		if (!dest->process[i].count)
			empty = i;
	}
	if (empty < DESTINATIONS_NAMES) {
		memcpy(dest->process[empty].name, a->comm, sizeof(a->comm));
		dest->process[empty].count = 1;
		return;
	}
	for (size_t i = 0; i < DESTINATIONS_NAMES; i++)
		dest->process[i].count--;
}

void destinations_begin(struct destinations *d, const struct local_ports *ports, uint64_t now_ns)
{
	if (!d->began_ns)
		d->began_ns = now_ns;
	d->now_ns = now_ns;
	d->ports = *ports;
	d->uncounted = 0;
	for (size_t i = 0; i < d->count; i++) {
		struct destination *dest = d->list[i];

		dest->open = dest->time_wait = dest->opened = dest->closed = dest->entered = 0;
		memset(dest->process, 0, sizeof(dest->process));
	}
}

void destinations_add(struct destinations *d, const struct conn *c)
{
	const struct side *s = &c->side[CLIENT];
	bool open = holds_socket(s), waits = !open && side_in_timewait(s);
	struct destination *dest;

	if (!concerns(c))
		return;
	dest = find_or_make(d, c);
	if (!dest) {
		d->uncounted++;
		return;
	}
	dest->open += open;
	dest->time_wait += waits;
	dest->opened += in_window(d, opened_ns(c));
	dest->closed += !open && in_window(d, closed_ns(c));
	dest->entered += waits && in_window(d, s->timewait.made_ns) && !s->timewait.existed;
	if (open || waits) {
		dest->used_ns = d->now_ns;
		count_process(dest, &s->actor[OPENER]);
	}
}

static struct destination_gone *gone_at(struct destination *dest, uint64_t ts_ns)
{
	uint64_t slot = ts_ns / DESTINATIONS_SLOT_NS;
	struct destination_gone *g = &dest->gone[slot % DESTINATIONS_SLOTS];

	if (g->slot != slot)
		*g = (struct destination_gone) { .slot = slot };
	return g;
}

void destinations_finished(struct destinations *d, const struct conn *c, uint64_t now_ns)
{
	struct destination *dest;

	if (!d->began_ns)
		d->began_ns = c->start_ns;
	if (!concerns(c))
		return;
	d->now_ns = now_ns > d->now_ns ? now_ns : d->now_ns;
	dest = find_or_make(d, c);
	if (!dest)
		return;
	dest->used_ns = now_ns;
	if (in_window(d, opened_ns(c)))
		gone_at(dest, opened_ns(c))->opened++;
	if (in_window(d, closed_ns(c)))
		gone_at(dest, closed_ns(c))->closed++;
}

/* ---- reading ---- */

static bool is_fuller(const struct destination *a, const struct destination *b)
{
	uint32_t n = a->open + a->time_wait, m = b->open + b->time_wait;

	return n != m ? n > m : a->remote.port < b->remote.port;
}

size_t destinations_top(const struct destinations *d, const struct destination **out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct destination *dest = d->list[i];
		size_t at = n < max ? n++ : max;

		if (at == max && (!max || !is_fuller(dest, out[max - 1])))
			continue;
		if (!dest->open && !dest->time_wait) {
			n -= at < max;
			continue;
		}
		for (at = at == max ? max - 1 : at; at > 0 && is_fuller(dest, out[at - 1]); at--)
			out[at] = out[at - 1];
		out[at] = dest;
	}
	return n;
}

static void add_gone(const struct destinations *d, const struct destination *dest, uint32_t *opened, uint32_t *closed)
{
	for (size_t i = 0; i < DESTINATIONS_SLOTS; i++) {
		const struct destination_gone *g = &dest->gone[i];

		if (!in_window(d, (g->slot + 1) * DESTINATIONS_SLOT_NS - 1))
			continue;
		*opened += g->opened;
		*closed += g->closed;
	}
}

struct forecast_load destination_load(const struct destinations *d, const struct destination *dest)
{
	uint64_t window_ns = d->now_ns - d->began_ns;
	uint32_t opened = dest->opened, closed = dest->closed;
	struct forecast_load load = {
		.open = dest->open,
		.time_wait = dest->time_wait,
		.loopback = endpoint_is_loopback(&dest->remote),
	};
	double secs;

	if (window_ns > DESTINATIONS_WINDOW_NS)
		window_ns = DESTINATIONS_WINDOW_NS;
	if (window_ns < SHORTEST_NS)
		return load;
	secs = (double)window_ns / 1e9;
	add_gone(d, dest, &opened, &closed);
	load.secs = secs;
	load.opened = opened / secs;
	load.closed = closed / secs;
	load.entered = dest->entered / secs;
	return load;
}

struct local_ports destination_ports(const struct destinations *d, const struct destination *dest)
{
	struct local_ports p = d->ports;

	if (p.netns && dest->netns && p.netns != dest->netns)
		p.known = false;
	return p;
}

const char *destination_top_process(const struct destination *dest)
{
	size_t top = 0;

	for (size_t i = 1; i < DESTINATIONS_NAMES; i++) {
		if (dest->process[i].count > dest->process[top].count)
			top = i;
	}
	return dest->process[top].count ? dest->process[top].name : "";
}
