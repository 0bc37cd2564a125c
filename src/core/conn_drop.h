/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Segments that were seen on the wire and dropped by their receiver. */
#ifndef TCPLIFE_CONN_DROP_H
#define TCPLIFE_CONN_DROP_H

#include "core/conn.h"
#include "event.h"

/*
 * Where the event's network namespace is not known and the receiver's is: only a segment that was seen at an interface.
 * Another namespace may have the same tuple.
 */
bool conn_drop_is_ours(const struct conn *c, enum side_name sender, const struct event_drop *e);
/* Undoes what was assumed of the segment when it was seen on the wire, just before. */
void conn_apply_drop(struct conn *c, enum side_name sender, const struct event_drop *e);

#endif
