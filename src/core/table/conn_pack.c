// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Packs a connection into few bytes and back. Decides what is stored as a difference from the usual value, from a
 * moment, or from the pattern of its kind.
 */
#include "core/table/conn_pack.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/table/conn_pack_moments.h"
#include "lib/hash_mix.h"

/* From here on a connection is packed as it lies in memory. */
#define WORDS_AT     offsetof(struct conn, track)
#define WORDS_SIZE   (sizeof(struct conn) - WORDS_AT)
#define WORDS	     (WORDS_SIZE / sizeof(uint64_t))
#define WORD_MAX     (2 + sizeof(uint64_t))
#define ACTOR_REPEAT 0xff /* actor.certainty, packed: the same as the one before */

_Static_assert(WORDS_AT % sizeof(uint64_t) == 0 && sizeof(struct conn) % sizeof(uint64_t) == 0, "whole words");
_Static_assert(4 + VARINT_MAX + MOMENTS_MAX * MOMENT_PACKED_MAX + WORDS * WORD_MAX <= CONN_PACKED_MAX,
	       "CONN_PACKED_MAX");

/* ---- words ---- */

/* Which any member of a struct may be read as. */
typedef uint64_t __attribute__((may_alias)) word_t;
typedef word_t words_t[WORDS];

/* A word's first byte: how many zero words were skipped, where its bytes begin, and how many there are, less one. */
#define SKIPS_MORE 3 /* a byte follows with the skipped words beyond that */

_Static_assert(WORDS < 256, "skipped words are counted in a byte");

/* Most are. */
static bool same_four(const word_t *a, const word_t *b)
{
	return !((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]));
}

static uint8_t *put_words(uint8_t *out, const words_t words, const words_t usual)
{
	unsigned int skipped = 0;

	for (size_t i = 0; i < WORDS; i++) {
		uint64_t w = words[i] ^ usual[i];
		unsigned int low, length;

		if (!w) {
			skipped++;
			for (; i + 4 < WORDS && same_four(&words[i + 1], &usual[i + 1]); i += 4)
				skipped += 4;
			continue;
		}
		low = (unsigned int)__builtin_ctzll(w) / 8;
		length = 8 - (unsigned int)__builtin_clzll(w) / 8 - low;
		*out++ = (uint8_t)((skipped < SKIPS_MORE ? skipped : SKIPS_MORE) | low << 2 | (length - 1) << 5);
		if (skipped >= SKIPS_MORE)
			*out++ = (uint8_t)(skipped - SKIPS_MORE);
		w = htole64(w >> 8 * low);
		memcpy(out, &w, sizeof(w)); /* what is too much is written over */
		out += length;
		skipped = 0;
	}
	return out;
}

/* words: as usual */
static void get_words(const uint8_t *in, const uint8_t *end, words_t words)
{
	size_t i = 0;

	while (in < end) {
		unsigned int head = *in++, skipped = head & 3, low = head >> 2 & 7, length = (head >> 5) + 1;
		uint64_t w;

		if (skipped == SKIPS_MORE)
			skipped += *in++;
		memcpy(&w, in, sizeof(w)); /* conn_pack() left room behind the last one */
		i += skipped;
		words[i++] ^= (le64toh(w) & UINT64_MAX >> (64 - 8 * length)) << 8 * low;
		in += length;
	}
}

/* ---- what can be said shorter; each its own inverse, or with one ---- */

/* Exchanges 0 and usual: the usual value takes no room. */
#define SWAP_USUAL(field, usual) ((field) = (field) == (usual) ? 0 : (field) ? (field) : (usual))

/* Fields of sides that are likely to be the same at both ends of a connection within one host. */
static void swap_common(struct conn *c)
{
	const struct side *k = &c->side[CLIENT];
	struct side *v = &c->side[SERVER];

	SWAP_USUAL(v->cgroup, k->cgroup);
	SWAP_USUAL(v->cgroup_known, k->cgroup_known);
	SWAP_USUAL(v->netns, k->netns);
	SWAP_USUAL(v->uid, k->uid);
}

/* 0 stays 0: not known. */
static uint32_t near_isn(uint32_t seq, uint32_t isn)
{
	return !seq ? 0 : seq == isn ? -isn : seq - isn;
}

