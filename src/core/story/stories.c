// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Halves are sorted by the client's initial sequence number. Of those that share it, one of a client's host and one of
 * a server's are joined if the server's number is the same, or if one of the two does not know it and there is no
 * other.
 */
#include "core/story/stories.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/story/clock.h"
#include "core/story/merge.h"
#include "core/table/conn_pack.h"

/* Halves whose clients began further apart than any clocks may be are not one. */
#define CLOCKS_APART_MOST_NS (7 * 86400 * 1000000000LL)
/* An unanswered one is joined by one number alone: then they have to be near, by the clocks as they are known. */
#define NEAR_NS 600000000000LL
#define NO_HALF UINT32_MAX

struct half {
	uint8_t *packed;
	uint64_t start_ns; /* by its own host's wall clock */
	uint32_t isn[SIDES];
	uint32_t other; /* the other half, by its place in .half; NO_HALF = none */
	uint8_t host;
	uint8_t role; /* enum side_name: whose end it is; SIDES = of both, or of none */
	bool known[SIDES];
};

struct stories {
	struct half *half;
	size_t count, capacity, max;
	unsigned int hosts;
	char name[STORY_HOSTS][65];
	struct conn_packer packer;
	struct host_clocks *clock[STORY_HOSTS][STORY_HOSTS]; /* [a][b], a < b; NULL = no handshake */
	struct stories_counters counters;
	uint8_t buffer[CONN_PACKED_MAX];
};

int stories_new(struct stories **out, size_t max, unsigned int hosts)
{
	struct stories *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->max = max < NO_HALF ? max : NO_HALF - 1;
	s->hosts = hosts;
	*out = s;
	return 0;
}

void stories_free(struct stories **sp)
{
	struct stories *s = *sp;

	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->half[i].packed);
	for (unsigned int a = 0; a < STORY_HOSTS; a++)
		for (unsigned int b = 0; b < STORY_HOSTS; b++) {
			if (s->clock[a][b])
				host_clocks_free(s->clock[a][b]);
			free(s->clock[a][b]);
		}
	conn_packer_free(&s->packer);
	free(s->half);
	free(s);
	*sp = NULL;
}

void stories_name(struct stories *s, unsigned int host, const char *name)
{
	size_t len = strnlen(name, sizeof(s->name[host]) - 1);

	memcpy(s->name[host], name, len);
	s->name[host][len] = '\0';
}

/* ---- keeping */

static unsigned int role_of(const struct conn *c)
{
	bool client = side_is_local(&c->side[CLIENT]), server = side_is_local(&c->side[SERVER]);

	return client == server ? SIDES : client ? CLIENT : SERVER;
}

static bool make_room(struct stories *s)
{
	size_t capacity = s->capacity ? s->capacity * 2 : 1024;
	struct half *more;

	if (s->count < s->capacity)
		return true;
	more = reallocarray(s->half, capacity, sizeof(*more));
	if (!more)
		return false;
	s->half = more;
	s->capacity = capacity;
	return true;
}

int stories_keep(struct stories *s, unsigned int host, const struct conn *c)
{
	struct half h = { .host = (uint8_t)host, .role = (uint8_t)role_of(c), .other = NO_HALF };
	size_t size;

	if (s->count >= s->max || !make_room(s)) {
		s->counters.no_room++;
		return s->count >= s->max ? -ENOSPC : -ENOMEM;
	}
	size = conn_pack(&s->packer, c, s->buffer);
	h.packed = malloc(size);
	if (!h.packed) {
		s->counters.no_room++;
		return -ENOMEM;
	}
	memcpy(h.packed, s->buffer, size);
	h.start_ns = c->start_ns + (uint64_t)c->wall_offset_ns;
	for (int i = CLIENT; i < SIDES; i++) {
		h.isn[i] = c->side[i].isn;
		h.known[i] = c->side[i].isn_known;
	}
	s->half[s->count++] = h;
	return 0;
}

/* list: room for MOMENTS_MAX. */
static void unpack(const struct stories *s, const struct half *h, struct conn *out, struct moment *list)
{
	*out = (struct conn) { .moments = { .list = list, .capacity = MOMENTS_MAX } };
	conn_unpack(&s->packer, h->packed, out);
}

