/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Pieces of recordings, one behind the other, as one stream of records: what a piece repeats of the one before is left
 * out. Where something is missing between two (the tracer was started again, a piece was removed), what was open ends
 * there, and the times of what follows are moved: CLOCK_MONOTONIC may have begun anew, and a table's time never goes
 * back. Dates stay as they were. Pure.
 */
#ifndef TCPLIFE_RECORDING_RUN_H
#define TCPLIFE_RECORDING_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/recording.h"
#include "event.h"

struct recording_run {
	bool begun;
	bool is_broken;		    /* something of the last piece could not be read */
	bool repeats;		    /* these records are what is open where the piece begins */
	bool skips;		    /* ... and were read before */
	uint64_t clock_ns, wall_ns; /* of the last clock record, as recorded */
	uint64_t first_offset_ns;   /* wall clock - event clock, where all begins */
	uint64_t moved_ns, last_ns; /* added to each time, modulo 2^64; the latest time so far */
};

/*
 * A piece begins. in_set: of a directory, where one without what is open is another run's; else such a one goes on.
 * True: *begins is a record to be taken first.
 */
bool recording_run_piece(struct recording_run *r, const struct recording_header *h, bool in_set,
			 struct event_clock *begins);
/* Moves the times of e, which is whole and else unchecked. False: it is repeated. */
bool recording_run_take(struct recording_run *r, struct event *e);

#endif
