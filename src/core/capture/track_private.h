/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The inside of the observer's state machine: track_segment.c (what one segment does) uses track_state.c (states and
 * deadlines), and both use track_letters.c (what it is called). */
#ifndef TCPLIFE_TRACK_PRIVATE_H
#define TCPLIFE_TRACK_PRIVATE_H

#include "core/capture/track.h"

/* What a segment asks for once its data is taken in. */
struct track_step {
	bool from_client; /* as it was when the segment came: letters may have turned the roles */
	bool close;	  /* the sender closed */
	bool finish;	  /* ... and that is an end, no rejection */
};

/* Takes the sender's state on. */
void track_step(struct track *w, unsigned int sender, const struct event_segment *e, struct track_step *out);
/* Side i closed; waits for bytes that are missing below its end. */
void track_close(struct track *w, unsigned int i, bool finish);
/* Is its stream at its end? Then a close that waited for it is made. */
void track_check_end(struct track *w, unsigned int i);
void track_flip(struct track *w);

void track_letters(struct track *w, unsigned int sender, const struct event_segment *e, uint64_t seq);
/* Before the segment is counted. */
void track_note_completeness(struct track *w, const struct event_segment *e);
void track_add_letter(struct track *w, char letter);
void track_tally(struct track *w, const struct track_side *s, struct track_tally *t, char letter);

#endif
