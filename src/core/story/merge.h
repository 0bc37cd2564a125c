/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Two records of one connection, one of each end's host, as one. */
#ifndef TCPLIFE_STORY_MERGE_H
#define TCPLIFE_STORY_MERGE_H

#include "core/conn.h"
#include "core/path.h"
#include "core/story/clock.h"

/* The four times of the handshake, one of each kind having passed; false: not all are known. */
bool stories_handshake(const struct conn *client_half, const struct conn *server_half, struct handshake_times *out);
/*
 * k: as the client's host has it, v: as the server's; v's times become those of k's clock. path: .host and what is
 * known of the clocks are the caller's, the rest is filled in; out->path points to it. out->moments is the caller's to
 * free. 0, or -ENOMEM: then its history is not whole, and out says so.
 */
int stories_merge(const struct conn *k, const struct conn *v, struct path *path, struct conn *out);

#endif
