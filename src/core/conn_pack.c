// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/conn_pack.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

/* From here on a connection is packed as it lies in memory. */
#define WORDS_AT     offsetof(struct conn, wire)
#define WORDS	     ((sizeof(struct conn) - WORDS_AT) / sizeof(uint64_t))
#define VARINT_MAX   10
#define MOMENT_MAX   (1 + VARINT_MAX + 3 + 1 + 1 + 4 * 5)
#define WORD_MAX     (2 + sizeof(uint64_t))
#define ACTOR_REPEAT 0xff /* actor.certainty, packed: the same as the one before */

_Static_assert(WORDS_AT % sizeof(uint64_t) == 0 && sizeof(struct conn) % sizeof(uint64_t) == 0, "whole words");
_Static_assert(4 + MOMENTS_MAX * MOMENT_MAX + WORDS * WORD_MAX <= CONN_PACKED_MAX, "CONN_PACKED_MAX");
_Static_assert(MOMENT_KINDS <= 8, "three bits");

/* ---- numbers ---- */

static uint8_t *put_varint(uint8_t *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*out++ = (uint8_t)(v | 0x80);
	*out++ = (uint8_t)v;
	return out;
}

static const uint8_t *get_varint(const uint8_t *in, uint64_t *v)
{
	unsigned int shift = 0;

	for (*v = 0; *in & 0x80; shift += 7)
		*v |= (uint64_t)(*in++ & 0x7f) << shift;
	*v |= (uint64_t)*in++ << shift;
	return in;
}

/* Small numbers of either sign become small ones without. */
static uint64_t zigzag(uint64_t difference)
{
	return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t v)
{
	return v >> 1 ^ (v & 1 ? UINT64_MAX : 0);
}

static uint8_t *put_distance(uint8_t *out, uint32_t from, uint32_t to)
{
	return put_varint(out, zigzag((uint64_t)(int64_t)(int32_t)(to - from)));
}

static const uint8_t *get_distance(const uint8_t *in, uint32_t from, uint32_t *to)
{
	uint64_t v;

	in = get_varint(in, &v);
	*to = from + (uint32_t)unzigzag(v);
	return in;
}

/* ---- moments ---- */

enum {
	MOMENT_SERVER = 1 << 3,
	MOMENT_HAS_STATES = 1 << 4,
	MOMENT_HAS_FLAGS = 1 << 5,
	MOMENT_HAS_ARG = 1 << 6,
	MOMENT_HAS_NUMBERS = 1 << 7,
};

/* What the next moment of a side is likely to repeat. */
struct prediction {
	uint64_t ts_ns;
	uint32_t seq[SIDES];
	uint16_t window[SIDES];
};

static struct prediction first_prediction(const struct conn *c)
{
	return (struct prediction) {
		.ts_ns = c->start_ns,
		.seq = { c->side[CLIENT].isn, c->side[SERVER].isn },
	};
}

static uint8_t *put_moment(uint8_t *out, const struct moment *m, struct prediction *p)
{
	uint8_t *head = out;
	uint8_t own = m->side & 1, other = own ^ 1;

	*head = m->kind | (own ? MOMENT_SERVER : 0);
	out = put_varint(out + 1, zigzag(m->ts_ns - p->ts_ns));
	p->ts_ns = m->ts_ns;
	if (m->old_state | m->new_state) {
		*head |= MOMENT_HAS_STATES;
		out = put_varint(out, (uint64_t)(m->new_state & 15U) | (m->old_state & 15U) << 4 |
					      (m->new_state >> 4U) << 8 | (m->old_state >> 4U) << 12);
	}
	if (m->tcp_flags) {
		*head |= MOMENT_HAS_FLAGS;
		*out++ = m->tcp_flags;
	}
	if (m->arg) {
		*head |= MOMENT_HAS_ARG;
		*out++ = m->arg;
	}
	if (m->seq | m->ack | m->payload_len | m->window) {
		*head |= MOMENT_HAS_NUMBERS;
		out = put_distance(out, p->seq[own], m->seq);
		out = put_distance(out, p->seq[other], m->ack);
		out = put_varint(out, m->payload_len);
		out = put_distance(out, p->window[own], m->window);
		p->seq[own] = m->seq;
		p->window[own] = m->window;
	}
	return out;
}

static const uint8_t *get_moment(const uint8_t *in, struct moment *m, struct prediction *p)
{
	uint8_t head = *in;
	uint8_t own = head & MOMENT_SERVER ? SERVER : CLIENT, other = own ^ 1;
	uint64_t v;

	*m = (struct moment) { .kind = head & 7, .side = own };
	in = get_varint(in + 1, &v);
	p->ts_ns = m->ts_ns = p->ts_ns + unzigzag(v);
	if (head & MOMENT_HAS_STATES) {
		in = get_varint(in, &v);
		m->new_state = (uint8_t)((v & 15) | (v >> 8 & 15) << 4);
		m->old_state = (uint8_t)((v >> 4 & 15) | (v >> 12 & 15) << 4);
	}
	if (head & MOMENT_HAS_FLAGS)
		m->tcp_flags = *in++;
	if (head & MOMENT_HAS_ARG)
		m->arg = *in++;
	if (head & MOMENT_HAS_NUMBERS) {
		uint32_t window;

		in = get_distance(in, p->seq[own], &m->seq);
		in = get_distance(in, p->seq[other], &m->ack);
		in = get_varint(in, &v);
		m->payload_len = (uint32_t)v;
		in = get_distance(in, p->window[own], &window);
		m->window = (uint16_t)window;
		p->seq[own] = m->seq;
		p->window[own] = m->window;
	}
	return in;
}

