// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is packed comes back as it was: for connections that could be, and for any bytes in their fields. */
#include "core/table/conn_pack.h"

#include <stdlib.h>

#include "test.h"

#define WORDS_AT offsetof(struct conn, track)

static uint64_t random_state = 1;

/* xorshift64 */
static uint64_t random_word(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint64_t below(uint64_t n)
{
	return random_word() % n;
}

/* A time near the beginning, none at all, or a moment's. */
static uint64_t some_time(const struct conn *c)
{
	switch (below(4)) {
	case 0:
		return 0;
	case 1:
		return c->moments.count ? c->moments.list[below(c->moments.count)].ts_ns : 0;
	case 2:
		return c->start_ns - below(1000);
	default:
		return c->start_ns + below(1ULL << below(50));
	}
}

static void fill_moments(struct conn *c)
{
	uint64_t ts_ns = c->start_ns - below(1000000);

	c->moments.count = (uint16_t)below(MOMENTS_MAX + 1);
	c->moments.dropped = (uint32_t)below(300);
	for (unsigned int i = 0; i < c->moments.count; i++) {
		struct moment *m = &c->moments.list[i];

		ts_ns += below(1ULL << below(40));
		*m = (struct moment) { .ts_ns = ts_ns, .kind = (uint8_t)below(EVENT_KINDS), .side = below(2) };
		if (below(2)) {
			m->old_state = (uint8_t)random_word();
			m->new_state = (uint8_t)random_word();
		}
		if (below(2))
			m->arg = (uint8_t)random_word();
		if (below(2)) {
			m->seq = (uint32_t)random_word();
			m->ack = c->side[below(2)].isn + (uint32_t)below(2000);
			m->tcp_flags = (uint8_t)random_word();
			m->payload_len = (uint32_t)random_word();
			m->window = (uint16_t)random_word();
		}
	}
}

/* Of every field's bits some are set, in most words none. */
/* These are read for the id, and a bool has two values. */
static void make_bools_valid(struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++)
		*(uint8_t *)&c->side[i].isn_known &= 1;
}

static void fill_words(struct conn *c)
{
	uint8_t *at = (uint8_t *)c + WORDS_AT;

	for (size_t i = 0; i < sizeof(*c) - WORDS_AT; i++)
		at[i] = below(3) ? 0 : (uint8_t)random_word();
	c->start_ns = 1000000000ULL + below(1ULL << 50);
	make_bools_valid(c);
}

static void fill_rest(struct conn *c)
{
	for (int i = CLIENT; i < SIDES; i++) {
		struct side *s = &c->side[i];

		for (int m = 0; m < MARKS; m++)
			s->mark[m] = some_time(c);
		s->timewait.made_ns = some_time(c);
		s->timewait.entered_ns = some_time(c);
		s->timewait.ended_ns = some_time(c);
		s->timewait.restarted_ns = some_time(c);
		s->fin_seq = below(2) ? s->isn : s->isn + (uint32_t)below(100000);
		s->next_seq = (uint32_t)-s->isn;
		for (int a = 0; a < ACTOR_ROLES; a++)
			s->actor[a].certainty = (uint8_t)below(ACTOR_DERIVED + 1);
		if (below(2))
			s->actor[CLOSER] = s->actor[below(2)];
	}
	if (below(2)) {
		c->side[SERVER].netns = c->side[CLIENT].netns;
		c->side[SERVER].cgroup = c->side[CLIENT].cgroup;
	}
	c->last_ns = some_time(c);
	c->close_ns = some_time(c);
	if (below(2))
		conn_make_id(c, c->id);
}

static bool same_moment(const struct moment *a, const struct moment *b)
{
	return a->ts_ns == b->ts_ns && a->seq == b->seq && a->ack == b->ack && a->payload_len == b->payload_len &&
	       a->kind == b->kind && a->side == b->side && a->old_state == b->old_state &&
	       a->new_state == b->new_state && a->tcp_flags == b->tcp_flags && a->arg == b->arg &&
	       a->window == b->window;
}

