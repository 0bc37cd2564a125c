/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Another look at the kernel's sockets, when something may have gone unseen. */
#ifndef TCPLIFE_CONN_RECHECK_H
#define TCPLIFE_CONN_RECHECK_H

#include "core/table/conn_lifecycle.h"

/* A socket that is there. */
void conn_recheck_present(struct conn_table *t, const struct event_present *e);
/* Whatever was not found since e->since_ns is not there. */
void conn_recheck_absent(struct conn_table *t, const struct event_absent *e);

#endif
