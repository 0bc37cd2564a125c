// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/conn_carry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/table/conn_lifecycle.h"

struct carry {
	const struct conn_table *table;
	void (*fn)(void *ctx, const struct event *e);
	void *ctx;
	const struct journal_item **item;
	size_t count;
	uint64_t first_ns; /* nothing is older */
};

static void emit(const struct carry *c, const struct event *e)
{
	c->fn(c->ctx, e);
}

static const struct conn_entry *entry_at(const struct list_node *n)
{
	return container_of(n, struct conn_entry, queue);
}

static struct event head(enum event_kind kind, size_t size, uint64_t ts_ns)
{
	return (struct event) { .kind = kind, .size = (uint16_t)size, .ts_ns = ts_ns };
}

static void emit_clock(const struct carry *c, uint64_t ts_ns, int64_t wall_offset_ns, uint8_t flags)
{
	struct event_clock clock = { .event = head(EVENT_CLOCK, sizeof(clock), ts_ns),
				     .wall_ns = ts_ns + (uint64_t)wall_offset_ns };

	clock.event.flags = flags;
	emit(c, &clock.event);
}

/* ---- what connections refer to ---- */

static void emit_cgroup(const struct carry *c, const struct cgroup *g)
{
	static const struct container_names none;
	struct event_cgroup path = { .event = head(EVENT_CGROUP, sizeof(path), c->first_ns), .id = g->id };
	struct event_container names = { .event = head(EVENT_CONTAINER, sizeof(names), c->first_ns), .id = g->id };

	memcpy(path.path, g->path, sizeof(path.path));
	emit(c, &path.event);
	if (!memcmp(&g->names, &none, sizeof(none)))
		return;
	container_names_put(&g->names, &names);
	emit(c, &names.event);
}

static void set_end(struct event_tuple *tuple, const struct endpoint *end)
{
	memcpy(tuple->addr[0], end->addr, sizeof(tuple->addr[0]));
	tuple->port[0] = end->port;
}

/* Its owner is a process that was seen to listen. */
static void emit_listener_step(const struct carry *c, const struct listener *l)
{
	struct {
		struct event_state state;
		struct event_task task;
	} r = { .state = { .event = head(EVENT_STATE, sizeof(r.state), c->first_ns),
			   .id = l->id,
			   .old_state = TCPS_CLOSE,
			   .new_state = TCPS_LISTEN } };

	r.state.event.netns = l->netns;
	set_end(&r.state.tuple, &l->end);
	if (l->owner.pid) {
		r.state.event.flags = EVENT_HAS_TASK;
		r.state.event.size = sizeof(r);
		r.task.pid = l->owner.pid;
		memcpy(r.task.comm, l->owner.comm, sizeof(r.task.comm));
	}
	emit(c, &r.state.event);
}

/* It was there when the sockets were read. */
static void emit_listener_found(const struct carry *c, const struct listener *l)
{
	struct {
		struct event_existing existing;
		struct event_task task;
	} r = { .existing = { .event = head(EVENT_EXISTING, sizeof(r), c->first_ns),
			      .id = l->id,
			      .state = TCPS_LISTEN },
		.task = { .pid = l->owner.pid } };

	r.existing.event.netns = l->netns;
	r.existing.event.flags = EVENT_HAS_TASK;
	set_end(&r.existing.tuple, &l->end);
	memcpy(r.task.comm, l->owner.comm, sizeof(r.task.comm));
	emit(c, &r.existing.event);
}

static void emit_surroundings(const struct carry *c)
{
	const struct conn_table *t = c->table;
	uint64_t loss_ns = t->last_loss_ns > t->no_memory_ns ? t->last_loss_ns : t->no_memory_ns;

	for (uint32_t i = 0; i < t->cgroups.count; i++)
		if (t->cgroups.used[i])
			emit_cgroup(c, t->cgroups.list[i]);
	for (const struct list_node *n = t->listeners.list.next; n != &t->listeners.list; n = n->next) {
		const struct listener *l = container_of(n, struct listener, node);

		if (l->owner.pid && l->owner.certainty == ACTOR_DERIVED)
			emit_listener_found(c, l);
		else
			emit_listener_step(c, l);
	}
	if (loss_ns >= c->first_ns && loss_ns) {
		const struct event_lost lost = { .event = head(EVENT_LOST, sizeof(lost), loss_ns),
						 .since_ns = loss_ns };

		emit(c, &lost.event);
	}
}

/* ---- connections in TIME_WAIT, which were reported ---- */

static void set_tuple(struct event_tuple *tuple, const struct conn *c, enum side_name side)
{
	for (int i = 0; i < SIDES; i++) {
		const struct endpoint *end = &c->flow.end[i ? other_side(side) : side];

		memcpy(tuple->addr[i], end->addr, sizeof(tuple->addr[i]));
		tuple->port[i] = end->port;
	}
}

