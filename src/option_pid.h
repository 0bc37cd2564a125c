/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* -p: is there such a process, and under which number does the kernel know it? */
#ifndef TCPLIFE_OPTION_PID_H
#define TCPLIFE_OPTION_PID_H

#include <stdint.h>

/*
 * A thread's number becomes its process's, and one that only a container has the host's, with a message; a process that
 * does not exist is said to be missing. 0, or -EINVAL after a message if several containers have one of that number.
 */
int option_pid(uint32_t *pid);

#endif
