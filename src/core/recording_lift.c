// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Takes a record apart by the sizes that its recording's header gives, and puts it together by our own. */
#include "core/recording_lift.h"

#include <string.h>

/*
 * A row for each field that was added to a part and for which 0 does not mean "not known":
 * { 4, EVENT_NONE, 1, fill_min_rto } = in recordings before version 4, the counters have no min_rto.
 */
static const struct lift LIFTS[] = {
	{ 0 },
};

static bool is_lifted(const struct recording_lift *l, unsigned int kind, unsigned int bit)
{
	for (const struct lift *step = l->lifts; step->before; step++)
		if (l->version < step->before && step->kind == kind && (kind || step->block == bit))
			return true;
	return false;
}

static bool blocks_differ(const struct recording_lift *l)
{
	for (unsigned int bit = 0; bit < RECORDING_BLOCKS; bit++)
		if (l->from.block[bit] != l->to.block[bit] || is_lifted(l, EVENT_NONE, bit))
			return true;
	return false;
}

void recording_lift_begin_to(struct recording_lift *l, const struct recording_header *h,
			     const struct recording_sizes *to, const struct lift *lifts)
{
	bool blocks;

	recording_header_sizes(h, &l->from);
	l->to = *to;
	l->lifts = lifts;
	l->version = h->version;
	blocks = blocks_differ(l);
	for (unsigned int kind = 0; kind < EVENT_KINDS; kind++)
		l->as_it_is[kind] = !blocks && l->from.kind[kind] == to->kind[kind] && !is_lifted(l, kind, 0);
}

void recording_lift_begin(struct recording_lift *l, const struct recording_header *h)
{
	struct recording_sizes now;

	recording_sizes_now(&now);
	recording_lift_begin_to(l, h, &now, LIFTS);
}

static void apply_lifts(const struct recording_lift *l, unsigned int kind, unsigned int bit, void *part)
{
	for (const struct lift *step = l->lifts; step->before; step++)
		if (l->version < step->before && step->kind == kind && (kind || step->block == bit))
			step->apply(part);
}

/* A record that is taken apart at one end and put together at the other. */
struct joint {
	const char *from, *end;
	char *to, *room;
	bool cut;
};

/* False if it does not fit. */
static bool move_part(struct joint *j, size_t from, size_t to)
{
	if (from > (size_t)(j->end - j->from) || to > (size_t)(j->room - j->to))
		return false;
	memcpy(j->to, j->from, from < to ? from : to);
	if (from < to)
		memset(j->to + from, 0, to - from);
	j->cut |= from > to;
	j->from += from;
	j->to += to;
	return true;
}

/* Flags without a block stay for the decoder to judge. */
static bool move_blocks(const struct recording_lift *l, struct joint *j, struct event *e, uint8_t flags)
{
	for (unsigned int bit = 0; bit < RECORDING_BLOCKS; bit++) {
		char *part = j->to;

		if (!(flags & 1U << bit) || !l->from.block[bit])
			continue;
		if (!move_part(j, l->from.block[bit], l->to.block[bit]))
			return false;
		if (l->to.block[bit])
			apply_lifts(l, EVENT_NONE, bit, part);
		else
			e->flags &= ~(1U << bit);
	}
	return true;
}

static size_t blocks_size(const struct recording_sizes *s, uint8_t flags)
{
	size_t size = 0;

	for (unsigned int bit = 0; bit < RECORDING_BLOCKS; bit++)
		size += flags & 1U << bit ? s->block[bit] : 0;
	return size;
}

static bool rebuild(struct recording_lift *l, const struct event *e)
{
	struct joint j = {
		.from = (const char *)e, .end = (const char *)e + e->size, .to = l->buf, .room = l->buf + sizeof(l->buf)
	};
	size_t blocks = blocks_size(&l->from, e->flags), fixed = l->from.kind[e->kind];
	struct event *out = (void *)l->buf;

	if (!fixed && e->size > blocks)
		fixed = e->size - blocks;
	if (fixed < sizeof(*e) || fixed + blocks != e->size || !move_part(&j, fixed, l->to.kind[e->kind]))
		return false;
	apply_lifts(l, e->kind, 0, out);
	if (!move_blocks(l, &j, out, e->flags))
		return false;
	out->size = (uint16_t)(j.to - l->buf);
	l->cut += j.cut;
	return true;
}

const struct event *recording_lift_other(struct recording_lift *l, const struct event *e)
{
	if (e->kind >= EVENT_KINDS || !l->to.kind[e->kind])
		return e;
	return rebuild(l, e) ? (const void *)l->buf : e;
}
