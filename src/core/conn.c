// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Questions about a connection that several files ask: who closed first, whether it was established, which side is the
 * client, and how long its TIME_WAIT is meant to last.
 */
#include "core/conn.h"

#include <string.h>

#include "core/cgroup.h"
#include "lib/hash_mix.h"

bool conn_has_pair(const struct conn *c)
{
	return c->side[CLIENT].isn_known && (c->side[SERVER].isn_known || c->flags & CONN_SELF);
}

/* The same whichever of the two opened: in a simultaneous open each host takes its own end for the client. */
static void id_of_pair(uint32_t a, uint32_t b, uint64_t id[2])
{
	uint64_t pair = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;

	id[0] = hash_mix(pair);
	id[1] = hash_mix(id[0] + pair + 1);
}

/* Of a SYN that nobody answered with a number: what a translator leaves as it is, and an observer sees, too. */
static void id_of_syn(const struct conn *c, uint64_t id[2])
{
	const struct side *k = &c->side[CLIENT];
	uint64_t ts_ns = k->mark[MARK_SYN] ? k->mark[MARK_SYN] : c->start_ns;
	uint64_t second = (ts_ns + (uint64_t)c->wall_offset_ns) / 1000000000ULL;
	uint64_t syn = (uint64_t)k->isn << 16 | c->flow.end[SERVER].port;

	id[0] = hash_mix(hash_mix(syn) ^ second);
	id[1] = hash_mix(hash_mix(second) ^ syn);
}

static void id_of_tuple(const struct conn *c, uint64_t id[2])
{
	const struct endpoint *end = c->flow.end;
	uint64_t wall_ns = c->start_ns + (uint64_t)c->wall_offset_ns;

	id[0] = hash_mix(flow_hash(&end[CLIENT], &end[SERVER]) ^ hash_mix(wall_ns));
	id[1] = hash_mix(id[0] ^ c->start_ns ^ ((uint64_t)end[CLIENT].port << 16 | end[SERVER].port));
}

void conn_make_id(const struct conn *c, uint64_t id[2])
{
	if (conn_has_pair(c))
		id_of_pair(c->side[CLIENT].isn, c->side[c->flags & CONN_SELF ? CLIENT : SERVER].isn, id);
	else if (c->side[CLIENT].isn_known)
		id_of_syn(c, id);
	else
		id_of_tuple(c, id);
	id[0] |= !id[0]; /* OTLP: an all-zero id is invalid */
}

void conn_add_moment(struct conn *c, const struct moment *m)
{
	if (moments_add(&c->moments, m) < 0)
		conn_no_memory(c);
}

const struct cgroup *side_cgroup(const struct side *s)
{
	return s->cgroup_known && s->cgroup_known->id == s->cgroup ? s->cgroup_known : NULL;
}

bool side_is_local(const struct side *s)
{
	return s->id != 0 || s->half_open || s->timewait.existed;
}

bool timewait_is_measured(const struct timewait *tw)
{
	return tw->entered_ns && !(tw->existed && tw->entered_ns == tw->made_ns);
}

bool timewait_end_is_seen(const struct timewait *tw)
{
	return tw->ended_ns && tw->ended_by & EVIDENCE_KERNEL;
}

bool timewait_length(const struct timewait *tw, uint64_t *ns)
{
	if (!timewait_is_measured(tw) || !timewait_end_is_seen(tw) || tw->ended_ns < tw->entered_ns)
		return false;
	*ns = tw->ended_ns - tw->entered_ns;
	return true;
}

void timewait_bounds(const struct timewait *tw, uint64_t *least_ns, uint64_t *most_ns)
{
	uint64_t last = tw->restarted_ns > tw->listed_ns ? tw->restarted_ns : tw->listed_ns;

	*least_ns = *most_ns = 0;
	if (!tw->ended_ns || timewait_end_is_seen(tw) || !timewait_is_measured(tw))
		return;
	if (last > tw->entered_ns)
		*least_ns = last - tw->entered_ns;
	if (tw->ended_by & EVIDENCE_DERIVED && tw->ended_ns > tw->entered_ns)
		*most_ns = tw->ended_ns - tw->entered_ns;
}

