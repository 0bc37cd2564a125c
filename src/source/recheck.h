/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A second look at the kernel's sockets, so that what went unseen is not told as still open: records are lost when the
 * ring is full, and some kernels run no tracing program in some contexts (core/conn_missed.h). When tracing ends; and
 * while it goes on, some seconds after births or deaths were lost.
 */
#ifndef TCPLIFE_RECHECK_H
#define TCPLIFE_RECHECK_H

#include <stdbool.h>

#include "event.h"

struct consumer;
struct hooks;
struct recheck;
struct source;

/* Attaches what takes rights that the steady state has not, and hooks itself into s->loop. NULL = it cannot be had. */
struct recheck *recheck_new(const struct hooks *h, const struct source *s, struct consumer *c);
/*
 * The last one, minisockets included: gives the consumer an EVENT_PRESENT for each that is there in the watched network
 * namespace. While the hooks are still attached, lest one that closes meanwhile be taken for one whose end went unseen.
 * true: *e is the EVENT_ABSENT for behind the last record. false = there was no look, or not at all of them.
 */
bool recheck_last(struct recheck *l, struct event_absent *e);
void recheck_free(struct recheck **l);

#endif