/* ---- pairing */

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_number(const void *ap, const void *bp)
{
	const struct half *a = ap, *b = bp;

	if (a->known[CLIENT] != b->known[CLIENT])
		return a->known[CLIENT] ? -1 : 1;
	return compare_u64(a->isn[CLIENT], b->isn[CLIENT]) ?: compare_u64(a->start_ns, b->start_ns) ?: a->host - b->host;
}

static bool are_apart(const struct half *a, const struct half *b, int64_t most)
{
	int64_t apart = (int64_t)(a->start_ns - b->start_ns);

	return apart > most || apart < -most;
}

/* How well do they fit? 0 = not, 2 = both numbers are the same. */
static int fit(const struct half *k, const struct half *v)
{
	if (k->role != CLIENT || v->role != SERVER || k->host == v->host || v->other != NO_HALF)
		return 0;
	if (k->known[SERVER] && v->known[SERVER])
		return k->isn[SERVER] == v->isn[SERVER] && !are_apart(k, v, CLOCKS_APART_MOST_NS) ? 2 : 0;
	return are_apart(k, v, NEAR_NS) ? 0 : 1;
}

/* Is it this one or none, for both? */
static bool is_only_one(const struct half *group, size_t count, size_t of_k, size_t of_v)
{
	for (size_t i = 0; i < count; i++) {
		if (i != of_v && fit(&group[of_k], &group[i]))
			return false;
		if (i != of_k && group[i].other == NO_HALF && fit(&group[i], &group[of_v]))
			return false;
	}
	return true;
}

static void pair_group(struct stories *s, size_t begin, size_t end)
{
	struct half *group = &s->half[begin];
	size_t count = end - begin;

	for (int wanted = 2; wanted > 0; wanted--)
		for (size_t k = 0; k < count; k++)
			for (size_t v = 0; v < count && group[k].other == NO_HALF; v++) {
				if (fit(&group[k], &group[v]) < wanted ||
				    (wanted == 1 && !is_only_one(group, count, k, v)))
					continue;
				group[k].other = (uint32_t)(begin + v);
				group[v].other = (uint32_t)(begin + k);
			}
}

/* A number is random: of many with the same one, most are made up, and none is believed. */
#define GROUP_MOST 64

static void pair_all(struct stories *s)
{
	size_t begin = 0, end;

	if (s->count)
		qsort(s->half, s->count, sizeof(*s->half), by_number);
	for (; begin < s->count && s->half[begin].known[CLIENT]; begin = end) {
		for (end = begin + 1; end < s->count; end++)
			if (!s->half[end].known[CLIENT] || s->half[end].isn[CLIENT] != s->half[begin].isn[CLIENT])
				break;
		if (end - begin > 1 && end - begin <= GROUP_MOST)
			pair_group(s, begin, end);
	}
}

/* ---- clocks */

static struct host_clocks *clock_of(struct stories *s, unsigned int a, unsigned int b)
{
	unsigned int first = a < b ? a : b, second = a < b ? b : a;

	if (!s->clock[first][second])
		s->clock[first][second] = calloc(1, sizeof(struct host_clocks));
	return s->clock[first][second];
}

static void part(struct stories *s, struct half *k)
{
	s->half[k->other].other = NO_HALF;
	k->other = NO_HALF;
	s->counters.contradicted++;
}

static void add_handshake(struct stories *s, struct half *k)
{
	struct moment list[2][MOMENTS_MAX];
	struct handshake_times t;
	struct host_clocks *pair;
	struct conn a, b;

	unpack(s, k, &a, list[0]);
	unpack(s, &s->half[k->other], &b, list[1]);
	if (!stories_handshake(&a, &b, &t))
		return;
	if (!handshake_is_possible(&t)) {
		part(s, k);
		return;
	}
	pair = clock_of(s, k->host, s->half[k->other].host);
	if (pair)
		host_clocks_add(pair, &t, k->host < s->half[k->other].host);
}

