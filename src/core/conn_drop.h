/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Segments that were seen on the wire and that their receiver threw away. */
#ifndef TCPLIFE_CONN_DROP_H
#define TCPLIFE_CONN_DROP_H

#include "core/conn.h"
#include "event.h"

/* Takes back what the segment, told just before from the wire, was believed to have done. */
void conn_apply_drop(struct conn *c, enum side_name sender, const struct event_drop *e);

#endif
