/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Puts the fragments of IP packets together again (RFC 791 3.2, RFC 8200 4.5), bounded in number and time. */
#ifndef TCPLIFE_FRAGMENTS_H
#define TCPLIFE_FRAGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/capture/dissect.h"
#include "lib/list.h"

#define FRAGMENTS_MAX	     256 /* packets under way; the oldest is given up for a newer one: at most 17 MiB */
#define FRAGMENTS_TIMEOUT_NS 300000000000ULL /* Zeek's frag_timeout; RFC 8200 says 60 s */

struct fragments {
	struct list_node list; /* oldest first */
	size_t count;
	uint64_t whole, given_up;
	struct fragmented *done; /* the packet that was last given out */
};

void fragments_init(struct fragments *f);
void fragments_free(struct fragments *f);
/* Takes c (DISSECT_FRAGMENT) in. If that makes its packet whole, returns its payload, valid until the next call. */
const uint8_t *fragments_add(struct fragments *f, const struct dissect_packet *c, uint64_t ts_ns, uint32_t *len);
/* Gives up what is not whole; given_up is final then. */
void fragments_finish(struct fragments *f);

#endif