uint64_t timewait_nominal_ns(const struct timewait *tw)
{
	/* A FIN_WAIT2 minisocket was armed with tcp_fin_timeout. */
	if (!tw->timeout_ms || (tw->was_fin_wait2 && tw->entered_ns))
		return TIMEWAIT_LEN_NS;
	return tw->timeout_ms * 1000000ULL;
}

void actor_of_task(struct actor *out, const struct event_task *task)
{
	out->pid = task->pid;
	memset(out->thread, 0, sizeof(out->thread));
	if (!task->process[0]) {
		memcpy(out->comm, task->comm, sizeof(out->comm));
		return;
	}
	memcpy(out->comm, task->process, sizeof(out->comm));
	if (strncmp(task->comm, task->process, sizeof(task->comm)) != 0)
		memcpy(out->thread, task->comm, sizeof(out->thread));
}

const struct actor *conn_actor(const struct conn *c, enum side_name side)
{
	static const uint8_t order[SIDES][2] = { { OPENER, ACCEPTOR }, { ACCEPTOR, OPENER } };
	const struct side *s = &c->side[side];

	for (size_t i = 0; i < 2; i++) {
		if (s->actor[order[side][i]].certainty != ACTOR_UNKNOWN)
			return &s->actor[order[side][i]];
	}
	return NULL;
}

int conn_unclosed_side(const struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++)
		if (c->side[i].state == TCPS_CLOSE_WAIT && !c->close_ns)
			return i;
	return -1;
}

uint64_t conn_close_wait_ns(const struct conn *c, enum side_name side, uint64_t now_ns)
{
	const struct side *s = &c->side[side];
	uint64_t since_ns = s->mark[MARK_CLOSE_WAIT] ? s->mark[MARK_CLOSE_WAIT] : c->start_ns;

	return s->state == TCPS_CLOSE_WAIT && now_ns > since_ns ? now_ns - since_ns : 0;
}

bool side_had_taken_fin(const struct side *s)
{
	return s->existed_state == TCPS_CLOSE_WAIT || s->existed_state == TCPS_LAST_ACK ||
	       s->existed_state == TCPS_CLOSING;
}

static bool had_sent_fin(const struct side *s)
{
	return s->existed_state == TCPS_FIN_WAIT1 || s->existed_state == TCPS_FIN_WAIT2 ||
	       s->existed_state == TCPS_TIME_WAIT;
}

bool conn_teardown_existed(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return side_had_taken_fin(k) || had_sent_fin(k) || side_had_taken_fin(v) || had_sent_fin(v);
}

bool conn_syn_cookie(const struct conn *c)
{
	const struct side *v = &c->side[SERVER];

	return v->id && v->unowned_synack_netns && v->unowned_synack_netns == v->netns;
}

const struct endpoint *conn_translated(const struct conn *c, enum side_name side)
{
	const struct flow *last;

	if (!c->views || c->server_view == SERVER_VIEW_FLOW)
		return NULL;
	last = &c->view[(c->server_view ? c->server_view : c->views) - 1];
	return endpoint_equal(&last->end[side], &c->flow.end[side]) ? NULL : &last->end[side];
}

const char *conn_role(const struct conn *c)
{
	bool client = side_is_local(&c->side[CLIENT]), server = side_is_local(&c->side[SERVER]);

	if (c->flags & CONN_SELF)
		return "both";
	return client && server ? "both" : client ? "client" : server ? "server" : NULL;
}

/* By the states that the snapshot found. TIME_WAIT decides nothing: after a simultaneous close both sides have it. */
static int closed_first_before(const struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++) {
		unsigned int state = c->side[i].existed_state;

		if (state == TCPS_CLOSE_WAIT || state == TCPS_LAST_ACK)
			return other_side(i);
		if (state == TCPS_FIN_WAIT2)
			return i;
	}
	for (int i = CLIENT; i < SIDES; i++)
		if (c->side[i].existed_state == TCPS_FIN_WAIT1)
			return i;
	return -1;
}

