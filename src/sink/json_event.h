/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A connection's moments as the array "events" of its record, and "events_dropped". */
#ifndef TCPLIFE_JSON_EVENT_H
#define TCPLIFE_JSON_EVENT_H

#include "core/conn.h"
#include "lib/json.h"

void json_events(struct json *j, const struct conn *c);

#endif
