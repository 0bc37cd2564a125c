// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/capture/reorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow.h"
#include "core/segment.h"

int reorder_init(struct reorder *r)
{
	*r = (struct reorder) { .flows = calloc(REORDER_FLOWS, sizeof(*r->flows)) };
	for (unsigned int i = 0; i < REORDER_MAX; i++)
		r->unused[i] = i;
	return r->flows ? 0 : -ENOMEM;
}

void reorder_free(struct reorder *r)
{
	free(r->flows);
	r->flows = NULL;
}

static struct endpoint end_at(const struct event_segment *e, int which)
{
	struct endpoint end = { .port = e->tuple.port[which] };

	memcpy(end.addr, e->tuple.addr[which], sizeof(end.addr));
	return end;
}

static int32_t seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static uint32_t end_of(const struct event_segment *e)
{
	return segment_end(e->seq, e->payload_len, e->tcp_flags);
}

static struct reorder_flow *flow_of(const struct reorder *r, const struct reorder_entry *n)
{
	return &r->flows[n->flow & (REORDER_FLOWS - 1)];
}

/* Was all of it sent before? Then what acknowledges it may have meant the first one. */
static bool is_old(const struct reorder *r, const struct reorder_entry *n)
{
	const struct reorder_flow *f = flow_of(r, n);

	if (f->flow == n->flow && f->known[n->upper] && seq_diff(f->end[n->upper], end_of(&n->e)) >= 0)
		return true;
	for (unsigned int i = 0; i < r->count; i++) {
		const struct reorder_entry *o = &r->entry[r->order[i]];

		if (o->flow == n->flow && o->upper == n->upper && seq_diff(end_of(&o->e), end_of(&n->e)) >= 0 &&
		    end_of(&o->e) != o->e.seq)
			return true;
	}
	return false;
}

static bool acknowledges(const struct reorder_entry *ack, const struct reorder_entry *of)
{
	return ack->flow == of->flow && ack->upper != of->upper && ack->e.tcp_flags & TCP_FLAG_ACK_BIT &&
	       !(ack->e.tcp_flags & TCP_FLAG_RST_BIT) && seq_diff(ack->e.ack, end_of(&of->e)) >= 0 &&
	       seq_diff(ack->e.ack, end_of(&of->e)) < 1 << 20 && ack->e.event.ts_ns + REORDER_NS >= of->e.event.ts_ns;
}

static unsigned int place_by_time(const struct reorder *r, uint64_t ts_ns)
{
	unsigned int i = r->count;

	while (i > 0 && r->entry[r->order[i - 1]].e.event.ts_ns > ts_ns)
		i--;
	return i;
}

/* Ahead of the first that acknowledges it. */
static unsigned int place_by_numbers(const struct reorder *r, const struct reorder_entry *n, unsigned int place)
{
	if (end_of(&n->e) == n->e.seq || n->e.tcp_flags & TCP_FLAG_RST_BIT)
		return place;
	for (unsigned int i = 0; i < place; i++)
		if (acknowledges(&r->entry[r->order[i]], n))
			return is_old(r, n) ? place : i;
	return place;
}

void reorder_add(struct reorder *r, const struct event_segment *e)
{
	struct endpoint from = end_at(e, 0), to = end_at(e, 1);
	uint8_t index = r->unused[r->count];
	struct reorder_entry *n = &r->entry[index];
	unsigned int by_time, place;

	*n = (struct reorder_entry) { .e = *e, .flow = flow_hash(&from, &to) | 1 };
	n->upper = memcmp(&from, &to, sizeof(from)) > 0;
	r->back += e->event.ts_ns < r->newest_ns;
	r->newest_ns = e->event.ts_ns > r->newest_ns ? e->event.ts_ns : r->newest_ns;
	by_time = place_by_time(r, e->event.ts_ns);
	place = place_by_numbers(r, n, by_time);
	if (place < by_time) {
		r->by_numbers++;
		n->e.event.ts_ns = r->entry[r->order[place]].e.event.ts_ns;
	}
	memmove(r->order + place + 1, r->order + place, r->count - place);
	r->order[place] = index;
	r->count++;
}

static void note(struct reorder *r, const struct reorder_entry *n)
{
	struct reorder_flow *f = flow_of(r, n);
	uint32_t end = end_of(&n->e);

	if (n->e.tcp_flags & TCP_FLAG_RST_BIT)
		return;
	if (f->flow != n->flow)
		*f = (struct reorder_flow) { .flow = n->flow };
	if (!f->known[n->upper] || n->e.tcp_flags & TCP_FLAG_SYN_BIT || seq_diff(end, f->end[n->upper]) > 0)
		f->end[n->upper] = end;
	f->known[n->upper] = true;
}

const struct event_segment *reorder_next(struct reorder *r, bool all)
{
	struct reorder_entry *n;

	if (!r->count || (!all && r->count < REORDER_MAX))
		return NULL;
	n = &r->entry[r->order[0]];
	r->count--;
	r->unused[r->count] = r->order[0];
	memmove(r->order, r->order + 1, r->count);
	note(r, n);
	return &n->e;
}
