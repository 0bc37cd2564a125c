/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The addresses of the kernel functions by which a call stack shows why a TIME_WAIT ended, from /proc/kallsyms. */
#ifndef TCPLIFE_SYMBOLS_H
#define TCPLIFE_SYMBOLS_H

#include "config.h"

struct symbols;

/* Reads in a thread of its own, beside which the kernel's types are read: either takes about 40 ms. NULL: no memory. */
struct symbols *symbols_start(void);
/* Waits for it, and fills in tw_timer_handler and stack_range. 0, or a negative errno: they are all zero or in part. */
int symbols_get(struct symbols *s, struct bpf_config *c);
void symbols_free(struct symbols **s);

#endif
