// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/table/journal.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 512 /* a connection that others see: SYN, SYN+ACK, ACK, two steps */

void journal_free(struct journal *j)
{
	for (uint32_t i = 0; i < j->count; i++)
		free(j->list[i].items);
	free(j->list);
	*j = (struct journal) { 0 };
}

static struct journal_list *list_of(struct journal *j, uint32_t number)
{
	uint32_t count = j->count ?: 1024;
	struct journal_list *longer;

	if (number <= j->count)
		return &j->list[number - 1];
	while (count < number)
		count *= 2;
	longer = reallocarray(j->list, count, sizeof(*longer));
	if (!longer)
		return NULL;
	memset(longer + j->count, 0, (count - j->count) * sizeof(*longer));
	j->list = longer;
	j->count = count;
	return &j->list[number - 1];
}

/* Room for so many more bytes. False = there is none. */
static bool reserve(struct journal *j, struct journal_list *l, size_t more)
{
	uint32_t room = l->room ?: FIRST_ROOM;
	char *items;

	if (l->len + more > JOURNAL_ONE_MAX)
		return false;
	while (room < l->len + more)
		room *= 2;
	if (room == l->room)
		return true;
	if (j->bytes + room - l->room > JOURNAL_ALL_MAX)
		return false;
	items = realloc(l->items, room);
	if (!items)
		return false;
	j->bytes += room - l->room;
	l->items = items;
	l->room = room;
	return true;
}

/* What was found of the same socket before is of no use any more. */
static bool replace_present(struct journal *j, struct journal_list *l, const struct journal_item *item)
{
	const struct event_present *e = (const void *)j->current;

	for (size_t at = l->tail; at < l->len;) {
		struct journal_item *old = (void *)(l->items + at);
		const struct event_present *p = (const void *)journal_event(old);

		at += sizeof(*old) + p->event.size;
		if (p->id != e->id || p->event.size != e->event.size)
			continue;
		*old = *item;
		memcpy(old + 1, e, e->event.size);
		return true;
	}
	return false;
}

void journal_put(struct journal *j, uint32_t number)
{
	const struct journal_item item = { .seq = j->seq, .wall_offset_ns = j->wall_offset_ns };
	struct journal_list *l = list_of(j, number);

	if (!l || l->last_seq == j->seq || l->trimmed)
		return;
	l->last_seq = j->seq;
	if (j->current->kind == EVENT_PRESENT && replace_present(j, l, &item))
		return;
	if (!reserve(j, l, sizeof(item) + j->current->size)) {
		l->trimmed = true;
		return;
	}
	memcpy(l->items + l->len, &item, sizeof(item));
	memcpy(l->items + l->len + sizeof(item), j->current, j->current->size);
	l->len += sizeof(item) + j->current->size;
	if (j->current->kind != EVENT_PRESENT)
		l->tail = l->len;
}

void journal_forget(struct journal *j, uint32_t number)
{
	struct journal_list *l = &j->list[number - 1];

	j->bytes -= l->room;
	free(l->items);
	*l = (struct journal_list) { 0 };
}

void journal_move(struct journal *j, uint32_t from, uint32_t to)
{
	const struct journal_list *source;
	struct journal_list *l;

	if (!j->on || from > j->count || !(l = list_of(j, to)))
		return;
	source = &j->list[from - 1];
	l->trimmed |= source->trimmed;
	if (l->trimmed || !reserve(j, l, source->len)) {
		l->trimmed = true;
		return;
	}
	if (source->len)
		memcpy(l->items + l->len, source->items, source->len);
	l->len += source->len;
	l->tail = l->len;
}

const struct journal_list *journal_of(const struct journal *j, uint32_t number)
{
	return number <= j->count && (j->list[number - 1].len || j->list[number - 1].trimmed) ? &j->list[number - 1]
											      : NULL;
}

const struct journal_item *journal_next(const struct journal_list *l, size_t *at)
{
	const struct journal_item *item = (const void *)(l->items + *at);

	if (*at >= l->len)
		return NULL;
	*at += sizeof(*item) + journal_event(item)->size;
	return item;
}
