// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides under which subject a connection counts, and what of it. */
#include "sink/doctor/findings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/capture/track.h"
#include "core/conn.h"
#include "lib/hash_mix.h"

#define SLOW_ACCEPT_NS	1000000000ULL
#define UNCLOSED_NS	5000000000ULL /* a program that is to close() at once takes less, a busy one too */
#define CONNECTING_NS	3000000000ULL /* the SYN was sent three times by then */
#define CONNECTING_SYNS 3

int findings_init(struct findings *f)
{
	int err;

	*f = (struct findings) { 0 };
	err = flat_init(&f->index, 64);
	f->list = err ? NULL : calloc(FINDINGS_MAX, sizeof(*f->list));
	if (!err && !f->list) {
		flat_free(&f->index);
		err = -ENOMEM;
	}
	return err;
}

void findings_free(struct findings *f)
{
	flat_free(&f->index);
	free(f->list);
	f->list = NULL;
	f->count = 0;
}

/* ---- subjects ---- */

static uint32_t hash_of(const struct finding *key)
{
	uint64_t comm[2];

	memcpy(comm, key->comm, sizeof(comm));
	return (uint32_t)hash_mix(flow_hash(&key->end, &key->end) ^ hash_mix(comm[0] ^ hash_mix(comm[1])) ^
				  hash_mix((uint64_t)key->netns << 16 | key->kind << 8 | key->cause));
}

static bool is_same(const struct finding *a, const struct finding *b)
{
	return a->kind == b->kind && a->cause == b->cause && a->netns == b->netns && endpoint_equal(&a->end, &b->end) &&
	       !memcmp(a->comm, b->comm, sizeof(a->comm));
}

static struct finding *find(const struct findings *f, const struct finding *key)
{
	struct flat_search search = flat_search(&f->index, hash_of(key));
	uint32_t number;

	while ((number = flat_next(&search))) {
		if (is_same(&f->list[number - 1], key))
			return &f->list[number - 1];
	}
	return NULL;
}

const struct finding *findings_find(const struct findings *f, const struct finding *key)
{
	return find(f, key);
}

/* Where there is no room for one more, what is counted of it goes nowhere. */
static struct finding *subject(struct findings *f, const struct finding *key)
{
	static struct finding nowhere;
	struct finding *s = find(f, key);

	if (s)
		return s;
	if (f->count == FINDINGS_MAX || flat_add(&f->index, hash_of(key), (uint32_t)f->count + 1)) {
		f->beyond++;
		return &nowhere;
	}
	s = &f->list[f->count++];
	*s = *key;
	return s;
}

static struct finding *at_end(struct findings *f, enum finding_kind kind, const struct endpoint *end, uint32_t netns)
{
	return subject(f, &(struct finding) { .kind = kind, .netns = netns, .end = *end });
}

/* Whoever has all ports of an address. */
static struct endpoint host_of(const struct endpoint *end)
{
	struct endpoint host = *end;

	host.port = 0;
	return host;
}

static void note_process(struct finding *s, const struct conn *c, enum side_name side)
{
	const struct actor *a = conn_actor(c, side);

	if (!a || !a->pid)
		return;
	s->pid = a->pid;
	memcpy(s->process, a->comm, sizeof(s->process));
}

static void note_length(struct finding *s, uint64_t ns)
{
	if (ns > s->longest_ns)
		s->longest_ns = ns;
}

/* ---- what all connections show ---- */

/* Opened by whom it concerns: from here, or, as a capture does not say where that is, by anybody in it. */
static bool is_outgoing(const struct conn *c)
{
	return (side_is_local(&c->side[CLIENT]) || c->track) && !(c->flags & CONN_SELF);
}

/* The namespace of the end that this host has: it tells equal addresses of two containers apart. */
static uint32_t netns_of(const struct conn *c)
{
	return c->side[CLIENT].netns ? c->side[CLIENT].netns : c->side[SERVER].netns;
}

