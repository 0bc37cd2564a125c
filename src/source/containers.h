/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The names of containers and pods, as records beside those of the kernel: when a cgroup's path comes, and when files
 * of the runtimes or the kubelet change.
 */
#ifndef TCPLIFE_CONTAINERS_H
#define TCPLIFE_CONTAINERS_H

#include "event.h"

struct containers;
struct consumer;
struct source;

/* Follows the files by s->loop, below s->options->host_root. 0, or a negative errno after a message. */
int containers_new(struct source *s, struct consumer *c, struct containers **out);
void containers_free(struct containers **c);
/* Emits at once what is known of it, if it is a container. ctx: struct containers. */
void containers_on_cgroup(void *ctx, const struct event_cgroup *g);

#endif
