/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * tc filters in the clsact qdisc, for kernels without tcx (before 6.6). They have no link: a run that is killed leaves
 * them, and the next one takes them away. Whose they are is in the handle.
 */
#ifndef TCPLIFE_CLSACT_H
#define TCPLIFE_CLSACT_H

#include <stdbool.h>
#include <stdint.h>

/* made_qdisc: there was none, and it is ours to remove. 0 or a negative errno. */
int clsact_attach(int program, uint32_t ifindex, bool egress, bool *made_qdisc);
/* Removes the qdisc too if we made it and nobody else has put a filter there. */
void clsact_detach(uint32_t ifindex, bool egress, bool made_qdisc);
/* Filters of runs that were killed, and their qdisc if nothing else is in it. */
void clsact_remove_leftovers(uint32_t ifindex);

#endif
