// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides what a connection adds to which counter and histogram, and when: at its first event, at its close, or when
 * it is over.
 */
#include "sink/metrics/metric_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/record/field_list.h"
#include "lib/hash_mix.h"

#define US(n) ((n)*1000ULL)
#define MS(n) ((n)*1000000ULL)
#define S(n)  ((n)*1000000000ULL)

/* 1 and 3 s: a SYN that was sent again. */
static const uint64_t handshake_le[] = { US(50), US(100), US(250), US(500), MS(1),   MS(2) + US(500),
					 MS(5),	 MS(10),  MS(25),  MS(50),  MS(100), MS(250),
					 S(1),	 S(3),	  S(10),   S(60) };
static const uint64_t duration_le[] = { MS(1),	MS(10),	 MS(100), S(1),	    S(10),   S(60),
					S(300), S(1800), S(3600), S(21600), S(86400) };
/* TIME_WAIT is nominally 60 s on Linux; the timer wheel makes that up to 65 s (HZ=100). */
static const uint64_t time_wait_le[] = { MS(100),	  S(1),	 S(5),	S(15), S(30), S(45), S(59),
					 S(60) + MS(500), S(62), S(65), S(120) };

#define BOUNDS(list, n)                                                                                                \
	{                                                                                                              \
		.count = (n), .le_ns = (list)                                                                          \
	}
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const struct bucket_bounds HANDSHAKE_BOUNDS = BOUNDS(handshake_le, COUNT(handshake_le) - 1);
const struct bucket_bounds TEARDOWN_BOUNDS = BOUNDS(handshake_le, COUNT(handshake_le));
const struct bucket_bounds DURATION_BOUNDS = BOUNDS(duration_le, COUNT(duration_le));
const struct bucket_bounds TIME_WAIT_BOUNDS = BOUNDS(time_wait_le, COUNT(time_wait_le));

_Static_assert(COUNT(handshake_le) <= BUCKETS_MAX, "BUCKETS_MAX");
_Static_assert(METRIC_PORTS_MAX < 255, "a slot is a byte");

static int add_port(struct metric_set *m, unsigned int port)
{
	struct metric_group *g = &m->group[m->port_count];

	m->slot[port] = (uint8_t)m->port_count++;
	g->port = (uint16_t)port;
	if (!m->labels)
		return 0;
	strbuf_reset(&m->scratch);
	metric_labels_put_other(&m->scratch, m->labels);
	g->labels = m->scratch.failed ? NULL : strdup(strbuf_text(&m->scratch));
	return g->labels ? 0 : -ENOMEM;
}

int metric_set_init(struct metric_set *m, const struct port_filter *ports, uint32_t labels)
{
	size_t listed = 0;
	int err;

	for (unsigned int port = 1; ports && port <= UINT16_MAX; port++)
		listed += ports->port[port] != 0;
	if (listed > METRIC_PORTS_MAX)
		return -E2BIG;
	m->group = calloc(listed + 1 + (labels ? METRIC_NAMED_MAX : 0), sizeof(*m->group));
	if (!m->group)
		return -ENOMEM;
	m->labels = labels;
	err = add_port(m, 0);
	for (unsigned int port = 1; ports && port <= UINT16_MAX && !err; port++)
		if (ports->port[port])
			err = add_port(m, port);
	m->group_count = m->port_count;
	if (err)
		metric_set_free(m);
	return err;
}

void metric_set_free(struct metric_set *m)
{
	for (size_t i = 0; m->group && i < m->port_count + (m->labels ? METRIC_NAMED_MAX : 0); i++)
		free(m->group[i].labels);
	free(m->group);
	m->group = NULL;
	strbuf_free(&m->scratch);
}

/* ---- names ---- */

static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0;

	for (; *text; text++)
		hash = hash_mix(hash ^ (uint8_t)*text);
	return hash;
}

/* A free one, or that without a connection for longest if that is long enough; NULL = neither. */
static struct metric_group *room_for_names(struct metric_set *m, uint64_t now_ns)
{
	struct metric_group *named = m->group + m->port_count, *oldest = named;

	if (m->group_count < m->port_count + METRIC_NAMED_MAX)
		return &m->group[m->group_count++];
	for (size_t i = 1; i < METRIC_NAMED_MAX; i++)
		if (named[i].last_ns < oldest->last_ns)
			oldest = &named[i];
	if (now_ns < oldest->last_ns + METRIC_NAMED_IDLE_NS)
		return NULL;
	free(oldest->labels);
	memset(oldest, 0, sizeof(*oldest));
	return oldest;
}

/* other: the group of its port, for what has none of its own. */
static struct metric_group *group_of_names(struct metric_set *m, struct metric_group *other, const struct conn *c)
{
	struct metric_group *g;
	const char *labels;
	uint64_t hash;
	char *own;

	strbuf_reset(&m->scratch);
	metric_labels_put(&m->scratch, m->labels, c);
	labels = strbuf_text(&m->scratch);
	hash = hash_of(labels);
	for (g = m->group + m->port_count; g < m->group + m->group_count; g++)
		if (g->hash == hash && g->port == other->port && !strcmp(g->labels, labels))
			return g;
	/* A container may be called "other" itself. */
	if (!strcmp(labels, other->labels))
		return other;
	own = m->scratch.failed ? NULL : strdup(labels);
	g = own ? room_for_names(m, c->close_ns) : NULL;
	if (!g) {
		free(own);
		m->scratch.failed = false;
		m->named_other++;
		return other;
	}
	g->port = other->port;
	g->labels = own;
	g->hash = hash;
	return g;
}

