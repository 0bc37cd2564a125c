/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A connection's moments as the array "events" of its record. */
#ifndef TCPLIFE_JSON_EVENT_H
#define TCPLIFE_JSON_EVENT_H

#include "core/conn.h"
#include "lib/json.h"

/* Those that are no older than since_ns. */
void json_events(struct json *j, const struct conn *c, uint64_t since_ns);

#endif
