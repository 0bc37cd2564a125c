// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The moments of a packed connection: what each was, when, and its numbers where they are not the expected ones. */
#include "core/table/conn_pack_moments.h"

#include <string.h>

#include "core/segment.h"

#define SHAPE_HAS_NUMBERS (1ULL << 48)

uint64_t moment_shape(const struct moment *m)
{
	uint64_t shape = m->kind | (uint64_t)m->side << 8 | (uint64_t)m->old_state << 16 |
			 (uint64_t)m->new_state << 24 | (uint64_t)m->tcp_flags << 32 | (uint64_t)m->arg << 40;

	return m->seq | m->ack | m->payload_len | m->window ? shape | SHAPE_HAS_NUMBERS : shape;
}

static void shape_set(struct moment *m, uint64_t shape)
{
	m->kind = (uint8_t)shape;
	m->side = (uint8_t)(shape >> 8);
	m->old_state = (uint8_t)(shape >> 16);
	m->new_state = (uint8_t)(shape >> 24);
	m->tcp_flags = (uint8_t)(shape >> 32);
	m->arg = (uint8_t)(shape >> 40);
}

/* What the next numbers are likely to be: those of segments that follow one another. */
struct expected {
	uint64_t ts_ns;
	uint32_t seq[SIDES];
	uint16_t window[SIDES];
};

enum {
	OTHER_SEQ = 1 << 0,
	OTHER_ACK = 1 << 1,
	OTHER_LENGTH = 1 << 2, /* than 0 */
	OTHER_WINDOW = 1 << 3,
};

static struct expected first_expected(const struct conn *c)
{
	return (struct expected) {
		.ts_ns = c->start_ns,
		.seq = { c->side[CLIENT].isn, c->side[SERVER].isn },
	};
}

static uint32_t expected_ack(const struct expected *x, const struct moment *m)
{
	return m->tcp_flags & TCP_FLAG_ACK_BIT ? x->seq[!(m->side & 1)] : 0;
}

static void expect_next(struct expected *x, const struct moment *m)
{
	unsigned int own = m->side & 1;

	x->seq[own] = segment_end(m->seq, m->payload_len, m->tcp_flags);
	x->window[own] = m->window;
}

static uint8_t *put_numbers(uint8_t *out, const struct moment *m, struct expected *x)
{
	uint32_t seq = x->seq[m->side & 1], ack = expected_ack(x, m), window = x->window[m->side & 1];
	uint8_t *others = out++;

	*others = (m->seq != seq ? OTHER_SEQ : 0) | (m->ack != ack ? OTHER_ACK : 0) |
		  (m->payload_len ? OTHER_LENGTH : 0) | (m->window != window ? OTHER_WINDOW : 0);
	if (m->seq != seq)
		out = put_distance(out, seq, m->seq);
	if (m->ack != ack)
		out = put_distance(out, ack, m->ack);
	if (m->payload_len)
		out = put_varint(out, m->payload_len);
	if (m->window != window)
		out = put_distance(out, window, m->window);
	expect_next(x, m);
	return out;
}

static const uint8_t *get_numbers(const uint8_t *in, struct moment *m, struct expected *x)
{
	uint32_t window = x->window[m->side & 1];
	uint8_t others = *in++;
	uint64_t v;

	m->seq = x->seq[m->side & 1];
	m->ack = expected_ack(x, m);
	if (others & OTHER_SEQ)
		in = get_distance(in, m->seq, &m->seq);
	if (others & OTHER_ACK)
		in = get_distance(in, m->ack, &m->ack);
	if (others & OTHER_LENGTH) {
		in = get_varint(in, &v);
		m->payload_len = (uint32_t)v;
	}
	if (others & OTHER_WINDOW)
		in = get_distance(in, window, &window);
	m->window = (uint16_t)window;
	expect_next(x, m);
	return in;
}

uint8_t *moments_pack(uint8_t *out, const struct conn *c, const uint64_t *shape, bool with_shapes)
{
	struct expected x = first_expected(c);

	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (with_shapes)
			out = put_varint(out, shape[i]);
		out = put_varint(out, zigzag(m->ts_ns - x.ts_ns));
		x.ts_ns = m->ts_ns;
		if (shape[i] & SHAPE_HAS_NUMBERS)
			out = put_numbers(out, m, &x);
	}
	return out;
}

void moments_unpack(const uint8_t *in, struct conn *c, const uint64_t *shape)
{
	struct expected x = first_expected(c);

	for (unsigned int i = 0; i < c->moments.count; i++) {
		struct moment *m = &c->moments.list[i];
		uint64_t own, v;

		if (shape)
			own = shape[i];
		else
			in = get_varint(in, &own);
		in = get_varint(in, &v);
		x.ts_ns += unzigzag(v);
		*m = (struct moment) { .ts_ns = x.ts_ns };
		shape_set(m, own);
		if (own & SHAPE_HAS_NUMBERS)
			in = get_numbers(in, m, &x);
	}
}
