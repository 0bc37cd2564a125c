/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The process whose child the command is. */
#ifndef TCPLIFE_COMMAND_KEEPER_H
#define TCPLIFE_COMMAND_KEEPER_H

#include <stdint.h>

#define COMMAND_GO 'G' /* no signal has this number */

/* Its first report. */
struct command_place {
	char cgroup[60]; /* its name; "" = none could be made */
	int32_t pid;	 /* of the command, which waits */
};

/* What became of the command, its second report. Times are CLOCK_MONOTONIC. */
struct command_end {
	int32_t status; /* its exit status, or 128 + the signal that ended it */
	uint32_t left;	/* processes of it that are still there */
	uint64_t begin_ns, end_ns;
};

/* Never returns. control: COMMAND_GO, then numbers of signals; its end before COMMAND_GO = the command is not run. */
void command_keep(char **command, int control, int report) __attribute__((noreturn));

#endif
