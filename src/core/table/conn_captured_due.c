// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/conn_captured_due.h"

#include "core/capture/track.h"

#define SECOND 1000000000ULL

/* All is over: whoever still has something to say does it in this time (Zeek: tcp_close_delay). */
#define SETTLED_NS	(5 * SECOND)
#define SETTLED_LIVE_NS (SECOND / 2)
/* Both FINs were sent, and the last ACK is not in the capture. */
#define LAST_ACK_NS (60 * SECOND)
/* No TCP waits longer before it sends a SYN again: TCP_RTO_MAX is 120 s. */
#define ATTEMPT_NS (130 * SECOND)
/* No deadline: only the order counts, by who was silent for longest. Later than any time. */
#define IDLE_NS (1ULL << 63)

static bool is_unanswered(const struct conn *c)
{
	return !(c->flags & CONN_MIDSTREAM) && c->side[CLIENT].mark[MARK_SYN] && !c->side[SERVER].via;
}

static uint64_t patience(const struct conn *c, bool is_live)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	if (conn_fins_acked(c) || k->mark[MARK_RST] || v->mark[MARK_RST])
		return is_live ? SETTLED_LIVE_NS : SETTLED_NS;
	if (k->mark[MARK_FIN] && v->mark[MARK_FIN])
		return LAST_ACK_NS;
	return is_unanswered(c) ? ATTEMPT_NS : 0;
}

int conn_captured_schedule(struct heap *tracks, struct conn *c, uint64_t now_ns, bool is_live)
{
	struct track *w = c->track;
	uint64_t wait;

	if (!w->by_packets) {
		if (!w->timers_changed)
			return 0;
		w->timers_changed = false;
		return heap_put(tracks, &w->due, track_due(w));
	}
	wait = patience(c, is_live);
	if (wait)
		return heap_put(tracks, &w->due, (w->seen_ns > now_ns ? w->seen_ns : now_ns) + wait);
	/* Where it is among the idle ones is found out when one of them must go. */
	return w->due.place && w->due.key >= IDLE_NS ? 0 : heap_put(tracks, &w->due, IDLE_NS + w->seen_ns);
}

struct track *conn_captured_first(struct heap *tracks)
{
	struct heap_node *n;

	while ((n = heap_first(tracks))) {
		struct track *w = container_of(n, struct track, due);

		if (n->key < IDLE_NS || n->key == IDLE_NS + w->seen_ns)
			return w;
		heap_put(tracks, n, IDLE_NS + w->seen_ns);
	}
	return NULL;
}
