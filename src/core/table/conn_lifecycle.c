// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which queue a connection waits on, when it is over, when its record is due, and what is dropped when the
 * table is full. Time comes from conn_table.c.
 */
#include "core/table/conn_lifecycle.h"

#include <string.h>

#include "core/capture/track.h"
#include "core/conn_claim.h"
#include "core/conn_error.h"
#include "core/conn_missed.h"
#include "core/conn_timewait.h"
#include "core/record/ending.h"
#include "core/table/conn_view.h"
#include "core/table/conn_captured_due.h"
#include "core/record/reset_origin.h"

/*
 * After the last socket closed, events of its last segments, RST and accept() are still to come: state changes are
 * reported a little earlier.
 */
#define SETTLE_NS 50000000ULL
/*
 * The kernel's longest wait between two SYNs (tcp_syn_retries 6: 63 s) or SYN+ACKs; then a handshake without sockets is
 * over.
 */
#define HANDSHAKE_SILENCE_NS 70000000000ULL
/* Longer than a FIN waits to be sent again, seven times over (200 ms doubled each time): an ACK that was seen leaving
 * may be lost on its way to the other end. */
#define CONTRADICTED_NS 20000000000ULL
/*
 * TIME_WAIT's nominal length, the timer wheel's worst rounding (HZ=100), and a reserve: later than this its end was
 * missed.
 */
#define TIMEWAIT_OVERDUE_NS 70000000000ULL
/* As long as TIME_WAIT lasts on Linux, in which its stragglers are answered. So many are kept at most. */
#define AFTERWARDS_NS  60000000000ULL
#define AFTERWARDS_MAX 65536
/* An attempt of which the end of the capture shows no answer was not answered if it is as old as that. */
#define ATTEMPT_NS 5000000000ULL

static const uint64_t queue_delay_ns[QUEUES] = {
	[QUEUE_HANDSHAKE] = HANDSHAKE_SILENCE_NS, [QUEUE_SETTLING] = SETTLE_NS,
	[QUEUE_CONTRADICTED] = CONTRADICTED_NS,	  [QUEUE_TIMEWAIT] = TIMEWAIT_OVERDUE_NS,
	[QUEUE_AFTERWARDS] = AFTERWARDS_NS,
};

/* c is what e holds, as conn_store_look() has it. */
static void entry_free(struct conn_table *t, struct conn_entry *e, const struct conn *c)
{
	struct track *track = c->track;

	if (e->on_queue == QUEUE_TIMEWAIT)
		t->counters.in_timewait--;
	if (e->on_queue == QUEUE_AFTERWARDS)
		t->afterwards--;
	t->counters.live--;
	conn_index_remove(&t->index, c, e);
	list_remove(&e->queue);
	if (track)
		heap_remove(&t->tracks, &track->due);
	track_free(track);
	journal_drop(&t->journal, e->number);
	conn_store_remove(&t->store, e);
}

void conn_free(struct conn_table *t, struct conn *c)
{
	entry_free(t, c->entry, c);
}

void conn_count_no_memory(struct conn_table *t)
{
	t->counters.evicted++;
	t->counters.no_memory++;
	t->refused_ns = t->no_memory_ns = t->now_ns;
}

struct conn *conn_whole(struct conn_table *t, struct conn_entry *e)
{
	struct conn *c = conn_store_whole(&t->store, e);

	if (c)
		return c;
	conn_count_no_memory(t);
	entry_free(t, e, conn_store_look(&t->store, e));
	return NULL;
}

static struct conn *head(struct conn_table *t, struct list_node *queue)
{
	struct conn *c = NULL;

	while (!c && !list_empty(queue))
		c = conn_whole(t, container_of(queue->next, struct conn_entry, queue));
	return c;
}

/* Those that wait behind it were left alone since their delay began: memory is far away by now. */
static void prefetch_next(const struct list_node *queue, const struct conn_entry *e)
{
	const struct list_node *next = e->queue.next;

	if (next == queue)
		return;
	conn_store_prefetch_history(container_of(next, struct conn_entry, queue));
	if (next->next != queue)
		conn_store_prefetch(container_of(next->next, struct conn_entry, queue));
}

/* The same if it is due. */
static struct conn *due(struct conn_table *t, enum conn_queue of, uint64_t now_ns)
{
	struct list_node *queue = &t->queue[of];