static void check_same(const struct conn *a, const struct conn *b)
{
	CHECK(!memcmp((const uint8_t *)a + WORDS_AT, (const uint8_t *)b + WORDS_AT, sizeof(*a) - WORDS_AT));
	CHECK_EQ_INT(b->moments.count, a->moments.count);
	CHECK_EQ_INT(b->moments.dropped, a->moments.dropped);
	for (unsigned int i = 0; i < a->moments.count; i++)
		CHECK(same_moment(&a->moments.list[i], &b->moments.list[i]));
}

static struct conn_packer packer;

static void check_round(const struct conn *c)
{
	static struct moment room[MOMENTS_MAX];
	static uint8_t buffer[CONN_PACKED_MAX];
	struct conn back;
	size_t size = conn_pack(&packer, c, buffer);
	uint8_t *packed = malloc(size); /* so that a sanitizer sees a byte too far */

	CHECK(packed && size <= CONN_PACKED_MAX);
	if (!packed)
		return;
	memcpy(packed, buffer, size);
	memset(&back, 0xa5, sizeof(back));
	back.moments = (struct moments) { .list = room, .capacity = MOMENTS_MAX };
	CHECK_EQ_INT(conn_packed_moments(packed), c->moments.count);
	conn_unpack(&packer, packed, &back);
	check_same(c, &back);
	free(packed);
}

CASE(any_bytes_come_back)
{
	struct moment list[MOMENTS_MAX];
	struct conn c = { .moments = { .list = list, .capacity = MOMENTS_MAX } };

	for (int i = 0; i < 20000 && !test_case_failed; i++) {
		fill_words(&c);
		fill_moments(&c);
		fill_rest(&c);
		check_round(&c);
	}
}

CASE(the_fullest_fits)
{
	struct moment list[MOMENTS_MAX];
	struct conn c = { .moments = { .list = list, .count = MOMENTS_MAX, .dropped = UINT32_MAX } };

	memset((uint8_t *)&c + WORDS_AT, 0x81, sizeof(c) - WORDS_AT);
	make_bools_valid(&c);
	for (int i = CLIENT; i < SIDES; i++)
		for (int a = 0; a < ACTOR_ROLES; a++)
			c.side[i].actor[a].certainty = ACTOR_DERIVED;
	c.start_ns = 1ULL << 61;
	for (int i = 0; i < MOMENTS_MAX; i++) {
		list[i] = (struct moment) {
			.ts_ns = (uint64_t)i << 54,
			.seq = i % 2 ? 0x91919191 : 0,
			.ack = i % 2 ? 0 : 0x91919191,
			.payload_len = UINT32_MAX,
			.kind = i % EVENT_KINDS,
			.side = i / 2 % 2,
			.old_state = 0xff,
			.new_state = 0xff,
			.tcp_flags = 0xff,
			.arg = 0xff,
			.window = i % 2 ? 0xffff : 0,
		};
	}
	check_round(&c);
}

CASE(of_the_same_life_only_the_difference_is_kept)
{
	struct moment list[MOMENTS_MAX];
	struct conn c = { .moments = { .list = list } };
	uint8_t packed[CONN_PACKED_MAX];
	size_t size;

	conn_packer_free(&packer);
	for (int i = 0; i < 20; i++) {
		fill_words(&c);
		fill_moments(&c);
	}
	for (unsigned int i = 0; i < c.moments.count; i++)
		list[i].seq = list[i].ack = list[i].payload_len = list[i].window = 0;
	check_round(&c);
	c.side[CLIENT].stats.srtt_us++;
	for (unsigned int i = 0; i < c.moments.count; i++)
		list[i].ts_ns = c.start_ns + 10 * i;
	size = conn_pack(&packer, &c, packed);
	check_round(&c);
	CHECK(size < 30U + c.moments.count);
}

CASE(of_nothing_nothing_is_kept)
{
	struct conn c = { 0 };
	uint8_t packed[CONN_PACKED_MAX];

	conn_packer_free(&packer);
	check_round(&c);
	CHECK(conn_pack(&packer, &c, packed) < 20);
	conn_packer_free(&packer);
}
