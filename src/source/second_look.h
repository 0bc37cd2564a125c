/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A second look at the kernel's sockets when tracing ends, so that what went unseen is not told as still open: records
 * are lost when the ring is full, and some kernels run no tracing program in some contexts (core/conn_missed.h).
 */
#ifndef TCPLIFE_SECOND_LOOK_H
#define TCPLIFE_SECOND_LOOK_H

#include <stdbool.h>

#include "event.h"
#include "options.h"

struct consumer;
struct hooks;
struct second_look;

/* Beforehand, since it takes rights that the steady state has not. NULL = it cannot be had. */
struct second_look *second_look_open(const struct hooks *h, const struct options *o);
/*
 * Gives the consumer an EVENT_PRESENT for each socket, request and minisocket of the watched network namespace. While
 * the hooks are still attached, lest one that closes meanwhile be taken for one whose end went unseen.
 */
void second_look_take(struct second_look *l, struct consumer *c);
/* The EVENT_ABSENT for behind the last record. false = there was no look, or not at all of them. */
bool second_look_is_whole(const struct second_look *l, struct event_absent *e);
void second_look_free(struct second_look **l);

#endif
