/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Is there anything about a connection that calls for its whole history? */
#ifndef TCPLIFE_CONN_ODD_H
#define TCPLIFE_CONN_ODD_H

#include <stdbool.h>

#include "core/conn.h"

/*
 * Its ending was not orderly, or something was sent again: a SYN, SYN+ACK, FIN, data, or what restarted its TIME_WAIT.
 * The record's own figures decide, so that a reader of it comes to the same answer. One that is open has not ended
 * badly. Its verdict is valid.
 */
bool conn_is_odd(const struct conn *c);

#endif
