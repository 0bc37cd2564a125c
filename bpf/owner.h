/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What snapshot.bpf.c writes into its iterators' files besides struct event_existing. Compiled on both sides. */
#ifndef TCPLIFE_OWNER_H
#define TCPLIFE_OWNER_H

#include "event.h"

/* A process has this socket open. */
struct snapshot_owner {
	__u64 inode; /* of the socket: the same for all who hold it */
	struct event_task task;
};

#endif
