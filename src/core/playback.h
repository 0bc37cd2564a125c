/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How far into a recording or capture the events have come, and how far they are to: asked by an output for people. */
#ifndef TCPLIFE_PLAYBACK_H
#define TCPLIFE_PLAYBACK_H

#include <stdbool.h>
#include <stdint.h>

#define PLAYBACK_ALL UINT64_MAX

struct playback {
	/* The output's. */
	uint64_t until_ns; /* later events wait; PLAYBACK_ALL = none */
	bool rewind;	   /* all begins anew: the output has forgotten what it had */
	/* ... as with these --since and --until, if can_look; 0 = not bounded */
	uint64_t since_wall_ns, until_wall_ns;
	/* The pipeline's. */
	bool can_rewind;
	bool can_look;		    /* a directory of recordings: another time of it may be asked for */
	bool at_end;		    /* there are no more events behind */
	uint64_t first_ns, last_ns; /* of the events that were read so far, those that wait included */
};

#endif
