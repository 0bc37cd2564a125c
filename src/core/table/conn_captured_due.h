/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* When a connection of a capture is to be looked at next, if what the packets say is all that ends it. */
#ifndef TCPLIFE_CONN_CAPTURED_DUE_H
#define TCPLIFE_CONN_CAPTURED_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/heap.h"

struct track;

/* Something happened to c: puts it where it belongs in tracks. is_live: the capture is being made. 0 or -ENOMEM. */
int conn_captured_schedule(struct heap *tracks, struct conn *c, uint64_t now_ns, bool is_live);
/* Who is due first; behind all that have a deadline the others, who was silent for longest first. NULL = there is none.
 */
struct track *conn_captured_first(struct heap *tracks);

#endif
