/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Reads the kernel's sockets again, so that a connection whose close was not seen is not reported as still open:
 * records are lost when the ring is full, and some kernels run no tracing program in some contexts
 * (core/conn_missed.h). Done when tracing ends, some seconds after records of begins or ends were lost, and each second
 * while the end of some TIME_WAIT is overdue. Where outputs show open connections it also brings their counters, every
 * five seconds.
 */
#ifndef TCPLIFE_RECHECK_H
#define TCPLIFE_RECHECK_H

#include <stdbool.h>

#include "event.h"

struct consumer;
struct hooks;
struct recheck;
struct source;

/*
 * Attaches what takes privileges that are given up after the start, and adds itself to s->loop. NULL = not possible
 * here.
 */
struct recheck *recheck_new(const struct hooks *h, const struct source *s, struct consumer *c);
/*
 * The last reading, minisockets included: gives the consumer an EVENT_PRESENT for each socket of the watched network
 * namespace. To be called while the hooks are still attached, or a socket that closes meanwhile would be taken for one
 * whose end was not seen. true: *e is the EVENT_ABSENT to emit after the last record. false = they were not read, or
 * not all.
 */
bool recheck_last(struct recheck *l, struct event_absent *e);
void recheck_free(struct recheck **l);

#endif
