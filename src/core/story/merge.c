// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Each half is right about its own end: its socket, what left there, what came there. So a side is taken from its own
 * host, and what its peer's host saw of it tells what became of its segments on the way.
 */
#include "core/story/merge.h"

#include <errno.h>

#include "core/record/ending.h"
#include "core/record/reset_origin.h"
#include "core/story/passages.h"

bool stories_handshake(const struct conn *k, const struct conn *v, struct handshake_times *out)
{
	for (int i = CLIENT; i < SIDES; i++) {
		/* Of several copies it is not certain which one was the first to arrive. */
		if (k->side[i].syn_count != 1 || v->side[i].syn_count != 1)
			return false;
		if (!k->side[i].mark[MARK_SYN] || !v->side[i].mark[MARK_SYN])
			return false;
	}
	if ((k->flags | v->flags) & CONN_SIMULTANEOUS_OPEN)
		return false;
	*out = (struct handshake_times) {
		.t1 = k->side[CLIENT].mark[MARK_SYN] + (uint64_t)k->wall_offset_ns,
		.t2 = v->side[CLIENT].mark[MARK_SYN] + (uint64_t)v->wall_offset_ns,
		.t3 = v->side[SERVER].mark[MARK_SYN] + (uint64_t)v->wall_offset_ns,
		.t4 = k->side[SERVER].mark[MARK_SYN] + (uint64_t)k->wall_offset_ns,
	};
	return true;
}

/* ---- the server's half by the client's clock */

static void shift(uint64_t *ns, int64_t by)
{
	if (*ns)
		*ns += (uint64_t)by;
}

static void shift_side(struct side *s, int64_t by)
{
	struct timewait *tw = &s->timewait;
	uint64_t *const times[] = { &tw->made_ns,   &tw->entered_ns, &tw->ended_ns, &tw->restarted_ns,
				    &tw->listed_ns, &s->heard_ns,    &s->listed_ns };

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		shift(times[i], by);
	for (int m = 0; m < MARKS; m++)
		shift(&s->mark[m], by);
}

/* Of what stories_merge() uses; the moments remain as they are. */
static void shift_conn(struct conn *c, int64_t by)
{
	shift(&c->start_ns, by);
	shift(&c->last_ns, by);
	shift(&c->close_ns, by);
	shift(&c->decided_ns, by);
	shift(&c->icmp.ts_ns, by);
	shift_side(&c->side[CLIENT], by);
	shift_side(&c->side[SERVER], by);
}

/* ---- sides and flags */

/* What the receiver's host knows of a side's segments. */
static void take_from_peer(struct side *own, const struct side *seen, bool injected)
{
	own->drops = seen->drops;
	own->drop_reason = seen->drop_reason;
	if (!injected || own->rst_count)
		return;
	own->mark[MARK_RST] = seen->mark[MARK_RST];
	own->rst_count = seen->rst_count;
	own->rst_seq = seen->rst_seq;
	own->rst_ttl = seen->rst_ttl;
	own->rst_place = seen->rst_place;
	own->rst_bare = seen->rst_bare;
	own->rst_left_here = false;
}

static void merge_view(struct conn *out, const struct conn *v)
{
	bool same = endpoint_equal(&out->flow.end[CLIENT], &v->flow.end[CLIENT]) &&
		    endpoint_equal(&out->flow.end[SERVER], &v->flow.end[SERVER]);

	if (same) {
		out->server_view = SERVER_VIEW_FLOW;
		return;
	}
	out->view[0] = v->flow;
	out->views = 1;
	out->server_view = 1;
}

