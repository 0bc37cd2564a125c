// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Keeps the ranges of bytes seen in one direction. Decides which missing bytes are a gap and which may still come. */
#include "core/capture/track_stream.h"

#include <stdlib.h>
#include <string.h>

void track_stream_init(struct track_stream *s)
{
	*s = (struct track_stream) { .delivered = 1, .trimmed = 1 };
}

void track_stream_free(struct track_stream *s)
{
	free(s->pending);
	s->pending = NULL;
	s->count = s->capacity = 0;
}

void track_stream_give_up(struct track_stream *s)
{
	s->skip = true;
	s->count = 0;
	s->held = 0;
}

bool track_stream_holds(const struct track_stream *s)
{
	return s->count || s->held > s->trimmed;
}

uint64_t track_stream_held_bytes(const struct track_stream *s)
{
	uint64_t n = s->held > s->trimmed ? s->held - s->trimmed : 0;

	for (uint32_t i = 0; i < s->count; i++)
		n += s->pending[i].end - s->pending[i].begin;
	return n;
}

uint64_t track_stream_beyond_hole(const struct track_stream *s)
{
	return s->count ? s->pending[s->count - 1].end - s->delivered : 0;
}

static void drop_first(struct track_stream *s, uint32_t n)
{
	s->count -= n;
	memmove(s->pending, s->pending + n, s->count * sizeof(*s->pending));
}

/* What was pending and is not any more behind a hole. */
static void absorb(struct track_stream *s)
{
	uint32_t n = 0;

	for (; n < s->count && s->pending[n].begin <= s->delivered; n++) {
		if (s->pending[n].end > s->delivered)
			s->held = s->delivered = s->pending[n].end;
	}
	if (n)
		drop_first(s, n);
}

static bool make_room(struct track_stream *s)
{
	uint32_t capacity = s->capacity ? s->capacity * 2 : 4;
	struct track_range *list;

	if (s->count < s->capacity)
		return true;
	if (s->count == WIRE_STREAM_MAX_RANGES)
		return false;
	list = reallocarray(s->pending, capacity, sizeof(*list));
	if (!list) {
		s->no_memory = true;
		return false;
	}
	s->pending = list;
	s->capacity = capacity;
	return true;
}

static void add_pending(struct track_stream *s, uint64_t begin, uint64_t end)
{
	uint32_t first = s->count, last;

	while (first > 0 && s->pending[first - 1].end >= begin)
		first--;
	for (last = first; last < s->count && s->pending[last].begin <= end; last++) {
		begin = s->pending[last].begin < begin ? s->pending[last].begin : begin;
		end = s->pending[last].end > end ? s->pending[last].end : end;
	}
	if (first == last) {
		if (!make_room(s)) {
			track_stream_give_up(s);
			return;
		}
		memmove(s->pending + first + 1, s->pending + first, (s->count - first) * sizeof(*s->pending));
		s->count++;
	} else if (last - first > 1) {
		memmove(s->pending + first + 1, s->pending + last, (s->count - last) * sizeof(*s->pending));
		s->count -= last - first - 1;
	}
	s->pending[first] = (struct track_range) { begin, end };
}

void track_stream_add(struct track_stream *s, uint64_t begin, uint64_t end)
{
	if (begin < s->trimmed)
		begin = s->trimmed;
	if (s->skip || end <= begin || end <= s->delivered)
		return;
	if (begin > s->delivered) {
		add_pending(s, begin, end);
		return;
	}
	s->held = s->delivered = end;
	absorb(s);
}

static void add_gap(struct track_gaps *gaps, uint64_t bytes)
{
	gaps->count++;
	gaps->bytes += bytes;
}

struct track_gaps track_stream_trim(struct track_stream *s, uint64_t upto, bool partial)
{
	struct track_gaps gaps = { 0 };

	if (upto > s->delivered && !(upto <= 2 && partial)) {
		while (!s->skip && s->count && s->pending[0].begin < upto) {
			add_gap(&gaps, s->pending[0].begin - s->delivered);
			s->delivered = s->pending[0].begin;
			absorb(s);
		}
		if (!s->skip && upto > s->delivered)
			add_gap(&gaps, upto - s->delivered);
		if (upto > s->delivered)
			s->delivered = upto;
		absorb(s);
	}
	s->trimmed = upto;
	return gaps;
}
