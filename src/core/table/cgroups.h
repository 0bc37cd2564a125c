/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Paths of the cgroups (v2) that processes were in when they opened, accepted or closed, and the containers these are.
 */
#ifndef TCPLIFE_CGROUPS_H
#define TCPLIFE_CGROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cgroup.h"
#include "event.h"
#include "lib/flat.h"

#define CGROUPS_MAX 4096 /* those that come later stay numbers */

struct cgroups {
	struct flat by_id; /* numbers in list, from 1 on */
	struct cgroup *list[CGROUPS_MAX];
	uint32_t count;
};

/* 0 or -ENOMEM. */
int cgroups_init(struct cgroups *g);
void cgroups_free(struct cgroups *g);
/* Entries stay where they are until cgroups_free(). */
void cgroups_add(struct cgroups *g, const struct event_cgroup *e);
/* NULL = not known. */
const struct cgroup *cgroups_find(const struct cgroups *g, uint64_t id);
/*
 * The last run of just 64 hexadecimal digits in path: Docker, containerd, CRI-O and Podman name their cgroups so
 * ("docker-ID.scope", "cri-containerd-ID.scope", "crio-ID.scope", "libpod-ID.scope", ".../docker/ID"). False: none.
 */
bool cgroups_container_id(const char *path, char out[CONTAINER_ID_SIZE]);

#endif