static uint32_t from_isn(uint32_t near, uint32_t isn)
{
	return !near ? 0 : near == -isn ? isn : near + isn;
}

static void each_seq(struct side *s, uint32_t (*change)(uint32_t seq, uint32_t isn))
{
	uint32_t *const field[] = { &s->fin_seq, &s->next_seq,	      &s->next_seq_before,  &s->rst_seq,
				    &s->acked,	 &s->seq_at_peer_fin, &s->taken_at_peer_fin };

	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++)
		*field[i] = change(*field[i], s->isn);
}

/* Where the moment of a time is likely to be found. */
#define TIME_SLOTS 128

struct times {
	uint8_t moment[TIME_SLOTS]; /* number, from 1 on */
};

static unsigned int time_slot(uint64_t ns)
{
	return (unsigned int)(ns * 0x9e3779b97f4a7c15ULL >> 57);
}

_Static_assert(TIME_SLOTS == 1 << (64 - 57), "time_slot()");

static void times_of(const struct conn *c, struct times *t)
{
	*t = (struct times) { 0 };
	for (unsigned int i = c->moments.count; i > 0; i--)
		t->moment[time_slot(c->moments.list[i - 1].ts_ns)] = (uint8_t)i;
}

/* 0 stays 0; the time of a moment becomes its number; another its distance from the beginning, behind these. */
static void shorten_time(const struct conn *c, const struct times *t, uint64_t *ns)
{
	unsigned int i = t->moment[time_slot(*ns)];

	if (!*ns)
		return;
	if (i && c->moments.list[i - 1].ts_ns == *ns)
		*ns = i;
	else
		*ns = zigzag(*ns - c->start_ns) + MOMENTS_MAX + 1;
}

static void lengthen_time(const struct conn *c, const struct times *t, uint64_t *time)
{
	if (!*time)
		return;
	if (*time <= MOMENTS_MAX)
		*time = *time <= c->moments.count ? c->moments.list[*time - 1].ts_ns : 0;
	else
		*time = c->start_ns + unzigzag(*time - MOMENTS_MAX - 1);
}

typedef void change_time(const struct conn *c, const struct times *t, uint64_t *time);

static inline void each_time(struct conn *c, const struct times *t, change_time *change)
{
	change(c, t, &c->last_ns);
	change(c, t, &c->close_ns);
	for (int i = CLIENT; i < SIDES; i++) {
		struct timewait *tw = &c->side[i].timewait;

		change(c, t, &tw->made_ns);
		change(c, t, &tw->entered_ns);
		change(c, t, &tw->ended_ns);
		change(c, t, &tw->restarted_ns);
		change(c, t, &tw->listed_ns);
		change(c, t, &c->side[i].transfer_ns);
		for (int m = 0; m < MARKS; m++)
			change(c, t, &c->side[i].mark[m]);
	}
}

static bool same_actor(const struct actor *a, const struct actor *b)
{
	return a->pid == b->pid && a->certainty == b->certainty && !memcmp(a->comm, b->comm, sizeof(a->comm)) &&
	       !memcmp(a->thread, b->thread, sizeof(a->thread));
}

/* The actor that the closer most often equals. */
static const struct actor *usual_closer(const struct side *s)
{
	return s->actor[ACCEPTOR].pid ? &s->actor[ACCEPTOR] : &s->actor[OPENER];
}

static void shorten_closer(struct side *s)
{
	if (s->actor[CLOSER].pid && same_actor(&s->actor[CLOSER], usual_closer(s)))
		s->actor[CLOSER] = (struct actor) { .certainty = ACTOR_REPEAT };
}

static void lengthen_closer(struct side *s)
{
	if (s->actor[CLOSER].certainty == ACTOR_REPEAT)
		s->actor[CLOSER] = *usual_closer(s);
}

/* The id follows from what was known at the beginning, and mostly that is still what is known. */
static void swap_id(struct conn *c)
{
	uint64_t id[2];

	conn_make_id(c, id);
	SWAP_USUAL(c->id[0], id[0]);
	SWAP_USUAL(c->id[1], id[1]);
}

/* ---- patterns ---- */

struct conn_pattern {
	uint64_t hash;
	words_t words;
	unsigned int moments;
	uint64_t shape[];
};

