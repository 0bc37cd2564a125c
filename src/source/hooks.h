/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The BPF object: opened, told what the user wants, loaded on the rungs that hold, attached. */
#ifndef TCPLIFE_HOOKS_H
#define TCPLIFE_HOOKS_H

#include "options.h"

struct tcplife; /* the skeleton */
struct ladder;
struct hooks;

/* Loads nothing but what the ladder chose. 0, or a negative errno after a message with the remedy. */
int hooks_load(const struct options *o, struct hooks **out);
int hooks_attach(struct hooks *h);
/* Nothing comes any more; what is in the ring stays readable. */
void hooks_detach(struct hooks *h);
void hooks_free(struct hooks **h);
struct tcplife *hooks_skeleton(const struct hooks *h);
const struct ladder *hooks_ladder(const struct hooks *h);

#endif