/* ---- words ---- */

/* Its first byte: how many zero words were skipped, where its bytes begin, and how many there are, less one. */
#define SKIPS_MORE 3 /* a byte follows with the skipped words beyond that */

static uint8_t *put_words(uint8_t *out, const uint8_t *from)
{
	unsigned int skipped = 0;

	for (size_t i = 0; i < WORDS; i++, from += sizeof(uint64_t)) {
		unsigned int low, length;
		uint64_t w;

		memcpy(&w, from, sizeof(w));
		if (!w) {
			skipped++;
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

_Static_assert(WORDS < 256, "skipped words are counted in a byte");

static void get_words(const uint8_t *in, const uint8_t *end, uint8_t *to)
{
	while (in < end) {
		unsigned int head = *in++, skipped = head & 3, low = head >> 2 & 7, length = (head >> 5) + 1;
		uint64_t w = 0;

		if (skipped == SKIPS_MORE)
			skipped += *in++;
		memcpy(&w, in, sizeof(w)); /* conn_pack() left room behind the last one */
		w = (le64toh(w) & UINT64_MAX >> (64 - 8 * length)) << 8 * low;
		in += length;
		to += skipped * sizeof(w);
		memcpy(to, &w, sizeof(w));
		to += sizeof(w);
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
	uint32_t *const field[] = { &s->fin_seq, &s->next_seq, &s->next_seq_before,
				    &s->rst_seq, &s->acked,    &s->seq_at_peer_fin };

	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++)
		*field[i] = change(*field[i], s->isn);
}

/* 0 stays 0; the time of a moment becomes its number; another its distance from the beginning, behind these. */
static uint64_t short_time(const struct conn *c, uint64_t ns)
{
	if (!ns)
		return 0;
	for (unsigned int i = 0; i < c->moments.count; i++) {
		if (c->moments.list[i].ts_ns == ns)
			return i + 1;
	}
	return zigzag(ns - c->start_ns) + MOMENTS_MAX + 1;
}

static uint64_t long_time(const struct conn *c, uint64_t time)
{
	if (!time)
		return 0;
	if (time <= MOMENTS_MAX)
		return time <= c->moments.count ? c->moments.list[time - 1].ts_ns : 0;
	return c->start_ns + unzigzag(time - MOMENTS_MAX - 1);
}

static void each_time(struct conn *c, uint64_t (*change)(const struct conn *c, uint64_t time))
{
	c->last_ns = change(c, c->last_ns);
	c->close_ns = change(c, c->close_ns);
	for (int i = CLIENT; i < SIDES; i++) {
		struct timewait *tw = &c->side[i].timewait;

		tw->made_ns = change(c, tw->made_ns);
		tw->entered_ns = change(c, tw->entered_ns);
		tw->ended_ns = change(c, tw->ended_ns);
		tw->restarted_ns = change(c, tw->restarted_ns);
		for (int m = 0; m < MARKS; m++)
			c->side[i].mark[m] = change(c, c->side[i].mark[m]);
	}
}

static bool same_actor(const struct actor *a, const struct actor *b)
{
	return a->pid == b->pid && a->certainty == b->certainty && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

/* Who it is that the closer most often is. */
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

/* ---- the whole ---- */

size_t conn_pack(const struct conn *c, uint8_t *out)
{
	uint8_t *begin = out, *end;
	struct prediction p = first_prediction(c);
	struct conn brief = *c;
	uint16_t size;

	swap_id(&brief);
	swap_common(&brief);
	each_time(&brief, short_time);
	for (int i = CLIENT; i < SIDES; i++) {
		each_seq(&brief.side[i], near_isn);
		shorten_closer(&brief.side[i]);
	}

	out += sizeof(size);
	*out++ = (uint8_t)c->moments.count;
	out = put_varint(out, c->moments.dropped);
	end = put_words(out, (const uint8_t *)&brief + WORDS_AT);
	size = (uint16_t)(end - out);
	memcpy(begin, &size, sizeof(size));
	out = end;
	for (unsigned int i = 0; i < c->moments.count; i++)
		out = put_moment(out, &c->moments.list[i], &p);
	while (out < end + sizeof(uint64_t)) /* get_words() reads a whole word where the last one begins */
		*out++ = 0;
	return (size_t)(out - begin);
}

unsigned int conn_packed_moments(const uint8_t *packed)
{
	return packed[2];
}

void conn_unpack(const uint8_t *packed, struct conn *out)
{
	struct prediction p;
	const uint8_t *at;
	uint64_t dropped;
	uint16_t size;

	memcpy(&size, packed, sizeof(size));
	at = get_varint(packed + 3, &dropped);
	memset((uint8_t *)out + WORDS_AT, 0, sizeof(*out) - WORDS_AT);
	get_words(at, at + size, (uint8_t *)out + WORDS_AT);
	at += size;
	out->moments.count = packed[2];
	out->moments.dropped = (uint32_t)dropped;
	p = first_prediction(out);
	for (unsigned int i = 0; i < out->moments.count; i++)
		at = get_moment(at, &out->moments.list[i], &p);

	for (int i = CLIENT; i < SIDES; i++) {
		lengthen_closer(&out->side[i]);
		each_seq(&out->side[i], from_isn);
	}
	each_time(out, long_time);
	swap_common(out);
	swap_id(out);
}
