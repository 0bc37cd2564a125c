/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A connection in the terms of other tools: Zeek's conn.log, Wireshark's completeness. */
#ifndef TCPLIFE_CONN_ZEEK_H
#define TCPLIFE_CONN_ZEEK_H

#include "core/conn.h"

/* Zeek's conn_state ("SF", "REJ", ...) by zeek:scripts/base/protocols/conn/main.zeek. Never NULL. */
const char *conn_zeek_state(const struct conn *c);
/* Wireshark's tcp.completeness bits: 1 SYN 2 SYN-ACK 4 ACK 8 DATA 16 FIN 32 RST. */
unsigned int conn_completeness(const struct conn *c);
#define CONN_HISTORY_SIZE 32
/*
 * Zeek's history letters. Where not every segment is seen, data letters come from TCP's counters and stand after the
 * handshake. Returns buf, or a text that is valid as long as c.
 */
const char *conn_history(const struct conn *c, char buf[CONN_HISTORY_SIZE]);

#endif
