/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What stands in one line of the screen's table: a connection, a group of them, a listener, or a destination. */
#ifndef TCPLIFE_TOP_ITEM_H
#define TCPLIFE_TOP_ITEM_H

#include "sink/top/top_row.h"

enum top_tab { TAB_OPEN, TAB_ENDED, TAB_LISTENERS, TAB_PORTS, TAB_FAULTS, TABS };
enum top_grouping { GROUP_NONE, GROUP_PROCESS, GROUP_SERVICE, GROUP_PEER, GROUP_PLACE, GROUPINGS };

/* Those of listeners and of ports are no connections, and have no groups. */
static inline bool top_tab_has_connections(enum top_tab tab)
{
	return tab != TAB_LISTENERS && tab != TAB_PORTS;
}

#define TOP_LABEL_SIZE 64

struct top_group {
	char label[TOP_LABEL_SIZE]; /* raw */
	uint64_t connections, open, faults, waits, retransmits, sent, received;
	uint64_t handshakes, handshake_sum_ns, handshake_most_ns;
};

struct top_listener {
	struct endpoint end;
	uint32_t netns, pid;
	char process[TOP_PROCESS_SIZE]; /* raw */
	uint64_t open, half_open, ended, faults, queue_full;
};

struct top_port {
	struct endpoint local, remote;
	uint32_t used, time_wait, left, available; /* available 0 = not known */
	uint64_t opened_per_minute, exhausted_ns;  /* FORECAST_NEVER */
	uint8_t reuse;				   /* enum reuse_advice */
	char process[TOP_PROCESS_SIZE];		   /* raw */
};

struct top_item {
	uint64_t name[2]; /* the same thing has the same in the next view */
	union {
		struct top_row row;
		struct top_group group;
		struct top_listener listener;
		struct top_port port;
	};
};

/* What cells are made with. */
struct top_now {
	uint64_t now_ns;    /* the table's time */
	unsigned int style; /* HUMAN_* */
};

#endif
