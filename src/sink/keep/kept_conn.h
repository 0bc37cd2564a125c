/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A connection that is kept when the table has it no more, packed: some 400 bytes. Pure. */
#ifndef TCPLIFE_KEPT_CONN_H
#define TCPLIFE_KEPT_CONN_H

#include <stdbool.h>

#include "core/moment.h"
#include "core/table/conn_pack.h"

struct track;

/* All zero = nothing is kept. */
struct kept_conn {
	uint8_t *packed;
	struct track *track; /* a copy, of a capture's */
};

/* A connection with room for its history. */
struct whole_conn {
	struct conn conn;
	struct moment moments[MOMENTS_MAX];
	struct track *track; /* its own, where it is a copy of what the table has */
};

/* In place of what was kept there. 0, or -ENOMEM: nothing is kept. */
int kept_conn_set(struct kept_conn *k, struct conn_packer *p, const struct conn *c);
void kept_conn_free(struct kept_conn *k);
/* It is good as long as k is. The ending of one that is open is as it would be now. False: nothing is kept. */
bool kept_conn_get(const struct kept_conn *k, const struct conn_packer *p, struct whole_conn *out);
/* A copy of what a table shows, for longer; its ending likewise. To be freed; false without memory. */
bool whole_conn_copy(struct whole_conn *out, const struct conn *c);
void whole_conn_free(struct whole_conn *w);

#endif
