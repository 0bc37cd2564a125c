/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which host the events come from: what a source learns when it opens, and all outputs may say. */
#ifndef TCPLIFE_ORIGIN_H
#define TCPLIFE_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/forecast.h"
#include "core/host_facts.h"
#include "core/recording.h"

struct origin {
	char host[65];			  /* its name; "" = not known */
	char kernel[65];		  /* its kernel's release; "" = not known */
	char hooks[RECORDING_HOOKS_SIZE]; /* the kernel hooks in use; "" = not known */
	struct local_ports ports;	  /* of the network namespace that is watched, as far as they are known */
	/* of a recording: CLOCK_REALTIME and CLOCK_MONOTONIC where it begins; 0 = it is none */
	uint64_t began_wall_ns, began_ns;
	uint64_t set_begin_ns, set_end_ns; /* of a directory of recordings: what time it is about; 0 = it is none */
	bool of_capture;		   /* a capture file, or a recording made of one: no kernel was asked */
	/* see origin_facts() */
	const struct host_facts *(*read_facts)(void *ctx);
	void *read_ctx;
};

/* What the host is like now, read when asked; NULL = the records are another's, or of the past. */
static inline const struct host_facts *origin_facts(const struct origin *o)
{
	return o->read_facts ? o->read_facts(o->read_ctx) : NULL;
}

#endif
