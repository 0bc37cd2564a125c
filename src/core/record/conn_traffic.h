/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How many bytes and segments each side sent. */
#ifndef TCPLIFE_CONN_TRAFFIC_H
#define TCPLIFE_CONN_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"

/* Payload bytes that this side sent, from either end's counters, else from sequence numbers; false = not known. */
bool conn_bytes(const struct conn *c, enum side_name sent_by, uint64_t *bytes);
/* Has its socket taken payload of the other side's? Of its counters, so not of a capture. */
bool conn_side_got_data(const struct side *s);
/* Payload bytes that the second closer sent after the first closer's FIN; false = not known. */
bool conn_half_closed_bytes(const struct conn *c, uint64_t *bytes);
/* Segments that this side sent, as on the wire; false = not known. */
bool conn_packets(const struct conn *c, enum side_name sent_by, uint64_t *packets);
/* Was each segment of it seen? Of a handshake that was not completed, if the wire was. */
bool conn_is_handshake_seen(const struct conn *c);

#endif
