/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What one tab shows: of all that is kept those that the filter wants, alone or in groups, in order. The items are
 * copies, so that the view stays as it is while it is paused. Pure.
 */
#ifndef TCPLIFE_TOP_VIEW_H
#define TCPLIFE_TOP_VIEW_H

#include "core/destinations.h"
#include "core/table/listener.h"
#include "sink/top/top_column.h"
#include "sink/top/top_store.h"

#define TOP_VIEW_MAX   2000 /* lines that one can move through: more is no use to a person */
#define TOP_GROUPS_MAX 4096

/* What is asked for. */
struct top_shape {
	enum top_tab tab;
	enum top_grouping grouping;
	size_t column; /* index in top_columns_of() */
	bool reversed;
	enum top_grouping within; /* only connections of this group; GROUP_NONE = all */
	char within_label[TOP_LABEL_SIZE];
};

/* Does an item of it stand for one connection? */
static inline bool top_shape_has_connections(const struct top_shape *s)
{
	return top_tab_has_connections(s->tab) && s->grouping == GROUP_NONE;
}

struct top_source {
	const struct top_store *store;
	const struct listeners *listeners;
	const struct destinations *destinations;
	uint64_t ended_until; /* number in the store: those from it on are left out; UINT64_MAX = none */
};

struct top_sort;

struct top_view {
	struct top_item *item;
	size_t count;
	uint64_t total;	       /* with those beyond TOP_VIEW_MAX */
	uint64_t tabs[TABS];   /* how many there are, of connections those that the filter wants */
	struct top_sort *sort; /* from here on top_view.c's */
	struct top_item *group;
};

/* 0 or -ENOMEM. */
int top_view_init(struct top_view *v);
void top_view_free(struct top_view *v);
void top_view_build(struct top_view *v, const struct top_source *source, const struct top_shape *shape,
		    const struct top_now *now);
/* Where the thing of that name stands, else fallback, within the view. */
size_t top_view_find(const struct top_view *v, const uint64_t name[2], size_t fallback);
/* The name of the group that a connection is in: raw. */
void top_group_label(const struct top_row *r, enum top_grouping grouping, char label[TOP_LABEL_SIZE]);
/* "process"; "" for none. */
const char *top_grouping_name(enum top_grouping g);

#endif
