/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The BPF object: opened, given the user's settings, loaded with the rungs that the kernel accepts, attached. */
#ifndef TCPLIFE_HOOKS_H
#define TCPLIFE_HOOKS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "event.h"
#include "options.h"

struct tcplife; /* the skeleton */
struct hooks;
struct interfaces;
struct ladder;
struct loop;

/*
 * Loads nothing but what the ladder chose. 0, or a negative errno after a message with the remedy; *out is then NULL,
 * or good for hooks_ladder() and hooks_free() alone.
 */
int hooks_load(const struct options *o, struct hooks **out);
int hooks_attach(struct hooks *h);
/*
 * After hooks_load() they are paused: what they see is neither sent nor counted as lost. This starts and stops them all
 * at once, though attaching to an interface, or detaching, takes the kernel 25 ms.
 */
void hooks_pause(const struct hooks *h, bool paused);
/* Puts the packet programs on the interfaces; loop NULL: and does not follow changes. */
int hooks_open_interfaces(const struct hooks *h, const struct options *o, struct loop *loop, struct interfaces **out);
/*
 * Adds to count[], by kind, how often the kernel skipped a program since its load because the same program was already
 * running on that CPU (recursion_misses, 5.12). State changes and frees are not among them: a second program reports
 * those.
 */
void hooks_skipped(const struct hooks *h, uint64_t count[EVENT_KINDS]);
/* Nothing more comes; what is in the ring stays readable. */
void hooks_detach(struct hooks *h);
void hooks_free(struct hooks **h);
struct tcplife *hooks_skeleton(const struct hooks *h);
const struct ladder *hooks_ladder(const struct hooks *h);
/*
 * Loads all for real, attaches what sits on interfaces, and prints what a trace would stand on: for each fact its rung,
 * and why each higher one was refused. 0, -EPERM or -EOPNOTSUPP.
 */
int hooks_print_features(const struct options *o, FILE *out);

#endif
