/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A cgroup (v2) that a process was in, and the container, pod or unit that it is. */
#ifndef TCPLIFE_CGROUP_H
#define TCPLIFE_CGROUP_H

#include <stdint.h>

#include "core/cgroup_path.h"
#include "core/container_names.h"
#include "event.h"

struct cgroup {
	uint64_t id;
	char path[EVENT_CGROUP_PATH]; /* below the mount point, "/" first; its end if it was too long */
	struct cgroup_place place;    /* by its path */
	struct container_names names; /* by its path, and by the files of the container runtimes */
};

#endif
