/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A cgroup (v2) that a process was in, and the container that it is. */
#ifndef TCPLIFE_CGROUP_H
#define TCPLIFE_CGROUP_H

#include <stdint.h>

#include "event.h"

#define CONTAINER_ID_SIZE 65 /* 64 hexadecimal digits and NUL */

struct cgroup {
	uint64_t id;
	char path[EVENT_CGROUP_PATH];	   /* below the mount point, "/" first; its end if it was too long */
	char container[CONTAINER_ID_SIZE]; /* "" = none */
};

#endif
