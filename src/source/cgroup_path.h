/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* cgroup ids (v2: kernfs inode numbers) -> paths, by walking the cgroup file system. */
#ifndef TCPLIFE_CGROUP_PATH_H
#define TCPLIFE_CGROUP_PATH_H

#include <stdbool.h>

#include "event.h"

struct cgroup_paths;

/* NULL if cgroup v2 is not mounted, or memory is out: then nothing is found. */
struct cgroup_paths *cgroup_paths_new(void);
void cgroup_paths_free(struct cgroup_paths **p);
/*
 * Is this the first time that id is asked for, and has it a path? Then out is the record that describes it, complete
 * but for the time. An unknown id costs a walk of the tree, at most one a second; a cgroup removed meanwhile is not
 * found.
 */
bool cgroup_paths_describe(struct cgroup_paths *p, __u64 id, struct event_cgroup *out);

#endif
