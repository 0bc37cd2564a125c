/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The events by which each open connection became what it is, kept until its record is due: a recording that begins
 * now repeats them, and so has those connections whole (conn_carry.h). By the numbers of conn_store.h.
 */
#ifndef TCPLIFE_JOURNAL_H
#define TCPLIFE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* Beyond these nothing more is kept, of one connection or of all, and it is marked. A test may set less. */
#ifndef JOURNAL_ONE_MAX
#define JOURNAL_ONE_MAX (64U << 10)
#endif
#define JOURNAL_ALL_MAX (64ULL << 20)

/* An event behind it, of event.size bytes. */
struct journal_item {
	uint64_t seq; /* the same event stands in several journals: it has one number */
	int64_t wall_offset_ns;
};

struct journal_list {
	char *items;
	uint32_t len, room;
	uint64_t last_seq;
	uint32_t tail; /* from here on there is nothing but EVENT_PRESENT, of each socket the last */
	bool trimmed;  /* events are missing at its end */
};

struct journal {
	bool on;
	struct journal_list *list; /* by number - 1 */
	uint32_t count;
	uint64_t bytes;		     /* of all lists' room */
	const struct event *current; /* NULL = none is being applied */
	uint64_t seq;
	int64_t wall_offset_ns;
};

void journal_free(struct journal *j);
/* Whoever is changed from here on is changed by this event, until journal_end(). */
static inline void journal_begin(struct journal *j, const struct event *e, int64_t wall_offset_ns)
{
	j->current = e;
	j->wall_offset_ns = wall_offset_ns;
	j->seq++;
}
static inline void journal_end(struct journal *j)
{
	j->current = NULL;
}
void journal_put(struct journal *j, uint32_t number);
/* The current event changed this connection. */
static inline void journal_add(struct journal *j, uint32_t number)
{
	if (__builtin_expect(j->on && j->current, 0))
		journal_put(j, number);
}
void journal_forget(struct journal *j, uint32_t number);
/* Its record is due, or it is gone. */
static inline void journal_drop(struct journal *j, uint32_t number)
{
	if (__builtin_expect(number <= j->count, 0))
		journal_forget(j, number);
}
/* What made the one is part of the other from here on. */
void journal_move(struct journal *j, uint32_t from, uint32_t to);
/* NULL = it has none. */
const struct journal_list *journal_of(const struct journal *j, uint32_t number);
/* The next item from *at on, which it moves behind it; NULL = there is none. Its event: journal_event(). */
const struct journal_item *journal_next(const struct journal_list *l, size_t *at);
static inline const struct event *journal_event(const struct journal_item *i)
{
	return (const void *)(i + 1);
}

#endif