static void emit_minisocket(const struct carry *c, const struct conn *conn, enum side_name side)
{
	const struct side *s = &conn->side[side];
	struct event_existing e = { .event = head(EVENT_EXISTING, sizeof(e), c->first_ns),
				    .id = s->id,
				    .state = TCPS_TIME_WAIT,
				    .substate = s->timewait.substate };

	e.event.flags = EVENT_REPORTED;
	e.event.netns = s->netns;
	set_tuple(&e.tuple, conn, side);
	emit(c, &e.event);
}

static void emit_minisockets(const struct carry *c)
{
	const struct list_node *queue = &c->table->queue[QUEUE_TIMEWAIT];

	for (const struct list_node *n = queue->next; n != queue; n = n->next) {
		const struct conn *conn = conn_store_look(&c->table->store, entry_at(n));

		for (int side = CLIENT; side < SIDES && conn->flags & CONN_REPORTED; side++)
			if (side_in_timewait(&conn->side[side]))
				emit_minisocket(c, conn, side);
	}
}

/* ---- open connections ---- */

static void each_list(const struct conn_table *t,
		      void (*fn)(void *ctx, const struct conn_entry *e, const struct journal_list *l), void *ctx)
{
	for (int q = 0; q < QUEUES; q++)
		for (const struct list_node *n = t->queue[q].next; n != &t->queue[q]; n = n->next) {
			const struct journal_list *l = journal_of(&t->journal, entry_at(n)->number);

			if (l)
				fn(ctx, entry_at(n), l);
		}
}

static void count_items(void *ctx, const struct conn_entry *e, const struct journal_list *l)
{
	struct carry *c = ctx;

	for (size_t at = 0; journal_next(l, &at);)
		c->count++;
}

static void take_items(void *ctx, const struct conn_entry *e, const struct journal_list *l)
{
	const struct journal_item *item;
	struct carry *c = ctx;

	for (size_t at = 0; (item = journal_next(l, &at));)
		c->item[c->count++] = item;
}

static int by_seq(const void *a, const void *b)
{
	const struct journal_item *x = *(const struct journal_item *const *)a;
	const struct journal_item *y = *(const struct journal_item *const *)b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int collect(struct carry *c)
{
	each_list(c->table, count_items, c);
	c->item = reallocarray(NULL, c->count ?: 1, sizeof(const struct journal_item *));
	if (!c->item)
		return -ENOMEM;
	c->count = 0;
	each_list(c->table, take_items, c);
	qsort(c->item, c->count, sizeof(const struct journal_item *), by_seq);
	c->first_ns = c->count ? journal_event(c->item[0])->ts_ns : c->table->now_ns;
	return 0;
}

/* With the wall clock as it was when each came. */
static void emit_items(const struct carry *c)
{
	int64_t offset_ns = c->count ? c->item[0]->wall_offset_ns : 0;
	uint64_t seq = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct journal_item *item = c->item[i];
		const struct event *e = journal_event(item);

		if (item->seq == seq)
			continue;
		if (item->wall_offset_ns != offset_ns)
			emit_clock(c, e->ts_ns, item->wall_offset_ns, 0);
		seq = item->seq;
		offset_ns = item->wall_offset_ns;
		emit(c, e);
	}
}

/* Of this connection there was more. */
static void mark_trimmed(void *ctx, const struct conn_entry *e, const struct journal_list *l)
{
	const struct carry *c = ctx;
	const struct conn *conn = l->trimmed ? conn_store_look(&c->table->store, e) : NULL;
	enum side_name side = conn && conn->side[CLIENT].id ? CLIENT : SERVER;
	struct event_present mark = { .event = head(EVENT_PRESENT, sizeof(mark), c->table->now_ns),
				      .state = TCPS_ESTABLISHED };

	if (!conn)
		return;
	mark.event.flags = EVENT_TRIMMED;
	mark.event.netns = conn->side[side].netns;
	mark.id = conn->side[side].id;
	set_tuple(&mark.tuple, conn, side);
	emit(c, &mark.event);
}

int conn_carry(const struct conn_table *t, void (*fn)(void *ctx, const struct event *e), void *ctx)
{
	struct carry c = { .table = t, .fn = fn, .ctx = ctx };
	int err = collect(&c);

	if (err)
		return err;
	emit_clock(&c, c.first_ns, c.count ? c.item[0]->wall_offset_ns : t->wall_offset_ns, 0);
	emit_surroundings(&c);
	emit_minisockets(&c);
	emit_items(&c);
	each_list(t, mark_trimmed, &c);
	emit_clock(&c, t->now_ns, t->wall_offset_ns, EVENT_CARRIED);
	free(c.item);
	return 0;
}
