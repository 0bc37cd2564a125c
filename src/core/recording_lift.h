/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Records of a recording that another version of this program made, older or newer -> records as this one knows them.
 * A part that has grown since is filled up with 0, which means "not known" wherever the table of lifts does not say
 * otherwise; what a newer program added to a part, and its new blocks, are left out and counted. Pure.
 */
#ifndef TCPLIFE_RECORDING_LIFT_H
#define TCPLIFE_RECORDING_LIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/recording.h"
#include "event.h"

/* What 0 would be wrong for in a part that has grown. */
struct lift {
	uint16_t before;	   /* of recordings older than this version; 0 ends a table */
	uint8_t kind;		   /* enum event_kind: its fixed part; EVENT_NONE = a block */
	uint8_t block;		   /* then: the block's bit in struct event.flags */
	void (*apply)(void *part); /* already filled up with 0 */
};

struct recording_lift {
	struct recording_sizes from, to;
	const struct lift *lifts;
	uint16_t version;
	bool as_it_is[EVENT_KINDS]; /* nothing is to be done for records of this kind */
	uint64_t cut;		    /* records of which something was left out */
	_Alignas(8) char buf[EVENT_MAX_SIZE];
};

/* For the records behind this header. The count goes on. */
void recording_lift_begin(struct recording_lift *l, const struct recording_header *h);
/* The same, but to these sizes by this table; both must outlive l. */
void recording_lift_begin_to(struct recording_lift *l, const struct recording_header *h,
			     const struct recording_sizes *to, const struct lift *lifts);
/*
 * e: whole, of e->size bytes, else unchecked. Returns e itself, or its new form, which is good until the next call.
 * What makes no sense by the header's sizes comes back as it is: the decoder refuses and counts it.
 */
const struct event *recording_lift_other(struct recording_lift *l, const struct event *e);
static inline const struct event *recording_lift_record(struct recording_lift *l, const struct event *e)
{
	return e->kind < EVENT_KINDS && l->as_it_is[e->kind] ? e : recording_lift_other(l, e);
}

#endif
