/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What made a side send RST: one rule for the verdict and for the explanations. */
#ifndef TCPLIFE_RESET_CAUSE_H
#define TCPLIFE_RESET_CAUSE_H

#include "core/conn.h"

enum reset_cause {
	RESET_CAUSE_REASON, /* nothing is known beyond the kernel's reason, if there is one */
	RESET_CAUSE_KILLED,
	RESET_CAUSE_UNREAD,	  /* closed with unread data */
	RESET_CAUSE_LINGER,	  /* closed with SO_LINGER 0 */
	RESET_CAUSE_LINGER2,	  /* closed with TCP_LINGER2 below 0: the kernel's reason is the same as for data */
	RESET_CAUSE_DATA,	  /* data came after it had closed */
	RESET_CAUSE_NOT_ACCEPTED, /* its listener closed first */
};

/* reason: enum reset_reason of that RST; RESET_UNKNOWN = its sender's kernel gave none. */
enum reset_cause reset_cause(const struct conn *c, enum side_name sender, unsigned int reason);

#endif
