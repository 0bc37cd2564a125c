/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Did a minisocket take over from this socket? tcp_time_wait() puts it into the ehash chain in the socket's place
 * before tcp_done() sets CLOSE (5.10 to 6.18), so at that step it can be found there: no hook of its own is needed.
 */
#ifndef TCPLIFE_MINISOCKET_BPF_H
#define TCPLIFE_MINISOCKET_BPF_H

#include "vmlinux.h"

/*
 * Global functions, so that the verifier looks at them once and not again for each path that leads there. On 5.10 those
 * take numbers only: net is the address of a struct net, hash and daddr are the socket's, ports the local one in host
 * and the remote one in network order, the result is the address of a struct inet_timewait_sock or 0.
 */
__u64 minisocket_find(__u64 net, __u32 hash, __u32 daddr, __u32 ports);
int minisocket_report_start(__u64 minisocket);

/* Address of tw_timer_handler(), read from the first minisocket, where kallsyms may not be read; 0 = none came yet. */
extern __u64 timewait_handler;

#endif
