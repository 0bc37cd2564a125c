/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What became of a SYN: whether it was sent at all, and what answered it. Asked of connections that failed to open. */
#ifndef TCPLIFE_CONN_REFUSAL_H
#define TCPLIFE_CONN_REFUSAL_H

#include "core/conn.h"

/* Did the socket close in SYN_SENT before it had sent its SYN? With TCP_FASTOPEN_CONNECT it is sent with the first
 * data. */
bool side_sent_no_syn(const struct side *s);
/* Did no SYN of this side leave its host: not sent, dropped on its way out, or not due (TCP_REPAIR)? */
bool side_kept_syn(const struct side *s);
/* Was a socket of it put in place by TCP_REPAIR? Then there was no handshake. */
bool conn_was_restored(const struct conn *c);
/*
 * Does the server's RST answer the client's SYN? Then it acknowledges that (RFC 9293 3.5.2); without an acknowledgment
 * it answers a segment that had one.
 */
bool conn_refuses_syn(const struct conn *c);
/*
 * Had the server's half-open request expired when the client's RST came? While it exists, its SYN+ACK is sent again 1 s
 * after the first, 2 s after that one, 4 s, ... (tcp_synack_retries); the request ends when the next one is due.
 */
bool conn_request_expired(const struct conn *c);

#endif
