/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is reported of a connection's data: its socket's counters, and which segments this host dropped. */
#ifndef TCPLIFE_CONN_TRANSFER_H
#define TCPLIFE_CONN_TRANSFER_H

#include "core/conn.h"
#include "event.h"

/* side: whose socket it is. */
void conn_apply_transfer(struct conn *c, enum side_name side, const struct event_transfer *e);
/*
 * A data segment that this host dropped before TCP saw it: the sender sends it again, and no step depends on it. Such
 * drops are counted, and are in no history.
 */
bool conn_drop_is_data(const struct event_drop *e);
/* s: who sent it. */
void conn_note_data_drop(struct side *s, const struct event_drop *e);
/* Had this host dropped what is sent again? enum drop_reason; 0 = that was not seen. */
uint8_t conn_dropped_here(const struct side *s, const struct event_retransmit *e);

#endif