/* Whole only if both halves are; of all else it is enough that one host saw it. */
static uint32_t merge_flags(const struct conn *k, const struct conn *v)
{
	uint32_t complete = k->flags & v->flags & CONN_COMPLETE;
	uint32_t derived = k->flags & v->flags & CONN_ROLES_DERIVED;

	return ((k->flags | v->flags) & ~(uint32_t)(CONN_COMPLETE | CONN_ROLES_DERIVED)) | complete | derived;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Did it end badly there? Then it is over, whatever the other end still believes. */
static bool has_failed(const struct conn *half)
{
	return half->close_ns && half->verdict.ending != ENDING_CLOSED && half->verdict.ending != ENDING_UNKNOWN;
}

static void merge_times(struct conn *out, const struct conn *k, const struct conn *v)
{
	out->last_ns = later(k->last_ns, v->last_ns);
	out->decided_ns = later(k->decided_ns, v->decided_ns);
	out->close_ns = later(k->close_ns, v->close_ns);
	/* Else one end whose socket is open keeps it open. */
	if (!(k->close_ns && v->close_ns) && !has_failed(k) && !has_failed(v))
		out->close_ns = 0;
	if (!out->icmp.ts_ns)
		out->icmp = v->icmp;
}

/* ---- history */

/* Is that moment the half's of this side to report? A drop is its receiver's, or, leaving, its sender's. */
static bool is_own(const struct moment *m, enum side_name side)
{
	bool at_receiver = m->kind == EVENT_DROP && !(m->old_state & DROP_LEAVING);

	return m->side == (at_receiver ? other_side(side) : side);
}

static bool add_moment(struct conn *out, const struct moment *m, int64_t by)
{
	struct moment moved = *m;

	moved.ts_ns += (uint64_t)by;
	return !moments_add(&out->moments, &moved);
}

static bool merge_moments(const struct conn *half, enum side_name side, int64_t by, const struct passages *of_peer,
			  struct conn *out)
{
	bool ok = true;

	for (unsigned int i = 0; i < half->moments.count; i++) {
		const struct moment *m = &half->moments.list[i];

		if (is_own(m, side) || of_peer->received[i].fate == PASSAGE_INJECTED)
			ok &= add_moment(out, m, by);
	}
	out->moments.dropped += half->moments.dropped;
	return ok;
}

/* The moments are in their order now: what became of each. */
static void place_passages(const struct conn *half, enum side_name side, int64_t by, const struct passages *own,
			   const struct passages *of_peer, struct path *path, const struct conn *out)
{
	for (unsigned int o = 0; o < out->moments.count; o++) {
		const struct moment *m = &out->moments.list[o];

		for (unsigned int i = 0; i < half->moments.count && m->kind == EVENT_SEGMENT; i++) {
			const struct moment *h = &half->moments.list[i];

			if (h->kind != EVENT_SEGMENT || h->ts_ns + (uint64_t)by != m->ts_ns || h->side != m->side ||
			    h->seq != m->seq || h->tcp_flags != m->tcp_flags)
				continue;
			path->passage[o] = m->side == side ? own->sent[i] : of_peer->received[i];
		}
	}
}

/* ---- the whole */

static void count_passages(const struct conn *half, enum side_name side, const struct passages *p, struct path *path)
{
	path->counted[side] = p->counted;
	path->injected[side] = (uint16_t)p->injected;
	for (unsigned int i = 0; i < half->moments.count && p->counted; i++) {
		unsigned int flags = half->moments.list[i].tcp_flags;

		if (p->sent[i].fate != PASSAGE_LOST)
			continue;
		path->lost[side]++;
		path->syn_lost[side] += !!(flags & TCP_FLAG_SYN_BIT);
		path->fin_lost[side] += !!(flags & TCP_FLAG_FIN_BIT);
		path->rst_lost[side] += !!(flags & TCP_FLAG_RST_BIT);
	}
}

static void measure_delays(const struct conn *k, const struct conn *v, struct path *path)
{
	struct handshake_times t;

	path->delay_known[CLIENT] = path->delay_known[SERVER] = path->clock_known && stories_handshake(k, v, &t);
	if (!path->delay_known[CLIENT])
		return;
	path->delay_ns[CLIENT] = (int64_t)(t.t2 - t.t1) - path->clock_offset_ns;
	path->delay_ns[SERVER] = (int64_t)(t.t4 - t.t3) + path->clock_offset_ns;
}

/* Who sent the RST that ended it is known if it was seen to leave its sender's host, or not to. */
static void decide(struct conn *out)
{
	int sender;

	out->verdict = ending_decide(out);
	out->verdict.reset_origin = reset_origin_decide(out, &out->verdict.evidence);
	sender = reset_origin_sender(out);
	if (sender < 0 || !out->path->injected[sender])
		return;
	out->verdict.reset_origin = RESET_ORIGIN_PATH;
	out->verdict.evidence |= 1U << VERDICT_EVIDENCE_HOSTS;
}

int stories_merge(const struct conn *k, const struct conn *v, struct path *path, struct conn *out)
{
	int64_t by = v->wall_offset_ns - k->wall_offset_ns - path->clock_offset_ns;
	struct passages of[SIDES];
	struct conn moved = *v;
	bool ok;

	shift_conn(&moved, by);
	passages_match(k, v, CLIENT, by, path->clock_error_ns, &of[CLIENT]);
	passages_match(v, k, SERVER, -by, path->clock_error_ns, &of[SERVER]);
	*out = *k;
	out->moments = (struct moments) { 0 };
	out->side[SERVER] = moved.side[SERVER];
	take_from_peer(&out->side[CLIENT], &moved.side[CLIENT], of[CLIENT].injected);
	take_from_peer(&out->side[SERVER], &k->side[SERVER], of[SERVER].injected);
	merge_view(out, v);
	out->flags = merge_flags(k, v);
	merge_times(out, k, &moved);
	ok = merge_moments(k, CLIENT, 0, &of[SERVER], out);
	ok &= merge_moments(v, SERVER, by, &of[CLIENT], out);
	if (!ok)
		conn_no_memory(out);
	place_passages(k, CLIENT, 0, &of[CLIENT], &of[SERVER], path, out);
	place_passages(v, SERVER, by, &of[SERVER], &of[CLIENT], path, out);
	count_passages(k, CLIENT, &of[CLIENT], path);
	count_passages(v, SERVER, &of[SERVER], path);
	measure_delays(k, v, path);
	out->path = path;
	decide(out);
	return ok ? 0 : -ENOMEM;
}
