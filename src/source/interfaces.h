/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Puts the packet programs on the interfaces, follows those that come and go, and takes the programs off again. */
#ifndef TCPLIFE_INTERFACES_H
#define TCPLIFE_INTERFACES_H

#include <stdio.h>

#include "lib/loop.h"
#include "options.h"
#include "source/interface.h"

struct interfaces;
struct bpf_config;
struct bpf_program;

/* Before the load: which netns the segments are of, and packets in several buffers for XDP where the kernel has them.
 */
void interfaces_configure(struct bpf_config *c, struct bpf_program *xdp, const struct options *o);

/*
 * Attaches to lo and every interface that is up, or to those that the user named, in the netns of options, and follows
 * changes through loop (NULL: does not). 0, -ENODEV for an unknown interface, or another negative errno, after a
 * message.
 */
int interfaces_new(struct interfaces **out, const struct interface_programs *programs, const struct options *o,
		   struct loop *loop);
/* Nothing comes from the interfaces any more. */
void interfaces_free(struct interfaces **out);
/* For each interface: where its arriving and leaving segments are seen, and why not on a higher rung. */
void interfaces_print(const struct interfaces *x, FILE *out);

#endif
