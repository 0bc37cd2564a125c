// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides what a connection adds to which counter and histogram, and when: at its first event, at its close, or when
 * it is over.
 */
#include "sink/metrics/metric_set.h"

#include <errno.h>
#include <stdlib.h>

#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/record/field_list.h"

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

int metric_set_init(struct metric_set *m, const struct port_filter *ports)
{
	size_t listed = 0;

	for (unsigned int port = 1; ports && port <= UINT16_MAX; port++)
		listed += ports->port[port] != 0;
	if (listed > METRIC_PORTS_MAX)
		return -E2BIG;
	m->port = calloc(listed + 1, sizeof(*m->port));
	if (!m->port)
		return -ENOMEM;
	m->port_count = 1;
	for (unsigned int port = 1; ports && port <= UINT16_MAX; port++) {
		if (!ports->port[port])
			continue;
		m->slot[port] = (uint8_t)m->port_count;
		m->port[m->port_count++].port = (uint16_t)port;
	}
	return 0;
}

void metric_set_free(struct metric_set *m)
{
	free(m->port);
	m->port = NULL;
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
	struct port_metrics *p = &m->port[m->slot[c->flow.end[SERVER].port]];
	struct role_metrics *r = &p->role[role];
	uint64_t wall_ns = c->close_ns + (uint64_t)c->wall_offset_ns, ns;
	uint8_t ending = c->verdict.ending < ENDING_COUNT ? c->verdict.ending : ENDING_UNKNOWN;
	int first = conn_first_closer(c);

	r->seen++;
	r->closed[ending]++;
	if (first >= 0)
		p->closed_first[first]++;
	count_retransmits(r, c);
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
		break;
	}
}
