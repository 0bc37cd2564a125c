/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Says of a cgroup or a unit that a filter names and that is not on this host now: most often it is misspelt. */
#ifndef TCPLIFE_ABSENT_H
#define TCPLIFE_ABSENT_H

#include "options.h"

/* A line on stderr for each; it is no error, since what is named can begin later. Nothing where no kernel is traced. */
void absent_say(const struct options *o);

#endif
