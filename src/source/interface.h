/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One interface, and the packet programs on it. Acts in the current netns, which is to be the interface's. */
#ifndef TCPLIFE_INTERFACE_H
#define TCPLIFE_INTERFACE_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/list.h"
#include "options.h"
#include "source/attach.h"
#include "source/rtnl.h"

/* File descriptors of loaded programs. */
struct interface_programs {
	int xdp;
	int in, out;	   /* tc, for devices with an Ethernet header */
	int in_l3, out_l3; /* tc, for devices without */
};

struct interface {
	struct list_node node;
	struct rtnl_link link;
	char driver[32];
	struct attachment in, out;
	char why[96];	/* why arriving segments are not seen by native XDP */
	bool to_attach; /* it is known, and its turn has not come */
	bool listed;	/* in the list that is being read */
};

/* What all interfaces are given. */
struct interfaces_setup {
	struct interface_programs programs;
	const struct options *options;
};

/* NULL without memory. */
struct interface *interface_new(const struct rtnl_link *link);
/* Named by the user, or up if he named none, and of a kind whose packets can be read. */
bool interface_is_wanted(const struct options *o, const struct rtnl_link *link);
/*
 * Takes the kernel up to 50 ms. 0; -ECANCELED if the user's --xdp= cannot be had, after a message; -ENODEV if it is
 * gone; or another negative errno, and then nothing is attached.
 */
int interface_attach(struct interface *i, const struct interfaces_setup *x);
/* The highest of the descriptors that hold the programs to it, or -1. */
int interface_highest_fd(const struct interface *i);
void interface_detach(struct interface *i, bool device_is_gone);
void interface_print(const struct interface *i, FILE *out);

#endif
