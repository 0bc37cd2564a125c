// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash_mix.h"

struct top_sort {
	struct top_key key;
	uint32_t index; /* in the order in which they came */
	const void *of; /* struct top_row, struct top_item */
};

/* While a view is built. */
struct build {
	struct top_view *view;
	const struct top_shape *shape;
	const struct top_now *now;
	const struct top_column *column;
	struct flat groups; /* index in view->group, from 1 on */
	size_t group_count;
	size_t count; /* of view->sort */
};

#define SORT_MAX (TOP_ENDED_MAX + TOP_OPEN_MAX)

int top_view_init(struct top_view *v)
{
	*v = (struct top_view) { 0 };
	v->item = calloc(TOP_VIEW_MAX, sizeof(*v->item));
	v->group = calloc(TOP_GROUPS_MAX, sizeof(*v->group));
	v->sort = calloc(SORT_MAX, sizeof(*v->sort));
	if (v->item && v->group && v->sort)
		return 0;
	top_view_free(v);
	return -ENOMEM;
}

void top_view_free(struct top_view *v)
{
	free(v->item);
	free(v->group);
	free(v->sort);
	*v = (struct top_view) { 0 };
}

/* ---- groups ---- */

const char *top_grouping_name(enum top_grouping g)
{
	static const char *const names[GROUPINGS] = { "", "process", "service", "peer", "place" };

	return g < GROUPINGS ? names[g] : "";
}

void top_group_label(const struct top_row *r, enum top_grouping grouping, char label[TOP_LABEL_SIZE])
{
	char text[ENDPOINT_TEXT_SIZE];
	const char *from = "";

	switch (grouping) {
	case GROUP_PROCESS:
		from = r->process;
		break;
	case GROUP_SERVICE:
		snprintf(text, sizeof(text), "port %u", r->service);
		from = text;
		break;
	case GROUP_PEER:
		from = endpoint_address(&r->remote, text);
		break;
	case GROUP_PLACE:
		from = r->place;
		break;
	default:
		break;
	}
	snprintf(label, TOP_LABEL_SIZE, "%s", from);
}

static uint64_t text_hash(const char *text)
{
	uint64_t h = 14695981039346656037ULL; /* FNV-1a */

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 1099511628211ULL;
	return hash_mix(h);
}

static struct top_item *find_group(struct build *b, const char *label, uint64_t hash)
{
	struct flat_search search = flat_search(&b->groups, (uint32_t)hash);
	uint32_t number;

	while ((number = flat_next(&search)))
		if (!strcmp(b->view->group[number - 1].group.label, label))
			return &b->view->group[number - 1];
	return NULL;
}

/* Beyond the room, or without memory, one group has the rest. */
static struct top_item *group_of(struct build *b, const char *label)
{
	uint64_t hash = text_hash(label);
	struct top_item *g = find_group(b, label, hash);

	if (g)
		return g;
	if (b->group_count >= TOP_GROUPS_MAX - 1) {
		label = "all others";
		hash = text_hash(label);
		g = find_group(b, label, hash);
	}
	if (g || b->group_count == TOP_GROUPS_MAX)
		return g;
	g = &b->view->group[b->group_count];
	*g = (struct top_item) { .name = { hash, 1 } };
	snprintf(g->group.label, sizeof(g->group.label), "%s", label);
	if (flat_add(&b->groups, (uint32_t)hash, (uint32_t)b->group_count + 1))
		return NULL;
	b->group_count++;
	return g;
}

static void add_known(uint64_t *sum, uint64_t n)
{
	if (n != TOP_NOT_KNOWN)
		*sum += n;
}

static void add_to_group(struct build *b, const struct top_row *r)
{
	char label[TOP_LABEL_SIZE];
	struct top_item *item;
	struct top_group *g;

	top_group_label(r, b->shape->grouping, label);
	item = group_of(b, label);
	if (!item)
		return;
	g = &item->group;
	g->connections++;
	g->open += !r->close_ns;
	g->faults += top_row_fault(r) != NULL;
	g->waits += r->wait == TOP_WAIT_RUNNING;
	add_known(&g->retransmits, r->retransmits);
	add_known(&g->sent, r->sent);
	add_known(&g->received, r->received);
	if (r->handshake_ns == TOP_NOT_KNOWN)
		return;
	g->handshakes++;
	g->handshake_sum_ns += r->handshake_ns;
	if (r->handshake_ns > g->handshake_most_ns)
		g->handshake_most_ns = r->handshake_ns;
}

