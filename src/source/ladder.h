/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which hook each fact comes from: a fact has several possible ones, called rungs, and the best that the running kernel
 * accepts is used.
 */
#ifndef TCPLIFE_LADDER_H
#define TCPLIFE_LADDER_H

#include <stdbool.h>
#include <stdio.h>

#include "event.h"
#include "lib/strbuf.h"
#include "options.h"

struct ladder;
struct btf;
struct bpf_object;

/*
 * Probes until each fact has its rung. obj: the opened, not yet loaded object with the programs. 0 or a negative errno.
 */
int ladder_new(const struct options *o, const struct bpf_object *obj, struct ladder **out);
void ladder_free(struct ladder **l);
struct btf *ladder_btf(const struct ladder *l);
/* The kind of event that is missing when the kernel skips this program; EVENT_NONE = none, or it is made good. */
enum event_kind ladder_kind_skipped(const char *program);
/* Is this program part of a rung in use? */
bool ladder_uses(const struct ladder *l, const char *program);
/* The rung with this program did not load after all: takes the next one. Its fact may then have none. */
void ladder_demote(struct ladder *l, const char *program, int err, const char *reason);
/*
 * The open perf event that this program, of a rung in use, is to be attached to; the caller's from now on. -1: it
 * attaches to something else.
 */
int ladder_take_event(struct ladder *l, const char *program);
/* May socket cookies be used as ids? */
bool ladder_has_cookie(const struct ladder *l);
/* Has a necessary fact no rung? Then -EPERM or -EOPNOTSUPP, after a message; else 0. */
int ladder_check(const struct ladder *l);
void ladder_print(const struct ladder *l, FILE *out);
/* The hooks of all facts by their sections, with a space between them: "tp_btf/tcp_destroy_sock". */
void ladder_hooks(const struct ladder *l, struct strbuf *out);

#endif
