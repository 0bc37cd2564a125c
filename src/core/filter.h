/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The user's filters, applied exactly to a whole connection. The kernel side drops early what it can; this decides. */
#ifndef TCPLIFE_FILTER_H
#define TCPLIFE_FILTER_H

#include <stdbool.h>

#include "config.h"
#include "core/conn.h"

/* ports may be NULL if f->port_kinds is 0. */
bool filter_wants(const struct filter_config *f, const struct port_filter *ports, const struct conn *c);

#endif
