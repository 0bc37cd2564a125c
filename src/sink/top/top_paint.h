/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Draws the screen: the head's figures, the tabs, the table, a connection's diagram, the line at the foot. Pure. */
#ifndef TCPLIFE_TOP_PAINT_H
#define TCPLIFE_TOP_PAINT_H

#include "core/tcp_state.h"
#include "sink/top/canvas.h"
#include "sink/top/top_ui.h"

/* What the head says. */
struct top_figures {
	const char *host;			    /* raw */
	const char *capture;			    /* "live", "replay", "pcap" */
	uint64_t wall_ns;			    /* the table's time; 0 = not known */
	double opened, closed, faults, retransmits; /* a second */
	uint64_t lost, evicted;
	uint64_t state[TCPS_COUNT]; /* local ends */
	bool at_end;		    /* of a recording */
	uint64_t first_ns, last_ns,
		now_ns; /* of a recording: what was read of it, and where it stands; 0 = not known */
};

struct top_scene {
	const struct top_ui *ui;
	const struct top_view *view;
	const struct top_figures *figures;
	const struct top_layout *layout;
	struct top_now now;
	const char *detail; /* lines, painted with TERM_* sequences; NULL = none */
};

void top_paint(struct canvas *c, const struct top_scene *s);
/* How many lines a text has. */
size_t top_lines(const char *text);

#endif