	if (list_empty(queue) || container_of(queue->next, struct conn_entry, queue)->due_ns > now_ns)
		return NULL;
	return head(t, queue);
}

void conn_free_all(struct conn_table *t)
{
	for (int i = 0; i < QUEUES; i++) {
		while (!list_empty(&t->queue[i])) {
			struct conn_entry *e = container_of(t->queue[i].next, struct conn_entry, queue);

			entry_free(t, e, conn_store_look(&t->store, e));
		}
	}
}

/* ---- queues ---- */

static void report(struct conn_table *t, const struct conn *c, enum conn_change change)
{
	if (t->observer.changed && !(c->flags & CONN_BEFORE))
		t->observer.changed(t->observer.ctx, c, change, t->now_ns);
}

static void put_on_queue(struct conn_table *t, struct conn *c, enum conn_queue to)
{
	struct conn_entry *e = c->entry;

	conn_store_touch(&t->store, c, to == QUEUE_TIMEWAIT || to == QUEUE_AFTERWARDS);
	if (e->on_queue == to && !queue_delay_ns[to])
		return; /* a queue without deadlines needs no order */
	if (e->on_queue == QUEUE_TIMEWAIT)
		t->counters.in_timewait--;
	if (to == QUEUE_TIMEWAIT)
		t->counters.in_timewait++;
	list_remove(&e->queue);
	list_append(&t->queue[to], &e->queue);
	e->on_queue = to;
	e->due_ns = t->now_ns + queue_delay_ns[to];
	if (queue_delay_ns[to] && e->due_ns < t->due_ns)
		t->due_ns = e->due_ns;
}

static void find_cgroup(struct conn_table *t, struct conn *c, struct side *s)
{
	s->cgroup_known = cgroups_find(&t->cgroups, s->cgroup);
	if (s->cgroup && !s->cgroup_known && t->cgroups.no_memory)
		conn_no_memory(c);
}

static void give_id(struct conn_table *t, struct conn *c)
{
	uint64_t id[2];

	conn_make_id(c, id);
	if (conn_has_pair(c))
		c->flags |= CONN_ID_OF_PAIR;
	if (c->id[0] == id[0] && c->id[1] == id[1])
		return;
	conn_index_drop_name(&t->index, c);
	memcpy(c->id, id, sizeof(c->id));
	conn_index_add_name(&t->index, c);
}

void conn_number(struct conn_table *t, struct conn *c)
{
	if (c->id[0] && !(c->flags & (CONN_ID_OF_PAIR | CONN_REPORTED)) && conn_has_pair(c))
		give_id(t, c);
}

static void decide(struct conn_table *t, struct conn *c)
{
	/* Lost records may concern any connection that existed while they were lost. */
	if (t->last_loss_ns >= c->start_ns && t->last_loss_ns) {
		c->flags |= CONN_LOSSY;
		c->flags &= ~CONN_COMPLETE;
	}
	if (t->no_memory_ns >= c->start_ns && t->no_memory_ns)
		conn_no_memory(c);
	for (int i = CLIENT; i < SIDES; i++)
		find_cgroup(t, c, &c->side[i]);
	conn_claim_settle(c);
	if (!(c->flags & CONN_REPORTED))
		give_id(t, c);
	c->verdict = ending_decide(c);
	c->verdict.reset_origin = reset_origin_decide(c, &c->verdict.evidence);
	c->decided_ns = t->now_ns;
}

static bool any_timewait(const struct conn *c)
{
	return side_in_timewait(&c->side[CLIENT]) || side_in_timewait(&c->side[SERVER]);
}

static void finish(struct conn_table *t, struct conn *c)
{
	conn_index_prefetch(&t->index, c);
	decide(t, c);
	t->counters.finished++;
	report(t, c, CONN_FINISHED);
	conn_free(t, c);
}

static bool socket_lives(const struct conn *c, enum side_name side)
{
	return side_has_socket(&c->side[side]) && c->side[side].state != TCPS_CLOSE;
}

/* A FIN or SYN+ACK of a connection that was over long before, or never existed. It is not reported. */
static void forget_stray(struct conn_table *t, struct conn *c)
{
	t->counters.strays++;
	conn_free(t, c);
}

/*
 * A request's end has no hook: unless the client's RST or another SYN ended it, it expired, or was destroyed. Where the
 * ACK was answered by a RST it was gone, or its listener was; what the client sends then comes too late.
 */
