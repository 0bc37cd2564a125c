/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The summary's part on local ports: how many are left towards each busy destination, and until when. */
#ifndef TCPLIFE_SUMMARY_PORTS_H
#define TCPLIFE_SUMMARY_PORTS_H

#include "sink/metrics/census.h"
#include "sink/text/text.h"

/* Nothing where few are held and none will run out. */
void summary_local_ports(struct text_out *page, const struct census *c);

#endif
