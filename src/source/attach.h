/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One packet program on one interface, on the best rung that it has: XDP, tcx or clsact. Acts in the current netns. */
#ifndef TCPLIFE_ATTACH_H
#define TCPLIFE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

enum attach_kind {
	ATTACH_NONE,
	ATTACH_XDP_NATIVE,
	ATTACH_XDP_GENERIC,
	ATTACH_TCX,    /* 6.6: a bpf_link */
	ATTACH_CLSACT, /* before 6.6: a filter with our own handle and priority, which a kill -9 leaves behind */
	ATTACH_KINDS,
};

struct attachment {
	enum attach_kind kind;
	int link_fd; /* -1 if the rung has no link */
	uint32_t ifindex;
	bool egress;
	bool made_qdisc; /* clsact: the qdisc is ours to remove */
};

const char *attach_kind_name(enum attach_kind r);
/* 0, -EBUSY or -EEXIST if another program sits there, or another negative errno. */
int attach_xdp(struct attachment *a, int program, uint32_t ifindex, bool generic);
/* tcx, else clsact. */
int attach_tc(struct attachment *a, int program, uint32_t ifindex, bool egress);
void attach_undo(struct attachment *a);

#endif