/* ---- what is to be sorted ---- */

static void add_sorted(struct build *b, const struct top_item *item, const void *of)
{
	struct top_sort *s = &b->view->sort[b->count];

	if (b->count == SORT_MAX)
		return;
	*s = (struct top_sort) { .key = b->column->key(item, b->now), .index = (uint32_t)b->count, .of = of };
	b->count++;
}

static void take_row(struct build *b, const struct top_row *r)
{
	struct top_item item = { .row = *r };

	if (b->shape->grouping != GROUP_NONE)
		add_to_group(b, r);
	else
		add_sorted(b, &item, r);
}

static bool is_within(const struct build *b, const struct top_row *r)
{
	char label[TOP_LABEL_SIZE];

	if (b->shape->within == GROUP_NONE)
		return true;
	top_group_label(r, b->shape->within, label);
	return !strcmp(label, b->shape->within_label);
}

/* Counts it for the tabs, and takes it if this tab shows it. */
static void offer_row(struct build *b, const struct top_row *r, enum top_tab of)
{
	bool fault;

	if (!r->wanted || !is_within(b, r))
		return;
	fault = top_row_fault(r) != NULL;
	b->view->tabs[of]++;
	b->view->tabs[TAB_FAULTS] += fault;
	if (b->shape->tab == of || (b->shape->tab == TAB_FAULTS && fault))
		take_row(b, r);
}

static uint64_t ended_end(const struct top_source *source)
{
	return source->ended_until < source->store->next ? source->ended_until : source->store->next;
}

static void offer_rows(struct build *b, const struct top_source *source)
{
	const struct top_store *s = source->store;

	for (size_t i = 0; i < s->open_count; i++)
		offer_row(b, &s->open[i], TAB_OPEN);
	b->view->tabs[TAB_OPEN] += s->open_left_out;
	for (uint64_t n = top_store_oldest(s); n < ended_end(source); n++)
		offer_row(b, &top_store_at(s, n)->row, top_store_at(s, n)->row.close_ns ? TAB_ENDED : TAB_OPEN);
}

static void offer_groups(struct build *b)
{
	for (size_t i = 0; i < b->group_count; i++)
		add_sorted(b, &b->view->group[i], &b->view->group[i]);
}

/* ---- listeners ---- */

static bool takes(const struct top_listener *l, const struct top_row *r)
{
	static const uint8_t any[16] = { 0 }, any4[16] = { [10] = 0xff, [11] = 0xff };
	const struct endpoint *server = r->role == 'S' ? &r->local : &r->remote;

	if (l->end.port != r->service || (r->role != 'S' && r->role != 'B') ||
	    (r->netns && l->netns && r->netns != l->netns))
		return false;
	return !memcmp(l->end.addr, any, sizeof(any)) || !memcmp(l->end.addr, any4, sizeof(any4)) ||
	       !memcmp(l->end.addr, server->addr, sizeof(any));
}

static void count_row(struct top_listener *l, const struct top_row *r)
{
	if (r->close_ns)
		l->ended++;
	else if (r->half_open)
		l->half_open++;
	else
		l->open++;
	l->faults += top_row_fault(r) != NULL;
	l->queue_full += r->queue_full;
}

/* By port: the items of listeners, chained. */
struct by_port {
	uint16_t first[65536]; /* index + 1 */
	uint16_t next[TOP_GROUPS_MAX];
};

static void count_for(struct build *b, const struct by_port *by, const struct top_row *r)
{
	for (uint16_t i = by->first[r->service]; i; i = by->next[i - 1]) {
		if (!takes(&b->view->group[i - 1].listener, r))
			continue;
		count_row(&b->view->group[i - 1].listener, r);
		return;
	}
}

static void count_listened(struct build *b, const struct top_store *s)
{
	struct by_port *by = calloc(1, sizeof(*by));

	if (!by)
		return;
	for (size_t i = 0; i < b->group_count; i++) {
		uint16_t port = b->view->group[i].listener.end.port;

		by->next[i] = by->first[port];
		by->first[port] = (uint16_t)(i + 1);
	}
	for (size_t i = 0; i < s->open_count; i++)
		count_for(b, by, &s->open[i]);
	for (uint64_t n = top_store_oldest(s); n < s->next; n++)
		count_for(b, by, &top_store_at(s, n)->row);
	free(by);
}

