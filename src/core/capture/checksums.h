/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Are the wrong checksums of a capture damage, or of a host that leaves them to its network card, or of one who changed
 * addresses? What a card was to fill in shows by itself (CHECKSUM_OFFLOAD); of the others this decides by how many they
 * are: more than one in CHECKSUMS_MANY of all, or each one of a host's, are no damage.
 */
#ifndef TCPLIFE_CHECKSUMS_H
#define TCPLIFE_CHECKSUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/capture/dissect.h"
#include "lib/flat.h"

#define CHECKSUMS_MANY	    20
#define CHECKSUMS_HOST_MIN  2	  /* segments of a host, to say "each one" */
#define CHECKSUMS_MAX_HOSTS 65536 /* those that come later have no verdict of their own */

struct checksums_host {
	uint8_t addr[16];
	uint32_t checked, wrong;
};

struct checksums {
	struct flat by_addr; /* index + 1 */
	struct checksums_host *host;
	size_t hosts, capacity;
	uint64_t checked,
		wrong; /* segments whose checksums could be checked, and of these neither right nor offload's */
};

/* Why a wrong one is taken. */
enum checksums_verdict { CHECKSUMS_DAMAGE, CHECKSUMS_MANY_OF_ALL, CHECKSUMS_ALL_OF_HOST };

/* 0 or -ENOMEM. */
int checksums_init(struct checksums *c);
void checksums_free(struct checksums *c);
/* Counts a TCP segment, by its sender. */
void checksums_note(struct checksums *c, const struct dissect_packet *p);
/* Of one that is wrong, by what was counted so far. */
enum checksums_verdict checksums_judge(const struct checksums *c, const struct dissect_packet *p);

static inline bool checksums_is_wrong(const struct dissect_packet *p)
{
	return p->checksum >= CHECKSUM_WRONG;
}

#endif
