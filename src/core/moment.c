// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/moment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOMENTS_FIRST 48 /* always kept: how it began */
/*
 * Room is made for so many more at a time. A whole connection over loopback has some 20 moments: doubling would keep
 * room for 32 of them as long as TIME_WAIT lasts.
 */
#define MOMENTS_STEP 8

_Static_assert(MOMENTS_MAX % MOMENTS_STEP == 0, "room for MOMENTS_MAX, and no more");

int moments_reserve(struct moments *m, unsigned int count)
{
	unsigned int capacity = (count + MOMENTS_STEP - 1) / MOMENTS_STEP * MOMENTS_STEP;
	struct moment *list;

	if (capacity <= m->capacity)
		return 0;
	list = realloc(m->list, capacity * sizeof(*list));
	if (!list)
		return -ENOMEM;
	m->list = list;
	m->capacity = capacity;
	return 0;
}

int moments_add(struct moments *m, const struct moment *moment)
{
	unsigned int at;

	if (m->count == MOMENTS_MAX) {
		memmove(&m->list[MOMENTS_FIRST], &m->list[MOMENTS_FIRST + 1],
			(MOMENTS_MAX - MOMENTS_FIRST - 1) * sizeof(*m->list));
		m->count--;
		m->dropped++;
	} else if (moments_reserve(m, m->count + 1U) < 0) {
		m->dropped++;
		return -ENOMEM;
	}
	for (at = m->count; at > 0 && m->list[at - 1].ts_ns > moment->ts_ns; at--)
		m->list[at] = m->list[at - 1];
	m->list[at] = *moment;
	m->count++;
	return 0;
}

void moments_forget(struct moments *m, enum event_kind kind, uint64_t ts_ns)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < m->count; i++) {
		if (m->list[i].kind != kind || m->list[i].ts_ns != ts_ns)
			m->list[kept++] = m->list[i];
	}
	m->count = (uint16_t)kept;
}

void moments_free(struct moments *m)
{
	free(m->list);
	*m = (struct moments) { 0 };
}
