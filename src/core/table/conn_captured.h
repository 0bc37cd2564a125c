/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Connections of a capture: which one a segment belongs to, and when each is over. */
#ifndef TCPLIFE_CONN_CAPTURED_H
#define TCPLIFE_CONN_CAPTURED_H

#include "core/table/conn_lifecycle.h"

/* A segment of a capture. 0 or -ENOMEM. */
int conn_captured_apply(struct conn_table *t, const struct event_segment *e);
/* An ICMP error of a capture. 0. */
int conn_captured_icmp(struct conn_table *t, const struct event_icmp *e);
/* Ends what is over by now_ns, each at its time. */
void conn_captured_expire(struct conn_table *t, uint64_t now_ns);
/* The capture is at its end. */
void conn_captured_finish(struct conn_table *t);

#endif
