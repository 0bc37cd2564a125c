/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the host is like now: its settings from /proc/sys/net, its listeners from the kernel (sock_diag). */
#ifndef TCPLIFE_HOST_NOW_H
#define TCPLIFE_HOST_NOW_H

#include "core/host_facts.h"

struct host_now;

/* netns: as netns_open() takes it. Reads nothing yet. NULL = no memory, or no such namespace; without a message. */
struct host_now *host_now_new(const char *netns);
void host_now_free(struct host_now **h);
/* Reads all of it, if that was not done in the last second. What cannot be read is not known. Never NULL. */
const struct host_facts *host_now_read(void *host_now);

#endif