static void note_unseen_end(struct conn *c)
{
	const struct side *v = &c->side[SERVER];
	uint64_t taken_ns = c->side[CLIENT].mark[MARK_RST];

	if (conn_reset_ends(c, SERVER) && v->mark[MARK_RST] < taken_ns)
		taken_ns = 0;
	if (v->state == TCPS_NEW_SYN_RECV && !taken_ns && v->reset_sent != RESET_INVALID_SYN + 1)
		c->flags = (c->flags | CONN_END_UNSEEN) & ~CONN_COMPLETE;
}

static void say_closed(struct conn_table *t, struct conn *c)
{
	note_unseen_end(c);
	decide(t, c);
	c->flags |= CONN_REPORTED;
	journal_drop(&t->journal, c->entry->number);
	t->counters.closed++;
	report(t, c, CONN_CLOSED);
}

/* The record of the connection, of which only TIME_WAIT's end is still to come. */
void conn_report(struct conn_table *t, struct conn *c)
{
	if (c->flags & CONN_TENTATIVE) {
		forget_stray(t, c);
		return;
	}
	say_closed(t, c);
	if (any_timewait(c))
		put_on_queue(t, c, QUEUE_TIMEWAIT);
	else
		finish(t, c);
}

void conn_leave_open(struct conn_table *t, struct conn *c)
{
	decide(t, c);
	report(t, c, CONN_STILL_OPEN);
	finish(t, c);
}

static bool was_given_up(const struct conn_table *t, const struct conn *c)
{
	return !(c->flags & CONN_MIDSTREAM) && c->side[CLIENT].mark[MARK_SYN] && !c->side[SERVER].via &&
	       (!c->track->by_packets || t->now_ns >= c->start_ns + ATTEMPT_NS || conn_icmp_about(c, CLIENT));
}

static bool has_ended(const struct conn_table *t, const struct conn *c)
{
	return conn_ended_on_wire(c) || was_given_up(t, c);
}

void conn_end_captured(struct conn_table *t, struct conn *c)
{
	if (c->flags & CONN_REPORTED) {
		finish(t, c);
	} else if (has_ended(t, c)) {
		c->close_ns = c->track->last_ns;
		conn_report(t, c);
	} else {
		conn_leave_open(t, c);
	}
}

void conn_end_captured_softly(struct conn_table *t, struct conn *c)
{
	if (!c->track->by_packets || !has_ended(t, c)) {
		conn_end_captured(t, c);
		return;
	}
	c->close_ns = c->track->last_ns;
	say_closed(t, c);
	heap_remove(&t->tracks, &c->track->due);
	put_on_queue(t, c, QUEUE_AFTERWARDS);
	if (++t->afterwards > AFTERWARDS_MAX && (c = head(t, &t->queue[QUEUE_AFTERWARDS])))
		finish(t, c);
}

static void timewait_over(struct conn_table *t, struct conn *c)
{
	t->counters.timewaits++;
	report(t, c, CONN_TIMEWAIT_OVER);
	finish(t, c);
}

/* A FIN_WAIT2 minisocket waits for the peer's FIN: the teardown is not over, and its record would be wrong. */
static bool teardown_pending(const struct side *s)
{
	return side_in_timewait(s) && s->timewait.substate == TCPS_FIN_WAIT2;
}

static bool only_minisockets(const struct conn *c)
{
	return any_timewait(c) && !socket_lives(c, CLIENT) && !socket_lives(c, SERVER);
}

static bool had_begun_timewait(const struct side *s)
{
	return side_in_timewait(s) && s->timewait.entered_ns && !timewait_is_measured(&s->timewait);
}

/*
 * Of a TIME_WAIT from before the tracer started only the end is reported: thousands of records would come at once, as
 * if those connections had closed now.
 */
static bool closed_before(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return !k->mark[MARK_CLOSE] && !v->mark[MARK_CLOSE] && (had_begun_timewait(k) || had_begun_timewait(v));
}

static bool is_over(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	if (socket_lives(c, CLIENT) || socket_lives(c, SERVER) || teardown_pending(k) || teardown_pending(v) ||
	    closed_before(c))
		return false;
	if (side_has_socket(k) || side_has_socket(v) || k->timewait.existed || v->timewait.existed)
		return true;
	return conn_fins_acked(c) || conn_reset_ends(c, CLIENT) || conn_reset_ends(c, SERVER);
}

