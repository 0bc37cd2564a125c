/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Community ID, version 1: what Zeek, Suricata and others call a tuple, from which they find each other's records. */
#ifndef TCPLIFE_COMMUNITY_ID_H
#define TCPLIFE_COMMUNITY_ID_H

#include "core/flow.h"

/* "1:" and 20 bytes in base64, and the 0 */
#define COMMUNITY_ID_SIZE 31

/* Of TCP, with seed 0; the same in both directions. Returns buf. */
const char *community_id(const struct flow *flow, char buf[COMMUNITY_ID_SIZE]);

#endif
