/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* When a connection of a capture is to be looked at next, if what the packets say is all that ends it. */
#ifndef TCPLIFE_CONN_CAPTURED_DUE_H
#define TCPLIFE_CONN_CAPTURED_DUE_H

#include "core/table/conn_lifecycle.h"

struct track;

/* Something happened to c: puts it where it belongs in t->tracks. 0 or -ENOMEM. */
int conn_captured_schedule(struct conn_table *t, struct conn *c);
/* Who is due first; behind all that have a deadline the others, who was silent for longest first. NULL = there is none.
 */
struct track *conn_captured_first(struct conn_table *t);

#endif