static bool is_wire_handshake(const struct conn *c)
{
	const struct side *v = &c->side[SERVER];

	if (side_has_socket(&c->side[CLIENT]) || side_has_socket(v))
		return false;
	/* Until its socket is made, a request may still expire. */
	return c->flags & CONN_TENTATIVE || v->id || v->state == TCPS_NEW_SYN_RECV ||
	       (!(c->flags & CONN_MIDSTREAM) && !(v->mark[MARK_SYN] && v->mark[MARK_SYN_ACKED]));
}

/* Is there more than one segment without answer? */
static bool is_confirmed(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return side_is_local(k) || side_is_local(v) || (k->segs_seen > k->rst_count && v->segs_seen > v->rst_count);
}

static enum conn_queue queue_of(const struct conn *c)
{
	if (is_wire_handshake(c))
		return QUEUE_HANDSHAKE;
	if (only_minisockets(c))
		return QUEUE_TIMEWAIT;
	return conn_step_missed(c) ? QUEUE_CONTRADICTED : QUEUE_OPEN;
}

/* Has its time to be found out as another connection's end passed? */
static bool is_paired(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return v->state != TCPS_SYN_RECV || k->segs_seen || v->segs_seen;
}

static void announce_unpaired(struct conn_table *t, struct conn *c)
{
	if (!(c->flags & CONN_UNPAIRED))
		return;
	c->flags &= ~CONN_UNPAIRED;
	conn_announce(t, c);
}

/* No segment of its own follows: what comes on the tuple is of the socket that TCP_REPAIR puts in its place. */
static bool is_detached(const struct conn *c)
{
	return c->side[CLIENT].detached || c->side[SERVER].detached;
}

/* Which name an address came from is a matter of when the connection began. */
static void name_ends(const struct conn_table *t, struct conn *c)
{
	uint32_t netns = c->side[CLIENT].netns ? c->side[CLIENT].netns : c->side[SERVER].netns;

	for (int i = CLIENT; i < SIDES; i++)
		c->side[i].domain = host_names_find(&t->host_names, netns ? netns : c->wire_netns, c->flow.end[i].addr,
						    c->start_ns);
	c->flags |= CONN_NAMED;
}

void conn_settle(struct conn_table *t, struct conn *c)
{
	if (t->host_names.count && !(c->flags & (CONN_NAMED | CONN_EXISTED | CONN_MIDSTREAM)))
		name_ends(t, c);
	c->last_ns = t->now_ns > c->last_ns ? t->now_ns : c->last_ns;
	if (!(c->flags & CONN_REPORTED))
		journal_add(&t->journal, c->entry->number);
	if (c->flags & CONN_TENTATIVE && is_confirmed(c)) {
		c->flags &= ~CONN_TENTATIVE;
		conn_announce(t, c);
	}
	if (c->flags & CONN_UNPAIRED && is_paired(c))
		announce_unpaired(t, c);
	conn_number(t, c);
	if (c->flags & CONN_REPORTED) {
		if (!any_timewait(c))
			timewait_over(t, c);
		else
			put_on_queue(t, c, QUEUE_TIMEWAIT);
	} else if (is_over(c)) {
		if (!c->close_ns)
			c->close_ns = t->now_ns;
		if (is_detached(c))
			conn_report(t, c);
		else if (c->entry->on_queue != QUEUE_SETTLING)
			put_on_queue(t, c, QUEUE_SETTLING);
	} else {
		c->close_ns = 0; /* the other end's socket was seen */
		put_on_queue(t, c, queue_of(c));
	}
}

void conn_give_up_request(struct conn_table *t, struct conn *c)
{
	c->close_ns = c->last_ns;
	put_on_queue(t, c, QUEUE_SETTLING);
}

bool conn_timer_ran_out(const struct conn_entry *e, uint64_t since_ns)
{
	return e->on_queue == QUEUE_TIMEWAIT && e->due_ns - TIMEWAIT_OVERDUE_NS + TIMEWAIT_LEN_NS <= since_ns;
}

void conn_lose_request(struct conn_table *t, struct conn *c)
{
	c->flags = (c->flags | CONN_END_UNSEEN) & ~CONN_COMPLETE;
	if (!socket_lives(c, CLIENT))
		conn_give_up_request(t, c);
}

