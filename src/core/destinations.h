/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * How local ports are used, by local address and destination: counted in a walk over the table; connections that left
 * it since are added one by one. Times and connections are inputs; memory is bounded.
 */
#ifndef TCPLIFE_DESTINATIONS_H
#define TCPLIFE_DESTINATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "core/forecast.h"
#include "lib/flat.h"

#define DESTINATIONS_MAX       1024 /* more are only counted */
#define DESTINATIONS_WINDOW_NS 60000000000ULL
#define DESTINATIONS_SLOT_NS   5000000000ULL
#define DESTINATIONS_SLOTS     14 /* a window, and the slot that is being filled */
#define DESTINATIONS_NAMES     4
#define DESTINATIONS_FULLEST   32 /* of which outputs look for the one that runs out first */

/* What is no longer in the table, by the time at which it happened. */
struct destination_gone {
	uint64_t slot; /* number of the slot since the clock's 0 */
	uint32_t opened, closed;
};

struct destination {
	uint32_t hash;
	uint32_t netns;
	struct endpoint local; /* its port means nothing */
	struct endpoint remote;
	/* of the last walk */
	uint32_t open, time_wait;
	uint32_t opened, closed, entered; /* in the last minute */
	struct {
		char name[16]; /* raw */
		uint32_t count;
	} process[DESTINATIONS_NAMES];
	struct destination_gone gone[DESTINATIONS_SLOTS];
	uint64_t used_ns; /* when something was last held or reported */
};

struct destinations {
	struct flat index; /* numbers in list, from 1 on */
	struct destination *list[DESTINATIONS_MAX];
	uint32_t count;
	uint64_t began_ns, now_ns;
	struct local_ports ports; /* of the walk */
	uint64_t uncounted;	  /* connections of the last walk for which there was no room */
};

/* 0 or -ENOMEM. */
int destinations_init(struct destinations *d);
void destinations_free(struct destinations *d);
/* A walk begins: begin, then each connection of the table. */
void destinations_begin(struct destinations *d, const struct local_ports *ports, uint64_t now_ns);
void destinations_add(struct destinations *d, const struct conn *c);
/* It is over, TIME_WAIT included: no later walk will find it. */
void destinations_finished(struct destinations *d, const struct conn *c, uint64_t now_ns);

/* Those that hold ports, the fullest first; at most max. Returns how many. */
size_t destinations_top(const struct destinations *d, const struct destination **out, size_t max);
struct forecast_load destination_load(const struct destinations *d, const struct destination *dest);
/* The settings of ports where it is, or "not known". */
struct local_ports destination_ports(const struct destinations *d, const struct destination *dest);
/* The name that holds most of its ports, raw and 16 bytes at most; "" = not known. */
const char *destination_top_process(const struct destination *dest);

#endif
