/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One line for people, when the TIME_WAIT or FIN_WAIT2 that followed a connection is over. */
#ifndef TCPLIFE_SINK_TIMEWAIT_LINE_H
#define TCPLIFE_SINK_TIMEWAIT_LINE_H

#include "core/conn.h"
#include "sink/text/text.h"

/* As wide as the terminal permits, with less detail on a narrow one; nothing of a connection without a minisocket. */
void timewait_line(struct text_out *out, const struct conn *c);

#endif