static void set_clocks(struct stories *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->half[i].role == CLIENT && s->half[i].other != NO_HALF)
			add_handshake(s, &s->half[i]);
	for (unsigned int a = 0; a < s->hosts; a++)
		for (unsigned int b = a + 1; b < s->hosts; b++)
			if (s->clock[a][b])
				host_clocks_fit(s->clock[a][b]);
}

/* The server's clock minus the client's when the client's shows start_ns. */
static void read_clock(const struct stories *s, const struct half *k, const struct half *v, struct path *path)
{
	bool forward = k->host < v->host;
	const struct host_clocks *pair = forward ? s->clock[k->host][v->host] : s->clock[v->host][k->host];
	uint64_t at_ns = forward ? k->start_ns : v->start_ns;

	if (!pair || !host_clocks_at(pair, at_ns, &path->clock_offset_ns, &path->clock_error_ns))
		return;
	path->clock_known = true;
	if (!forward)
		path->clock_offset_ns = -path->clock_offset_ns;
}

/* ---- reporting */

static int by_start(const void *ap, const void *bp, void *ctx)
{
	const struct stories *s = ctx;
	uint32_t a = *(const uint32_t *)ap, b = *(const uint32_t *)bp;

	return compare_u64(s->half[a].start_ns, s->half[b].start_ns) ?: compare_u64(a, b);
}

static void report_alone(struct stories *s, const struct half *h, void (*fn)(void *ctx, const struct conn *c),
			 void *ctx)
{
	struct moment list[MOMENTS_MAX];
	struct conn c;

	unpack(s, h, &c, list);
	s->counters.alone++;
	fn(ctx, &c);
}

/* Without a handshake between the two hosts that gives the clocks' offset, times cannot be put beside each other. */
static bool report_joined(struct stories *s, const struct half *k, void (*fn)(void *ctx, const struct conn *c),
			  void *ctx)
{
	const struct half *v = &s->half[k->other];
	struct moment list[2][MOMENTS_MAX];
	struct path path = { .host = { s->name[k->host], s->name[v->host] } };
	struct conn a, b, joined;

	read_clock(s, k, v, &path);
	if (!path.clock_known)
		return false;
	unpack(s, k, &a, list[0]);
	unpack(s, v, &b, list[1]);
	stories_merge(&a, &b, &path, &joined);
	s->counters.joined++;
	fn(ctx, &joined);
	moments_free(&joined.moments);
	return true;
}

static void report(struct stories *s, struct half *h, void (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	if (h->other == NO_HALF)
		report_alone(s, h, fn, ctx);
	else if (h->role == CLIENT && !report_joined(s, h, fn, ctx)) {
		report_alone(s, h, fn, ctx);
		report_alone(s, &s->half[h->other], fn, ctx);
	}
}

void stories_report(struct stories *s, void (*fn)(void *ctx, const struct conn *c), void *ctx)
{
	uint32_t *order = s->count ? malloc(s->count * sizeof(*order)) : NULL;

	pair_all(s);
	set_clocks(s);
	for (uint32_t i = 0; order && i < s->count; i++)
		order[i] = i;
	if (order)
		qsort_r(order, s->count, sizeof(*order), by_start, s);
	/* Without memory for their order they come in that of their numbers. */
	for (uint32_t i = 0; i < s->count; i++)
		report(s, &s->half[order ? order[i] : i], fn, ctx);
	free(order);
}

const struct stories_counters *stories_counters(const struct stories *s)
{
	return &s->counters;
}

bool stories_clock_at(const struct stories *s, unsigned int i, struct stories_clock *out)
{
	for (unsigned int a = 0; a < s->hosts; a++)
		for (unsigned int b = a + 1; b < s->hosts; b++) {
			const struct host_clocks *p = s->clock[a][b];

			if (!p || !p->best_count || i--)
				continue;
			*out = (struct stories_clock) {
				.first = a, .second = b, .handshakes = p->count, .drift_ppm = p->drift * 1e6
			};
			return host_clocks_at(p, p->best[0].at_ns, &out->offset_ns, &out->error_ns);
		}
	return false;
}