void conn_packer_free(struct conn_packer *p)
{
	for (size_t i = 0; i < CONN_PATTERNS; i++)
		free(p->pattern[i]);
	*p = (struct conn_packer) { 0 };
}

static struct conn_pattern *pattern_new(uint64_t hash, const words_t words, const uint64_t *shape, unsigned int moments)
{
	struct conn_pattern *p = malloc(sizeof(*p) + moments * sizeof(*shape));

	if (!p)
		return NULL; /* then without */
	p->hash = hash;
	memcpy(p->words, words, WORDS_SIZE);
	p->moments = moments;
	memcpy(p->shape, shape, moments * sizeof(*shape));
	return p;
}

/* Its number, from 1 on; 0 = there is none. */
static unsigned int find_pattern(struct conn_packer *p, const words_t words, const uint64_t *shape,
				 unsigned int moments)
{
	uint64_t hash = moments;
	unsigned int i;

	for (i = 0; i < moments; i++)
		hash = (hash ^ shape[i]) * 0x9e3779b97f4a7c15ULL;
	hash = hash_mix(hash);
	i = hash % CONN_PATTERNS;
	if (!p->pattern[i])
		p->pattern[i] = pattern_new(hash, words, shape, moments);
	if (!p->pattern[i] || p->pattern[i]->hash != hash || p->pattern[i]->moments != moments ||
	    memcmp(p->pattern[i]->shape, shape, moments * sizeof(*shape)) != 0)
		return 0;
	return i + 1;
}

/* ---- the whole ---- */

/* Before the words: their size (2 bytes), how many moments, the pattern's number, and how many moments were dropped. */
#define HEAD_BYTES 4

static const words_t zero_words;

static word_t *words_of(struct conn *c)
{
	return (word_t *)((uint8_t *)c + WORDS_AT);
}

static void shorten(struct conn *c)
{
	struct times t;

	times_of(c, &t);
	swap_id(c);
	swap_common(c);
	each_time(c, &t, shorten_time);
	for (int i = CLIENT; i < SIDES; i++) {
		each_seq(&c->side[i], near_isn);
		shorten_closer(&c->side[i]);
	}
}

static void lengthen(struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++) {
		lengthen_closer(&c->side[i]);
		each_seq(&c->side[i], from_isn);
	}
	each_time(c, NULL, lengthen_time);
	swap_common(c);
	swap_id(c);
}

size_t conn_pack(struct conn_packer *p, const struct conn *c, uint8_t *out)
{
	uint8_t *begin = out, *end;
	uint64_t shape[MOMENTS_MAX];
	unsigned int pattern;
	struct conn brief = *c;
	const word_t *words = words_of(&brief);
	uint16_t size;

	shorten(&brief);
	for (unsigned int i = 0; i < c->moments.count; i++)
		shape[i] = moment_shape(&c->moments.list[i]);
	pattern = find_pattern(p, words, shape, c->moments.count);

	out = put_varint(out + HEAD_BYTES, c->moments.dropped);
	end = put_words(out, words, pattern ? p->pattern[pattern - 1]->words : zero_words);
	size = (uint16_t)(end - out);
	memcpy(begin, &size, sizeof(size));
	begin[2] = (uint8_t)c->moments.count;
	begin[3] = (uint8_t)pattern;
	out = moments_pack(end, c, shape, !pattern);
	while (out < end + sizeof(uint64_t)) /* get_words() reads a whole word where the last one begins */
		*out++ = 0;
	return (size_t)(out - begin);
}

unsigned int conn_packed_moments(const uint8_t *packed)
{
	return packed[2];
}

void conn_unpack(const struct conn_packer *p, const uint8_t *packed, struct conn *out)
{
	const struct conn_pattern *pattern = packed[3] ? p->pattern[packed[3] - 1] : NULL;
	const uint8_t *at;
	uint64_t dropped;
	uint16_t size;

	memcpy(&size, packed, sizeof(size));
	at = get_varint(packed + HEAD_BYTES, &dropped);
	memcpy(words_of(out), pattern ? pattern->words : zero_words, WORDS_SIZE);
	get_words(at, at + size, words_of(out));
	out->moments.count = packed[2];
	out->moments.dropped = (uint32_t)dropped;
	moments_unpack(at + size, out, pattern ? pattern->shape : NULL);
	lengthen(out);
}
