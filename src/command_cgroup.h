/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The cgroup (v2) of a command that is followed, below the caller's own. */
#ifndef TCPLIFE_COMMAND_CGROUP_H
#define TCPLIFE_COMMAND_CGROUP_H

#include <stddef.h>

/* Makes it: its path in path. 0, or a negative errno. */
int command_cgroup_make(char *path, size_t size, const char *name);
/* The calling process goes into it. 0, or a negative errno. */
int command_cgroup_enter(const char *path);
/* Removes it. What is left in it goes to the one above: how many processes. */
unsigned int command_cgroup_remove(const char *path);

#endif
