/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Which name an address came from, by the DNS answers that were seen: bounded, for each network namespace by itself. A
 * name stays as long as the table, since connections point to it.
 */
#ifndef TCPLIFE_HOST_NAMES_H
#define TCPLIFE_HOST_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct host_name;

struct host_names {
	struct host_name **names; /* by their hash; NULL until the first answer comes */
	struct host_address *addresses;
	uint32_t count;
	bool no_memory;
};

void host_names_free(struct host_names *h);
void host_names_answer(struct host_names *h, const struct event_dns *e);
/* The name of the last answer with that address whose time to live was not over; NULL = none is known. */
const char *host_names_find(const struct host_names *h, uint32_t netns, const uint8_t addr[16], uint64_t now_ns);

#endif
