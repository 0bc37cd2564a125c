// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The interface of the table: applies events in order, moves the table's time, counts losses, and lists connections. */
#include "core/table/conn_table.h"

#include <errno.h>
#include <stdlib.h>

#include "core/table/conn_captured.h"
#include "core/table/conn_events.h"
#include "core/table/conn_lifecycle.h"

#define MAX_CONNECTIONS_DEFAULT (1UL << 20)

int conn_table_new(struct conn_table **out, const struct conn_table_options *o, const struct conn_observer *observer)
{
	struct conn_table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	for (int i = 0; i < QUEUES; i++)
		list_init(&t->queue[i]);
	listeners_init(&t->listeners);
	if (conn_store_init(&t->store) < 0 || conn_index_init(&t->index, &t->store, o->names) < 0 ||
	    cgroups_init(&t->cgroups) < 0) {
		conn_table_free(&t);
		return -ENOMEM;
	}
	t->observer = *observer;
	t->vlan_key = o->vlan_key;
	t->zeek = o->zeek;
	t->journal.on = o->journal;
	t->max_connections = o->max_connections ? o->max_connections : MAX_CONNECTIONS_DEFAULT;
	*out = t;
	return 0;
}

void conn_table_free(struct conn_table **t)
{
	if (!*t)
		return;
	conn_free_all(*t);
	conn_store_free(&(*t)->store);
	conn_index_free(&(*t)->index);
	listeners_free(&(*t)->listeners);
	cgroups_free(&(*t)->cgroups);
	journal_free(&(*t)->journal);
	host_names_free(&(*t)->host_names);
	heap_free(&(*t)->tracks);
	free(*t);
	*t = NULL;
}

void conn_table_prefetch(const struct conn_table *t, const void *record, size_t len)
{
	const struct event_segment *e = record; /* nearly all have their socket's id where it has */

	if (len < sizeof(*e))
		return;
	conn_index_prefetch_id(&t->index, e->id);
	if (e->event.kind == EVENT_SEGMENT && e->tcp_flags & TCP_FLAG_SYN_BIT)
		conn_index_prefetch_tuple(&t->index, &e->tuple);
}

static void move_time(struct conn_table *t, uint64_t now_ns)
{
	if (now_ns <= t->now_ns)
		return;
	if (t->tracks.count)
		conn_captured_expire(t, now_ns);
	if (now_ns >= t->due_ns)
		conn_expire_due(t, now_ns);
	t->now_ns = now_ns;
}

int conn_table_apply(struct conn_table *t, const struct event *e)
{
	int err;

	/* Before time goes on: what became of them meanwhile is not known. */
	if (e->kind == EVENT_CLOCK && e->flags & EVENT_BEGINS) {
		conn_table_finish(t);
		listeners_free(&t->listeners);
	}
	/* What was lost is reported before the records of that time. */
	if (e->kind != EVENT_LOST)
		move_time(t, e->ts_ns);
	journal_begin(&t->journal, e, t->wall_offset_ns);
	err = conn_events_apply(t, e);
	journal_end(&t->journal);
	conn_store_pack_idle(&t->store);
	return err;
}

void conn_table_finish(struct conn_table *t)
{
	conn_captured_finish(t);
	conn_finish_all(t);
}

/* ---- reading it ---- */

const struct conn_table_counters *conn_table_counters(const struct conn_table *t)
{
	return &t->counters;
}

uint64_t conn_table_now(const struct conn_table *t)
{
	return t->now_ns;
}

const struct conn *conn_table_find(const struct conn_table *t, const uint64_t id[2])
{
	return conn_find_by_name(&t->index, id);
}

/* False: fn has seen enough. */
static bool each_of(const struct conn_table *t, enum conn_queue q, bool (*fn)(void *ctx, const struct conn *c),
		    void *ctx)
{
	for (struct list_node *n = t->queue[q].next; n != &t->queue[q]; n = n->next) {
		if (!fn(ctx, conn_store_look(&t->store, container_of(n, struct conn_entry, queue))))
			return false;
	}
	return true;
}

void conn_table_each(const struct conn_table *t, bool (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	for (int q = 0; q < QUEUES; q++)
		if (!each_of(t, q, fn, ctx))
			return;
}

void conn_table_each_open(const struct conn_table *t, bool (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	for (int q = 0; q < QUEUES; q++)
		if (q != QUEUE_TIMEWAIT && q != QUEUE_AFTERWARDS && !each_of(t, q, fn, ctx))
			return;
}

const struct listeners *conn_table_listeners(const struct conn_table *t)
{
	return &t->listeners;
}

bool conn_table_is_overdue(const struct conn_table *t, const struct event_present *e, uint64_t since_ns)
{
	return !e->id || conn_index_any_of_id(&t->index, e->id, conn_timer_ran_out, since_ns);
}

bool conn_table_has_overdue(const struct conn_table *t, uint32_t netns, uint64_t since_ns)
{
	const struct list_node *queue = &t->queue[QUEUE_TIMEWAIT];

	for (const struct list_node *n = queue->next; n != queue; n = n->next) {
		const struct conn_entry *e = container_of(n, struct conn_entry, queue);
		const struct conn *c;

		if (!conn_timer_ran_out(e, since_ns))
			return false;
		c = conn_store_look(&t->store, e);
		if (c->side[CLIENT].netns == netns || c->side[SERVER].netns == netns)
			return true;
	}
	return false;
}
