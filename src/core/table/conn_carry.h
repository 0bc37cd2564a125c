/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a table knows, as events that make an empty one know the same: a recording that begins with them is whole by
 * itself. They are those events that made each open connection, in their order and with their times; of listeners,
 * cgroups and losses, new ones. Connections of which the record was reported are not reported again: there is only as
 * much of them as keeps what still comes of their TIME_WAIT from being taken for another's.
 */
#ifndef TCPLIFE_CONN_CARRY_H
#define TCPLIFE_CONN_CARRY_H

#include "core/table/conn_table.h"
#include "event.h"

/*
 * Of a table with conn_table_options.journal. Calls fn for each event, good for the length of the call. 0, or -ENOMEM
 * before the first one. The last is a clock with EVENT_CARRIED. What there was no room to keep is marked: that
 * connection will not be complete.
 */
int conn_carry(const struct conn_table *t, void (*fn)(void *ctx, const struct event *e), void *ctx);

#endif
