// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/capture/track.h"
#include "lib/hash_mix.h"

int top_store_init(struct top_store *s)
{
	*s = (struct top_store) { 0 };
	s->ended = calloc(TOP_ENDED_MAX, sizeof(*s->ended));
	s->open = calloc(TOP_OPEN_MAX, sizeof(*s->open));
	if (!s->ended || !s->open || flat_init(&s->by_id, 64)) {
		top_store_free(s);
		return -ENOMEM;
	}
	return 0;
}

static void forget(struct top_ended *e)
{
	free(e->packed);
	track_free(e->track);
	*e = (struct top_ended) { 0 };
}

void top_store_free(struct top_store *s)
{
	for (size_t i = 0; s->ended && i < TOP_ENDED_MAX; i++)
		forget(&s->ended[i]);
	free(s->ended);
	free(s->open);
	flat_free(&s->by_id);
	conn_packer_free(&s->packer);
	*s = (struct top_store) { 0 };
}

void top_store_walk(struct top_store *s)
{
	s->open_count = 0;
	s->open_left_out = 0;
}

struct top_row *top_store_open(struct top_store *s)
{
	if (s->open_count < TOP_OPEN_MAX)
		return &s->open[s->open_count++];
	s->open_left_out++;
	return NULL;
}

static uint32_t hash_of(const uint64_t id[2])
{
	return (uint32_t)hash_mix(id[0] ^ id[1]);
}

uint64_t top_store_oldest(const struct top_store *s)
{
	return s->next > TOP_ENDED_MAX ? s->next - TOP_ENDED_MAX : 0;
}

static struct top_ended *find(const struct top_store *s, const uint64_t id[2])
{
	struct flat_search search = flat_search(&s->by_id, hash_of(id));
	uint32_t number;

	while ((number = flat_next(&search))) {
		struct top_ended *e = &s->ended[number - 1];

		if (e->row.id[0] == id[0] && e->row.id[1] == id[1])
			return e;
	}
	return NULL;
}

struct top_row *top_store_find(const struct top_store *s, const uint64_t id[2])
{
	struct top_ended *e = find(s, id);

	return e ? &e->row : NULL;
}

/* The place of the oldest. NULL without memory for the index. */
static struct top_ended *new_place(struct top_store *s, const struct conn *c)
{
	uint32_t slot = (uint32_t)(s->next % TOP_ENDED_MAX);
	struct top_ended *e = &s->ended[slot];

	if (s->next >= TOP_ENDED_MAX) {
		flat_remove(&s->by_id, hash_of(e->row.id), slot + 1);
		forget(e);
	}
	s->next++;
	e->row.id[0] = c->id[0];
	e->row.id[1] = c->id[1];
	return flat_add(&s->by_id, hash_of(c->id), slot + 1) ? NULL : e;
}

/* Without memory the row stays, and the diagram is missing. */
static void pack(struct top_store *s, struct top_ended *e, const struct conn *c)
{
	uint8_t buf[CONN_PACKED_MAX];
	size_t len = conn_pack(&s->packer, c, buf);

	free(e->packed);
	track_free(e->track);
	e->track = c->track ? track_copy(c->track) : NULL;
	e->packed = c->track && !e->track ? NULL : malloc(len);
	if (e->packed)
		memcpy(e->packed, buf, len);
	else
		s->no_memory++;
}

struct top_row *top_store_ended(struct top_store *s, const struct conn *c)
{
	struct top_ended *e = find(s, c->id) ?: new_place(s, c);

	if (!e) {
		s->no_memory++;
		return NULL;
	}
	pack(s, e, c);
	return &e->row;
}

bool top_store_unpack(const struct top_store *s, const struct top_ended *e, struct top_whole *out)
{
	if (!e->packed)
		return false;
	memset(&out->conn, 0, sizeof(out->conn));
	out->conn.moments.list = out->moments;
	out->conn.moments.capacity = MOMENTS_MAX;
	conn_unpack(&s->packer, e->packed, &out->conn);
	out->conn.track = e->track;
	out->track = NULL;
	return true;
}

bool top_store_get(const struct top_store *s, const uint64_t id[2], struct top_whole *out)
{
	const struct top_ended *e = find(s, id);

	return e && top_store_unpack(s, e, out);
}

bool top_whole_copy(struct top_whole *out, const struct conn *c)
{
	struct track *track = c->track ? track_copy(c->track) : NULL;

	if (c->track && !track)
		return false;
	out->conn = *c;
	out->conn.entry = NULL;
	out->conn.track = out->track = track;
	out->conn.moments.list = out->moments;
	if (c->moments.count)
		memcpy(out->moments, c->moments.list, c->moments.count * sizeof(out->moments[0]));
	return true;
}

void top_whole_free(struct top_whole *w)
{
	track_free(w->track);
	w->track = NULL;
}