/* The end of its minisockets was not reported, though they must be gone by now. */
static void timewait_missed(struct conn_table *t, struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++) {
		if (side_in_timewait(&c->side[i]))
			conn_lose_timewait(c, i, t->now_ns, 0);
	}
	conn_settle(t, c);
}

/* Nothing came to show that the socket is open. */
static void step_missed(struct conn_table *t, struct conn *c)
{
	conn_close_missed(c);
	c->close_ns = c->last_ns;
	conn_report(t, c);
}

static uint64_t first_due(const struct conn_table *t)
{
	uint64_t first_ns = UINT64_MAX;

	for (int i = 0; i < QUEUES; i++) {
		const struct list_node *queue = &t->queue[i];
		uint64_t due_ns;

		if (!queue_delay_ns[i] || list_empty(queue))
			continue;
		due_ns = container_of(queue->next, struct conn_entry, queue)->due_ns;
		if (due_ns < first_ns)
			first_ns = due_ns;
	}
	return first_ns;
}

/* What falls due is reported with the time at which it fell due, not with that of the next record. */
void conn_expire_due(struct conn_table *t, uint64_t now_ns)
{
	struct conn *c;

	while ((c = due(t, QUEUE_SETTLING, now_ns))) {
		prefetch_next(&t->queue[QUEUE_SETTLING], c->entry);
		t->now_ns = c->entry->due_ns > t->now_ns ? c->entry->due_ns : t->now_ns;
		conn_report(t, c);
	}
	while ((c = due(t, QUEUE_HANDSHAKE, now_ns))) {
		t->now_ns = c->entry->due_ns > t->now_ns ? c->entry->due_ns : t->now_ns;
		c->close_ns = c->last_ns;
		conn_report(t, c);
	}
	while ((c = due(t, QUEUE_CONTRADICTED, now_ns))) {
		t->now_ns = c->entry->due_ns > t->now_ns ? c->entry->due_ns : t->now_ns;
		step_missed(t, c);
	}
	while ((c = due(t, QUEUE_TIMEWAIT, now_ns))) {
		t->now_ns = c->entry->due_ns > t->now_ns ? c->entry->due_ns : t->now_ns;
		timewait_missed(t, c);
	}
	while ((c = due(t, QUEUE_AFTERWARDS, now_ns))) {
		t->now_ns = c->entry->due_ns > t->now_ns ? c->entry->due_ns : t->now_ns;
		finish(t, c);
	}
	t->due_ns = first_due(t);
}

/* Each wait for the third ACK is twice as long as the one before, from 1 s on; then the SYN+ACK is sent again, or no
 * more (reqsk_timer_handler()). */
static bool request_is_overdue(const struct conn *c, uint64_t now_ns)
{
	const struct side *v = &c->side[SERVER];
	unsigned int sent = v->syn_count < 8 ? v->syn_count : 8;

	return v->state == TCPS_NEW_SYN_RECV && now_ns > c->last_ns + (1000000000ULL << sent);
}

/* Not announced yet, reported already, or over by all that is known. */
static bool is_listed(const struct conn_table *t, const struct conn *c)
{
	return !(c->flags & (CONN_TUPLE_PENDING | CONN_TENTATIVE | CONN_UNPAIRED | CONN_REPORTED)) &&
	       !closed_before(c) && !request_is_overdue(c, t->now_ns);
}

/* Of a copy: while it is open nothing of it is decided. */
static void list_one(struct conn_table *t, struct conn *c)
{
	struct conn now;

	conn_number(t, c);
	for (int i = CLIENT; i < SIDES; i++)
		find_cgroup(t, c, &c->side[i]);
	c->listed++;
	now = *c;
	now.verdict = ending_decide(&now);
	now.decided_ns = t->now_ns;
	report(t, &now, CONN_LISTED);
}

static void list_queue(struct conn_table *t, struct list_node *queue)
{
	struct list_node *n = queue->next, *next;

	for (; n != queue; n = next) {
		struct conn_entry *entry = container_of(n, struct conn_entry, queue);
		struct conn *c = conn_whole(t, entry);

		next = n->next;
		if (c && is_listed(t, c))
			list_one(t, c);
		conn_store_pack_idle(&t->store);
	}
}

void conn_list_open(struct conn_table *t)
{
	list_queue(t, &t->queue[QUEUE_OPEN]);
	list_queue(t, &t->queue[QUEUE_HANDSHAKE]);
}

