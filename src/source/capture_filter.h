/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which packets of a capture are wanted: pcap-filter(7), compiled once for each link type. */
#ifndef TCPLIFE_CAPTURE_FILTER_H
#define TCPLIFE_CAPTURE_FILTER_H

#include <stddef.h>

struct bpf_program;
struct capture_filter;

struct capture_filters {
	const char *text; /* NULL = all packets */
	struct capture_filter *list;
	size_t count;
};

/* Is it a filter by its syntax? 0, or -EINVAL and has said why not. */
int capture_filter_check(const char *filter);
/* Of this link type, compiled when the first packet of it comes. NULL: it cannot be used on those of the file name, and
 * has said why. */
const struct bpf_program *capture_filter_for(struct capture_filters *f, const char *name, int link_type);
void capture_filters_free(struct capture_filters *f);

#endif
