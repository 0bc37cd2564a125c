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

/*
 * More than the kernel side remembers to have sent: what is still in use there is still known here. When there are
 * more, the one that no connection has asked for longest gives way; CI hosts make a container a minute for ever.
 */
#define CGROUPS_MAX 8192

struct cgroups {
	struct flat by_id; /* numbers in list, from 1 on */
	struct cgroup *list[CGROUPS_MAX];
	uint64_t used[CGROUPS_MAX]; /* when it was last asked for, by clock */
	uint64_t clock;		    /* ticks with each question */
	uint32_t count;
	bool no_memory; /* one was not kept for want of memory */
};

/* 0 or -ENOMEM. */
int cgroups_init(struct cgroups *g);
void cgroups_free(struct cgroups *g);
/* An entry stays in memory until cgroups_free(), but may become another cgroup's: who keeps it compares ids. */
void cgroups_add(struct cgroups *g, const struct event_cgroup *e);
/* NULL = not known. */
const struct cgroup *cgroups_find(struct cgroups *g, uint64_t id);
/* Names that a cgroup is known by from now on; of no effect if it is not known itself. */
void cgroups_name(struct cgroups *g, const struct event_container *e);

#endif
