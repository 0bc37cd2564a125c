/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which connections may be left out of an output that keeps one in N. The id decides, which both ends' hosts know
 * alike: they keep the same ones without exchanging a word, and what is kept at 8 N is kept at N, too.
 */
#ifndef TCPLIFE_SAMPLE_H
#define TCPLIFE_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"

/*
 * Did all go as it should: whole, closed by FINs, and nothing sent again, dropped or refused? Of a TIME_WAIT that is
 * over: did its timer end it? What is still open is not orderly, since nobody knows yet.
 */
bool conn_is_orderly(const struct conn *c);
/* How many a kept one stands for: n, or 0 if it is not kept. n 0 or 1: all are. */
uint32_t sample_weight(const uint64_t id[2], uint32_t n);
/*
 * The n to take while the queue of an output is fill percent full: n times 8 from 50 on, times 64 from 75 on. From
 * SAMPLE_FILL_NONE on none is to be kept.
 */
uint32_t sample_rate(uint32_t n, unsigned int fill);
#define SAMPLE_FILL_NONE 90

#endif
