/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Reads the ring buffer, puts the records of all CPUs in order of time, and adds records of what was lost and of the
 * time.
 */
#ifndef TCPLIFE_CONSUMER_H
#define TCPLIFE_CONSUMER_H

#include <stdbool.h>

#include "event.h"
#include "source/source.h"

struct consumer;
struct hooks;

/* Reads the ring of hooks that are loaded and outlive it. Hooks itself into s->loop. 0 or a negative errno. */
int consumer_new(struct source *s, const struct hooks *hooks, struct consumer **out);
/* A record from elsewhere than the ring: put among the others by its time. */
void consumer_put(struct consumer *c, const struct event *e);
/*
 * Makes room in the ring, and emits what is older than the previous call: what is put between two calls is still in
 * time.
 */
void consumer_read_on(struct consumer *c);
/* Emits all that is left, to the last record, and behind it, if not NULL, this one. */
void consumer_drain(struct consumer *c, const struct event *last);
/* Are there records in the ring that its last slice left? What the kernel did may stand in them. */
bool consumer_is_behind(const struct consumer *c);
/* When records of begins or ends of connections were last found to be lost; 0 = never. */
uint64_t consumer_steps_lost(const struct consumer *c);
/* The clock that records bear. */
uint64_t consumer_now(void);
/* fn is called behind each record that gives the path of a cgroup, once this was emitted. */
typedef void (*consumer_cgroup_fn)(void *ctx, const struct event_cgroup *e);
void consumer_on_cgroup(struct consumer *c, consumer_cgroup_fn fn, void *ctx);
void consumer_free(struct consumer **c);

#endif