static void take_listeners(struct build *b, const struct top_source *source)
{
	const struct listeners *l = source->listeners;

	for (const struct list_node *n = l->list.next; n != &l->list && b->group_count < TOP_GROUPS_MAX; n = n->next) {
		const struct listener *from = container_of(n, struct listener, node);
		struct top_item *item = &b->view->group[b->group_count++];

		*item = (struct top_item) { .name = { from->id, 2 } };
		item->listener =
			(struct top_listener) { .end = from->end, .netns = from->netns, .pid = from->owner.pid };
		memcpy(item->listener.process, from->owner.comm, sizeof(from->owner.comm));
	}
	count_listened(b, source->store);
}

/* ---- ports ---- */

static uint64_t end_hash(const struct endpoint *e, uint64_t more)
{
	return flow_hash(e, e) ^ hash_mix(more);
}

static void take_ports(struct build *b, const struct destinations *d)
{
	const struct destination *top[256];
	size_t n = destinations_top(d, top, sizeof(top) / sizeof(top[0]));

	for (size_t i = 0; i < n; i++) {
		struct top_item *item = &b->view->group[b->group_count++];
		struct local_ports ports = destination_ports(d, top[i]);
		struct forecast_load load = destination_load(d, top[i]);
		struct forecast f = forecast_make(&ports, &load);

		*item = (struct top_item) { .name = { end_hash(&top[i]->remote, top[i]->netns),
						      end_hash(&top[i]->local, 3) } };
		item->port = (struct top_port) {
			.local = top[i]->local,
			.remote = top[i]->remote,
			.used = f.used,
			.time_wait = top[i]->time_wait,
			.left = f.left,
			.available = f.available,
			.opened_per_minute = (uint64_t)(load.opened * 60 + 0.5),
			.exhausted_ns = f.exhausted_ns,
			.reuse = f.reuse,
		};
		memcpy(item->port.process, destination_top_process(top[i]), sizeof(top[i]->process[0].name));
	}
}

/* ---- all of it ---- */

static int compare_keys(const struct top_sort *x, const struct top_sort *y)
{
	if (x->key.high != y->key.high)
		return x->key.high < y->key.high ? -1 : 1;
	return x->key.low < y->key.low ? -1 : x->key.low > y->key.low;
}

static int ascending(const void *a, const void *b)
{
	const struct top_sort *x = a, *y = b;

	return compare_keys(x, y) ?: (x->index < y->index ? -1 : 1);
}

static int descending(const void *a, const void *b)
{
	const struct top_sort *x = a, *y = b;

	return compare_keys(y, x) ?: (x->index < y->index ? -1 : 1);
}

static void copy_items(struct build *b, bool rows)
{
	struct top_view *v = b->view;

	v->total = b->count;
	v->count = b->count < TOP_VIEW_MAX ? b->count : TOP_VIEW_MAX;
	for (size_t i = 0; i < v->count; i++) {
		const struct top_row *r = v->sort[i].of;

		if (rows)
			v->item[i] = (struct top_item) { .name = { r->id[0], r->id[1] }, .row = *r };
		else
			v->item[i] = *(const struct top_item *)v->sort[i].of;
	}
}

static void sort(struct build *b)
{
	bool down = b->column->descending != b->shape->reversed;

	qsort(b->view->sort, b->count, sizeof(*b->view->sort), down ? descending : ascending);
}

void top_view_build(struct top_view *v, const struct top_source *source, const struct top_shape *shape,
		    const struct top_now *now)
{
	const struct top_columns *columns = top_columns_of(shape->tab, shape->grouping);
	struct build b = { .view = v, .shape = shape, .now = now };
	bool is_rows = top_shape_has_connections(shape);

	b.column = &columns->list[shape->column < columns->count ? shape->column : columns->sorted];
	memset(v->tabs, 0, sizeof(v->tabs));
	v->count = 0;
	v->total = 0;
	if (flat_init(&b.groups, 64))
		return;
	offer_rows(&b, source);
	v->tabs[TAB_LISTENERS] = source->listeners->count;
	v->tabs[TAB_PORTS] = source->destinations->count;
	if (shape->tab == TAB_LISTENERS)
		take_listeners(&b, source);
	else if (shape->tab == TAB_PORTS)
		take_ports(&b, source->destinations);
	if (!is_rows)
		offer_groups(&b);
	sort(&b);
	copy_items(&b, is_rows);
	flat_free(&b.groups);
}

size_t top_view_find(const struct top_view *v, const uint64_t name[2], size_t fallback)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->item[i].name[0] == name[0] && v->item[i].name[1] == name[1])
			return i;
	return fallback < v->count ? fallback : v->count ? v->count - 1 : 0;
}