/* Of a capture not only those with data are counted; a side without data counts none. */
static bool captured_segments(const struct track *t, unsigned int index, uint64_t *all, uint64_t *again)
{
	*all = t->side[index].packets;
	*again = t->side[index].repeats.count;
	return track_bytes(t, index) > 0;
}

/* Data segments of one side, those sent again included, and these. False: it sent none, or they are not known. */
static bool segments_of(const struct conn *c, enum side_name side, uint64_t *all, uint64_t *again)
{
	const struct side *s = &c->side[side];
	uint64_t handshake = s->syn_retransmits + s->fin_retransmits;

	if (c->track)
		return captured_segments(c->track, track_index(c->track, side), all, again);
	if (!side_is_local(s) || !s->has_stats)
		return false;
	*all = s->stats.data_segs_out;
	*again = s->stats.retransmits > handshake ? s->stats.retransmits - handshake : 0;
	return *all > 0;
}

/*
 * sign: -1 for what was sent before tracing began. A peer is looked at from the first connection on in which something
 * was sent again: a server has more clients than there is room for.
 */
static void count_segments(struct findings *f, const struct conn *c, int sign)
{
	for (int i = CLIENT; i < SIDES; i++) {
		struct finding key = { .kind = FINDING_RETRANSMITS, .netns = c->side[i].netns }, *to;
		uint64_t all, again;

		if (!segments_of(c, i, &all, &again))
			continue;
		key.end = host_of(&c->flow.end[other_side(i)]);
		to = again ? subject(f, &key) : find(f, &key);
		if (!to)
			continue;
		to->segments += sign * (int64_t)all;
		to->again += sign * (int64_t)again;
		to->captured = c->track != NULL;
		if (sign < 0)
			continue;
		to->count += again > 0;
		note_process(to, c, i);
	}
}

static void count_accept(struct findings *f, const struct conn *c)
{
	const struct side *s = &c->side[SERVER];
	struct finding *of;
	uint64_t ns;

	if (s->queue_full) {
		struct advice a = advice_of_opening(c);

		of = at_end(f, FINDING_ACCEPT_QUEUE, &c->flow.end[SERVER], a.netns);
		of->count++;
		of->advice = a;
		note_process(of, c, SERVER);
	}
	if (conn_syn_cookie(c))
		at_end(f, FINDING_SYN_QUEUE, &c->flow.end[SERVER], s->netns)->count++;
	if (!s->mark[MARK_ACCEPTED] || !s->mark[MARK_ESTABLISHED] || s->mark[MARK_ACCEPTED] < s->mark[MARK_ESTABLISHED])
		return;
	ns = s->mark[MARK_ACCEPTED] - s->mark[MARK_ESTABLISHED];
	if (ns < SLOW_ACCEPT_NS)
		return;
	of = at_end(f, FINDING_SLOW_ACCEPT, &c->flow.end[SERVER], s->netns);
	of->count++;
	note_length(of, ns);
	note_process(of, c, SERVER);
}

/* ---- those that failed ---- */

/* Counts it, unless the full accept queue that it met was counted. */
static void count_opening(struct findings *f, const struct conn *c, enum finding_kind kind, const struct advice *a)
{
	struct finding *s;

	if (c->side[SERVER].queue_full)
		return;
	s = at_end(f, kind, &c->flow.end[SERVER], netns_of(c));
	s->count++;
	s->advice = *a;
	/* Those that came from elsewhere to a port of this host: seen from here nobody opened them. */
	if (is_outgoing(c))
		note_process(s, c, CLIENT);
}

static void count_reset(struct findings *f, const struct conn *c, const struct advice *a)
{
	enum side_name by = c->verdict.ended_by == ENDED_BY_CLIENT ? CLIENT : SERVER;
	const struct actor *actor = conn_actor(c, by);
	struct finding key = { .kind = FINDING_RESET, .cause = a->rule, .netns = netns_of(c) }, *s;

	key.end = c->flow.end[SERVER];
	if (actor)
		memcpy(key.comm, actor->comm, sizeof(key.comm));
	s = subject(f, &key);
	s->count++;
	s->advice = *a;
	note_process(s, c, by);
	s->bytes += a->rule == ADVICE_UNREAD && c->side[by].has_stats ? c->side[by].stats.unread : 0;
}