/*
 * A socket's own states show whether the peer's FIN came before it closed; a FIN on the wire may not have been
 * accepted.
 */
static int closed_first_by_states(const struct conn *c)
{
	const uint64_t *k = c->side[CLIENT].mark, *v = c->side[SERVER].mark;

	if (c->flags & (CONN_SIMULTANEOUS_CLOSE | CONN_SELF))
		return -1;
	for (int i = CLIENT; i < SIDES; i++) {
		const uint64_t *mark = c->side[i].mark;

		if (mark[MARK_CLOSE_WAIT] &&
		    (!mark[MARK_CLOSED_HERE] || mark[MARK_CLOSE_WAIT] < mark[MARK_CLOSED_HERE]))
			return other_side(i);
	}
	if (!k[MARK_CLOSED_HERE] && !v[MARK_CLOSED_HERE])
		return -1;
	if (!k[MARK_CLOSED_HERE] || !v[MARK_CLOSED_HERE])
		return k[MARK_CLOSED_HERE] ? CLIENT : SERVER;
	return v[MARK_CLOSED_HERE] < k[MARK_CLOSED_HERE] ? SERVER : CLIENT;
}

int conn_first_closer(const struct conn *c)
{
	int first = closed_first_by_states(c);

	if (conn_teardown_existed(c))
		return closed_first_before(c);
	if (first >= 0)
		return first;

	uint64_t k = c->side[CLIENT].mark[MARK_FIN], v = c->side[SERVER].mark[MARK_FIN];

	if (!k && !v) {
		k = c->side[CLIENT].mark[MARK_CLOSED_HERE];
		v = c->side[SERVER].mark[MARK_CLOSED_HERE];
		/* A side that accepted the peer's FIN before it closed was second, whatever is known of the peer. */
		if (!k && v && c->side[SERVER].mark[MARK_CLOSE_WAIT] && c->side[SERVER].mark[MARK_CLOSE_WAIT] < v)
			return CLIENT;
		if (!v && k && c->side[CLIENT].mark[MARK_CLOSE_WAIT] && c->side[CLIENT].mark[MARK_CLOSE_WAIT] < k)
			return SERVER;
	}
	if (!k && !v)
		return -1;
	if (!k || !v)
		return k ? CLIENT : SERVER;
	/* In one tick of a capture's clock: who acknowledged the other's FIN with its own was second. */
	if (k == v && c->side[SERVER].fin_acked_with_fin)
		return SERVER;
	return v < k ? SERVER : CLIENT;
}

bool conn_fins_acked(const struct conn *c)
{
	return c->side[CLIENT].mark[MARK_FIN_ACKED] && c->side[SERVER].mark[MARK_FIN_ACKED];
}

bool conn_handshake_completed(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	if (k->mark[MARK_ESTABLISHED] || v->mark[MARK_ESTABLISHED])
		return true;
	/* A request on this host of which no socket came did not take the ACK. */
	return v->mark[MARK_SYN_ACKED] && v->state != TCPS_NEW_SYN_RECV;
}

bool conn_was_established(const struct conn *c)
{
	return conn_handshake_completed(c) || c->flags & CONN_MIDSTREAM;
}

bool conn_ended_on_wire(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return conn_fins_acked(c) || (k->mark[MARK_FIN] && v->mark[MARK_FIN]) || k->mark[MARK_RST] || v->mark[MARK_RST];
}

bool conn_reset_ends(const struct conn *c, enum side_name sender)
{
	const struct side *s = &c->side[sender];

	if (!s->mark[MARK_RST])
		return false;
	return sender == CLIENT || !s->mark[MARK_SYN] || s->mark[MARK_SYN_ACKED] || !s->rst_seq ||
	       s->rst_seq == s->isn + 1;
}
