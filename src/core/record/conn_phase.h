/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The phases of a connection, and from when to when each went. */
#ifndef TCPLIFE_CONN_PHASE_H
#define TCPLIFE_CONN_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"

enum phase { PHASE_HANDSHAKE, PHASE_ESTABLISHED, PHASE_TEARDOWN, PHASE_TIME_WAIT, PHASES };

/* An interval in absolute ns, and where its two edges come from (EVIDENCE_*). end_ns 0 = still running. */
struct span {
	uint64_t begin_ns, end_ns;
	uint8_t begin_evidence, end_evidence;
};

/* "handshake", "established", "teardown", "time_wait". */
const char *conn_phase_name(enum phase p);
/* The interval of a phase; false if the phase was not seen. PHASE_TIME_WAIT: of the side conn_timewait_side() names. */
bool conn_phase(const struct conn *c, enum phase p, struct span *out);
/* The side that holds TIME_WAIT (after a simultaneous close: whose TIME_WAIT ends last), or -1. */
int conn_timewait_side(const struct conn *c);

#endif