static void count_timed_out(struct findings *f, const struct conn *c, const struct advice *a)
{
	enum side_name here = side_is_local(&c->side[CLIENT]) ? CLIENT : SERVER;
	struct endpoint peer = host_of(&c->flow.end[other_side(here)]);
	struct finding *s = at_end(f, FINDING_TIMED_OUT, &peer, c->side[here].netns);

	s->count++;
	s->advice = *a;
	note_process(s, c, here);
}

static void count_no_port(struct findings *f, const struct conn *c, const struct advice *a)
{
	struct finding *s = at_end(f, FINDING_LOCAL_PORTS, &c->flow.end[SERVER], c->side[CLIENT].netns);

	s->count++;
	s->advice = *a;
	note_process(s, c, CLIENT);
}

static void count_no_bucket(struct findings *f, const struct advice *a)
{
	struct finding *s = subject(f, &(struct finding) { .kind = FINDING_TW_BUCKETS, .netns = a->netns });

	s->count++;
	s->advice = *a;
}

static void count_ending(struct findings *f, const struct conn *c)
{
	struct advice a = advice_of(c);

	switch ((enum advice_rule)a.rule) {
	case ADVICE_REFUSED:
	case ADVICE_ABORT_ON_OVERFLOW:
		count_opening(f, c, FINDING_REFUSED, &a);
		break;
	case ADVICE_UNANSWERED:
	case ADVICE_FILTERED:
		count_opening(f, c, FINDING_UNANSWERED, &a);
		break;
	case ADVICE_UNREACHABLE:
		count_opening(f, c, FINDING_UNREACHABLE, &a);
		break;
	case ADVICE_NO_LOCAL_PORT:
		count_no_port(f, c, &a);
		break;
	case ADVICE_TIMED_OUT:
		count_timed_out(f, c, &a);
		break;
	case ADVICE_TW_BUCKETS:
		count_no_bucket(f, &a);
		break;
	default:
		if (c->verdict.ending == ENDING_RESET)
			count_reset(f, c, &a);
	}
}

void findings_opened(struct findings *f, const struct conn *c)
{
	if (c->flags & CONN_EXISTED)
		count_segments(f, c, -1);
}

void findings_closed(struct findings *f, const struct conn *c)
{
	f->connections++;
	count_segments(f, c, 1);
	count_accept(f, c);
	at_end(f, FINDING_SERVICE, &c->flow.end[SERVER], netns_of(c))->count++;
	if (is_outgoing(c))
		at_end(f, FINDING_TARGET, &c->flow.end[SERVER], netns_of(c))->count++;
	count_ending(f, c);
}

/* ---- those that are open ---- */

static void count_unclosed(struct findings *f, const struct conn *c, uint64_t now_ns)
{
	int side = conn_unclosed_side(c);
	uint64_t ns = side < 0 ? 0 : conn_close_wait_ns(c, side, now_ns);
	struct finding key = { .kind = FINDING_UNCLOSED }, *s;
	const struct actor *actor;

	if (ns < UNCLOSED_NS)
		return;
	actor = conn_actor(c, side);
	key.netns = c->side[side].netns;
	if (actor)
		memcpy(key.comm, actor->comm, sizeof(key.comm));
	s = subject(f, &key);
	s->count++;
	s->bytes += c->side[side].listed_ns ? c->side[side].stats.unread : 0;
	s->advice = (struct advice) { .rule = ADVICE_UNCLOSED, .netns = key.netns };
	if (ns < s->longest_ns)
		return;
	s->longest_ns = ns;
	s->at_least = !c->side[side].mark[MARK_CLOSE_WAIT];
	note_process(s, c, side);
}

