/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What reading the kernel's sockets again shows, when events may have been missed. */
#ifndef TCPLIFE_CONN_RECHECK_H
#define TCPLIFE_CONN_RECHECK_H

#include "core/table/conn_lifecycle.h"

/* A socket that exists. */
void conn_recheck_present(struct conn_table *t, const struct event_present *e);
/* Reading is over: sockets not found since e->since_ns do not exist. */
void conn_recheck_absent(struct conn_table *t, const struct event_absent *e);

#endif
