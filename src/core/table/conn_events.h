/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What each kind of event does to the table. */
#ifndef TCPLIFE_CONN_EVENTS_H
#define TCPLIFE_CONN_EVENTS_H

#include "core/table/conn_lifecycle.h"

/* Finds or creates the connection that e concerns and applies it. 0 or -ENOMEM. */
int conn_events_apply(struct conn_table *t, const struct event *e);

#endif
