/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The standard process_* families of this program, from /proc. What cannot be read is left out. */
#ifndef TCPLIFE_PROCESS_METRICS_H
#define TCPLIFE_PROCESS_METRICS_H

#include "sink/metrics/exposition.h"

void process_metrics_write(struct exposition *e);

#endif