static struct metric_group *group_of(struct metric_set *m, const struct conn *c)
{
	struct metric_group *g = &m->group[m->slot[c->flow.end[SERVER].port]];

	if (m->labels)
		g = group_of_names(m, g, c);
	g->last_ns = c->close_ns;
	return g;
}

/* ---- counting ---- */

static enum metric_role role_of(const struct conn *c)
{
	bool client = side_is_local(&c->side[CLIENT]), server = side_is_local(&c->side[SERVER]);

	return client && server ? ROLE_BOTH : client ? ROLE_CLIENT : server ? ROLE_SERVER : ROLE_UNKNOWN;
}

static uint64_t number_of(const struct conn *c, field_get_fn get, unsigned int of)
{
	struct value v;

	return get(c, of, &v) ? v.uinteger : 0;
}

static bool lasted(const struct conn *c, enum phase p, uint64_t *ns)
{
	struct span s;

	if (!conn_phase(c, p, &s) || !s.begin_ns || s.end_ns < s.begin_ns || !s.end_ns)
		return false;
	*ns = s.end_ns - s.begin_ns;
	return true;
}

static void count_retransmits(struct role_metrics *r, const struct conn *c)
{
	uint64_t all = number_of(c, field_side_retransmits, CLIENT) + number_of(c, field_side_retransmits, SERVER);
	uint64_t syn = number_of(c, field_syn_retransmits, CLIENT) + number_of(c, field_syn_retransmits, SERVER);
	uint64_t fin = number_of(c, field_fin_retransmits, 0);

	r->retransmits[PHASE_HANDSHAKE] += syn;
	r->retransmits[PHASE_TEARDOWN] += fin;
	r->retransmits[PHASE_ESTABLISHED] += all > syn + fin ? all - syn - fin : 0;
}

static void count_bytes(struct role_metrics *r, enum metric_role role, const struct conn *c)
{
	enum side_name us = role == ROLE_SERVER ? SERVER : CLIENT;
	uint64_t n;

	if (conn_bytes(c, us, &n))
		r->sent += n;
	if (conn_bytes(c, other_side(us), &n))
		r->received += n;
}

static void count_closed(struct metric_set *m, const struct conn *c)
{
	enum metric_role role = role_of(c);
	struct metric_group *g = group_of(m, c);
	struct role_metrics *r = &g->role[role];
	uint64_t wall_ns = c->close_ns + (uint64_t)c->wall_offset_ns, ns;
	uint8_t ending = c->verdict.ending < ENDING_COUNT ? c->verdict.ending : ENDING_UNKNOWN;
	int first = conn_first_closer(c);
	enum side_name sender;

	r->seen++;
	r->closed[ending]++;
	if (first >= 0)
		g->closed_first[first]++;
	count_retransmits(r, c);
	r->limited[conn_main_limit(c, &sender)]++;
	count_bytes(r, role, c);
	if (!conn_handshake_completed(c)) {
		r->failed[ending]++;
		return;
	}
	if (lasted(c, PHASE_HANDSHAKE, &ns))
		exposition_buckets_add(&r->handshake, &HANDSHAKE_BOUNDS, ns, c->id, wall_ns);
	/* How long it existed before it was first seen is not known. */
	if (!(c->flags & (CONN_EXISTED | CONN_MIDSTREAM)) && c->close_ns >= c->start_ns)
		exposition_buckets_add(&r->duration, &DURATION_BOUNDS, c->close_ns - c->start_ns, c->id, wall_ns);
	if ((ending == ENDING_CLOSED || ending == ENDING_RESET) && lasted(c, PHASE_TEARDOWN, &ns))
		exposition_buckets_add(&m->teardown[ending == ENDING_CLOSED ? TEARDOWN_FIN : TEARDOWN_RESET],
				       &TEARDOWN_BOUNDS, ns, c->id, wall_ns);
}

static void count_finished(struct metric_set *m, const struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++) {
		const struct timewait *tw = &c->side[i].timewait;
		uint64_t ns;

		if (tw->exit == TIMEWAIT_EXIT_NEVER_CREATED)
			m->exits[TIMEWAIT_EXIT_NEVER_CREATED]++;
		if (!tw->entered_ns || tw->ended_ns <= tw->entered_ns)
			continue;
		m->exits[tw->exit < TIMEWAIT_EXIT_COUNT ? tw->exit : TIMEWAIT_EXIT_UNKNOWN]++;
		if (timewait_length(tw, &ns))
			exposition_buckets_add(&m->time_wait, &TIME_WAIT_BOUNDS, ns, c->id,
					       tw->ended_ns + (uint64_t)c->wall_offset_ns);
	}
}

void metric_set_conn(struct metric_set *m, const struct conn *c, enum conn_change change)
{
	switch (change) {
	case CONN_OPENED:
		m->opened[!endpoint_is_ipv4(&c->flow.end[SERVER])]++;
		break;
	case CONN_CLOSED:
		count_closed(m, c);
		break;
	case CONN_FINISHED:
		count_finished(m, c);
		break;
	case CONN_TIMEWAIT_OVER:
	case CONN_STILL_OPEN:
	case CONN_LISTED:
		break;
	}
}