static void count_connecting(struct findings *f, const struct conn *c, uint64_t now_ns)
{
	const struct side *k = &c->side[CLIENT];
	struct advice a;

	if (k->state != TCPS_SYN_SENT || now_ns - c->start_ns < CONNECTING_NS || c->side[SERVER].mark[MARK_SYN] ||
	    (k->syn_count < CONNECTING_SYNS && k->syn_retransmits + 1 < CONNECTING_SYNS && !k->drops_leaving))
		return;
	a = advice_of_opening(c);
	count_opening(f, c, FINDING_UNANSWERED, &a);
}

static void count_half_open(struct findings *f, const struct conn *c)
{
	const struct side *s = &c->side[SERVER];

	if (s->state == TCPS_NEW_SYN_RECV && !conn_handshake_completed(c) && !s->queue_full)
		at_end(f, FINDING_HALF_OPEN, &c->flow.end[SERVER], s->netns)->count++;
}

void findings_open(struct findings *f, const struct conn *c, uint64_t now_ns)
{
	f->connections++;
	count_segments(f, c, 1);
	count_accept(f, c);
	if (is_outgoing(c))
		at_end(f, FINDING_TARGET, &c->flow.end[SERVER], netns_of(c))->count++;
	count_unclosed(f, c, now_ns);
	count_connecting(f, c, now_ns);
	count_half_open(f, c);
}

/* ---- what is not of one connection ---- */

static void note_ports(struct findings *f, const struct destinations *d, const struct destination *dest)
{
	struct local_ports ports = destination_ports(d, dest);
	struct forecast_load load = destination_load(d, dest);
	struct forecast forecast = forecast_make(&ports, &load);
	struct finding *s = at_end(f, FINDING_LOCAL_PORTS, &dest->remote, dest->netns);
	const char *name = destination_top_process(dest);

	/* Of several local addresses the fullest. */
	if (forecast.used <= s->ports.used)
		return;
	s->ports = (struct destination_use) {
		.used = forecast.used,
		.available = forecast.available,
		.time_wait = dest->time_wait,
		.exhausted_ns = forecast.exhausted_ns,
	};
	s->advice = (struct advice) {
		.rule = ADVICE_NO_LOCAL_PORT,
		.netns = dest->netns,
		.end = dest->remote,
		.time_wait = dest->time_wait,
		.reuse = forecast.reuse,
	};
	if (name[0] && !s->process[0])
		memcpy(s->process, name, sizeof(s->process));
}

void findings_ports(struct findings *f, const struct destinations *d)
{
	const struct destination *top[DESTINATIONS_FULLEST];
	size_t n = destinations_top(d, top, DESTINATIONS_FULLEST);

	for (size_t i = 0; i < n; i++)
		note_ports(f, d, top[i]);
}

/* The accept queue that a connection met, if it is this listener's. */
static bool is_queue_of(const struct finding *s, const struct host_facts *facts, const struct host_listener *l)
{
	return s->kind == FINDING_ACCEPT_QUEUE && s->netns == facts->netns && host_listener_at(facts, &s->end) == l;
}

static void note_listener(struct findings *f, const struct host_facts *facts, const struct host_listener *l, bool alone)
{
	/* The kernel takes one more than the limit (sk_acceptq_is_full()). */
	bool full = l->waiting > l->limit, found = false;
	struct finding *s;

	for (size_t i = 0; i < f->count; i++) {
		if (!is_queue_of(&f->list[i], facts, l))
			continue;
		f->list[i].listener = *l;
		found = true;
	}
	if (found || !full || !alone)
		return;
	s = at_end(f, FINDING_ACCEPT_QUEUE, &l->end, facts->netns);
	s->listener = *l;
	s->advice = (struct advice) { .rule = ADVICE_ACCEPT_QUEUE, .netns = facts->netns, .end = l->end };
}

void findings_host(struct findings *f, const struct host_facts *facts, bool alone)
{
	for (size_t i = 0; facts && i < facts->listener_count; i++)
		note_listener(f, facts, &facts->listener[i], alone);
}
