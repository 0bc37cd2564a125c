/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Decides how a connection ended. */
#ifndef TCPLIFE_RECORD_ENDING_H
#define TCPLIFE_RECORD_ENDING_H

#include "core/conn.h"

/* From all that is known of c. Pure: may be called again as more becomes known. */
struct verdict ending_decide(const struct conn *c);

#endif
