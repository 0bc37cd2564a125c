/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where each fact comes from: a fact has several possible hooks, the best that the running kernel takes is used. */
#ifndef TCPLIFE_LADDER_H
#define TCPLIFE_LADDER_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/strbuf.h"
#include "options.h"

enum fact {
	FACT_STATES,
	FACT_TIMEWAIT,
	FACT_RETRANSMITS,
	FACT_RESETS,
	FACT_DROPS,
	FACT_FREED,
	FACT_ACCEPTS,
	FACT_EXISTING,
	FACT_OWNERS,
	FACTS,
};

struct ladder;
struct btf;
struct bpf_object;

/* Probes until each fact has its rung. obj: where the programs are, opened, not loaded. 0 or a negative errno. */
int ladder_new(const struct options *o, const struct bpf_object *obj, struct ladder **out);
void ladder_free(struct ladder **l);
struct btf *ladder_btf(const struct ladder *l);
/* Is this program part of a rung that a fact stands on? */
bool ladder_uses(const struct ladder *l, const char *program);
/* The rung with this program would not load after all: takes the next one. Its fact may be without any then. */
void ladder_demote(struct ladder *l, const char *program, int err, const char *reason);
/* The open perf event that this program, of a rung that a fact stands on, is to be attached to; the caller's from now
 * on. -1: it attaches to something else. */
int ladder_take_event(struct ladder *l, const char *program);
/* May socket cookies be used as ids? */
bool ladder_has_cookie(const struct ladder *l);
/* Does a fact that cannot be done without stand on nothing? Says so. 0, -EPERM or -EOPNOTSUPP. */
int ladder_check(const struct ladder *l);
void ladder_print(const struct ladder *l, FILE *out);
/* The hooks of all facts by their sections, with a space between them: "tp_btf/tcp_destroy_sock". */
void ladder_hooks(const struct ladder *l, struct strbuf *out);

/* For each fact: the rung it stands on, and why each higher one was refused. 0, -EPERM, -EOPNOTSUPP. */
int ladder_print_features(const struct options *o, FILE *out);

#endif
