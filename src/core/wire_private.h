/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The inside of the observer's state machine: wire.c (numbers and streams), wire_step.c (states and deadlines),
 * wire_letters.c (what it is called). */
#ifndef TCPLIFE_WIRE_PRIVATE_H
#define TCPLIFE_WIRE_PRIVATE_H

#include "core/wire.h"

/* What a segment asks for once its data is taken in. */
struct wire_step {
	bool from_client; /* as it was when the segment came: letters may have turned the roles */
	bool close;	  /* the sender closed */
	bool finish;	  /* ... and that is an end, no rejection */
};

/* Takes the sender's state on. */
void wire_step(struct wire *w, unsigned int sender, const struct event_segment *e, struct wire_step *out);
/* Side i closed; waits for bytes that are missing below its end. */
void wire_close(struct wire *w, unsigned int i, bool finish);
/* Is its stream at its end? Then a close that waited for it is made. */
void wire_check_end(struct wire *w, unsigned int i);
void wire_flip(struct wire *w);

void wire_letters(struct wire *w, unsigned int sender, const struct event_segment *e, uint64_t seq);
/* Before the segment is counted. */
void wire_note_completeness(struct wire *w, const struct event_segment *e);
void wire_add_letter(struct wire *w, char letter);
void wire_tally(struct wire *w, const struct wire_side *s, struct wire_tally *t, char letter);

bool wire_nothing_acked(const struct wire_side *s);
/* Are bytes missing below the end of what side i sent? */
bool wire_data_pending(const struct wire *w, unsigned int i);

#endif
