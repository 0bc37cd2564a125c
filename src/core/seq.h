/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sequence numbers go round at 4 GiB: of two, that one is after the other to which the way forward is the shorter one
 * (RFC 9293 3.4). All comparisons and differences of them stand here.
 */
#ifndef TCPLIFE_SEQ_H
#define TCPLIFE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* Half of the largest window (RFC 7323): numbers farther apart are not of one connection. */
#define SEQ_NEAR (1 << 30)
/* No more than this is in flight as a rule: a number that lies so little ahead of another was overtaken by it. */
#define SEQ_OVERTAKEN (1 << 24)

/* a - b */
static inline int32_t seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) < 0;
}

static inline bool seq_after(uint32_t a, uint32_t b)
{
	return seq_diff(a, b) > 0;
}

static inline bool seq_near(uint32_t a, uint32_t b)
{
	int32_t d = seq_diff(a, b);

	return d > -SEQ_NEAR && d < SEQ_NEAR;
}

/* As people read it: from the initial one on, which is 0. */
static inline uint32_t seq_relative(uint32_t seq, uint32_t isn)
{
	return seq - isn;
}

/* Bytes from one number up to another, modulo 4 GiB: the numbers say no more. 0 if `to` was overtaken by `from`. */
static inline uint32_t seq_bytes(uint32_t from, uint32_t to)
{
	int32_t d = seq_diff(to, from);

	return d < 0 && d > -SEQ_OVERTAKEN ? 0 : to - from;
}

#endif
