/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* --where: one more expression that connections must fit. */
#ifndef TCPLIFE_OPTION_WHERE_H
#define TCPLIFE_OPTION_WHERE_H

#include "options.h"

/* 0; 1 after the list of names, for "help"; or a negative errno, not -EINVAL, after a message that shows the place. */
int option_where(struct options *o, const char *expression);

#endif