void conn_finish_all(struct conn_table *t)
{
	struct conn *c;

	while ((c = head(t, &t->queue[QUEUE_SETTLING])))
		conn_report(t, c);
	while ((c = head(t, &t->queue[QUEUE_CONTRADICTED])))
		step_missed(t, c);
	for (int i = 0; i < QUEUES; i++) {
		while ((c = head(t, &t->queue[i]))) {
			if (c->flags & CONN_TUPLE_PENDING && !conn_view_adopt(c)) {
				conn_free(t, c);
				continue;
			}
			if (c->flags & CONN_TUPLE_PENDING)
				conn_announce(t, c);
			c->flags &= ~CONN_TUPLE_PENDING;
			announce_unpaired(t, c);
			if (c->flags & CONN_TENTATIVE) {
				forget_stray(t, c);
				continue;
			}
			if (closed_before(c))
				c->close_ns = t->now_ns;
			if (request_is_overdue(c, t->now_ns))
				note_unseen_end(c);
			decide(t, c);
			if (!(c->flags & CONN_REPORTED) && !closed_before(c)) {
				c->listed++;
				report(t, c, CONN_STILL_OPEN);
			}
			finish(t, c);
		}
	}
}

/* ---- creating connections ---- */

/* Of a capture's: the one that would be over next goes first, then the one that was silent for longest. */
static bool evict_captured(struct conn_table *t)
{
	struct track *w = conn_captured_first(&t->tracks);
	struct conn *c;

	if (!w)
		return false;
	c = conn_whole(t, w->entry);
	if (c) {
		c->flags &= ~CONN_COMPLETE;
		conn_end_captured(t, c);
	}
	return true;
}

/*
 * What is dropped when the table is full: first connections that never were established, then TIME_WAITs; open
 * connections stay.
 */
static bool evict(struct conn_table *t)
{
	struct conn *c = head(t, &t->queue[QUEUE_AFTERWARDS]);

	if (c) {
		finish(t, c); /* it is reported in full */
		return true;
	}
	c = head(t, &t->queue[QUEUE_HANDSHAKE]);
	if (!c)
		c = head(t, &t->queue[QUEUE_TIMEWAIT]);
	t->counters.evicted++;
	if (!c)
		return evict_captured(t);
	if (c->flags & CONN_TENTATIVE) {
		forget_stray(t, c);
		return true;
	}
	c->flags &= ~CONN_COMPLETE;
	finish(t, c);
	return true;
}

void conn_absorbed(struct conn_table *t, struct conn *c)
{
	if (c->id[0]) {
		t->counters.finished++;
		report(t, c, CONN_FINISHED);
	}
	conn_free(t, c);
}

void conn_announce(struct conn_table *t, struct conn *c)
{
	give_id(t, c);
	t->counters.opened++;
	report(t, c, CONN_OPENED);
}

/* There was no room for a connection whose handshake may still be under way: what begins now may be the rest of it. */
static uint32_t flags_at_first(const struct conn_table *t)
{
	if (!t->refused_ns || t->now_ns >= t->refused_ns + HANDSHAKE_SILENCE_NS)
		return CONN_COMPLETE;
	return t->counters.no_memory ? CONN_NO_MEMORY : 0;
}

struct conn *conn_new(struct conn_table *t, const struct event_tuple *tuple, enum side_name local, uint64_t ts_ns)
{
	struct conn *c;

	if (t->counters.live >= t->max_connections && !evict(t)) {
		t->refused_ns = t->now_ns;
		return NULL;
	}
	c = conn_store_new(&t->store);
	if (!c) {
		conn_count_no_memory(t);
		return NULL;
	}
	c->flow.end[local] = event_tuple_end(tuple, 0);
	c->flow.end[other_side(local)] = event_tuple_end(tuple, 1);
	c->start_ns = c->last_ns = ts_ns;
	c->wall_offset_ns = t->wall_offset_ns;
	c->flags = flags_at_first(t);
	if (endpoint_equal(&c->flow.end[CLIENT], &c->flow.end[SERVER]))
		c->flags |= CONN_SELF;
	t->counters.live++;
	journal_add(&t->journal, c->entry->number);
	list_append(&t->queue[QUEUE_OPEN], &c->entry->queue);
	if (!c->flow.end[local].port) {
		c->flags |= CONN_TUPLE_PENDING;
		return c;
	}
	conn_index_add_flow(&t->index, c);
	return c;
}
