/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the screen shows of one connection: a copy that stays good when the connection is gone. Pure. */
#ifndef TCPLIFE_TOP_ROW_H
#define TCPLIFE_TOP_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"

#define TOP_NOT_KNOWN	 UINT64_MAX
#define TOP_PLACE_SIZE	 49
#define TOP_PROCESS_SIZE 17

enum top_wait { TOP_WAIT_NONE, TOP_WAIT_FIN, TOP_WAIT_RUNNING, TOP_WAIT_OVER, TOP_WAIT_UNSEEN, TOP_WAIT_NEVER };

struct top_row {
	uint64_t id[2];		     /* conn.id */
	uint64_t start_ns, close_ns; /* close_ns 0 = open */
	int64_t wall_offset_ns;
	uint64_t handshake_ns;	 /* TOP_NOT_KNOWN */
	uint64_t sent, received; /* payload bytes, as the local end sees it; TOP_NOT_KNOWN */
	uint64_t retransmits;	 /* of both sides; TOP_NOT_KNOWN */
	uint64_t wait_until_ns;	 /* TOP_WAIT_RUNNING: when its timer runs out */
	uint64_t wait_ns;	 /* TOP_WAIT_OVER: its length; TOP_NOT_KNOWN */
	uint64_t close_wait_ns;	 /* how long it has been in CLOSE_WAIT; 0 = it is not */
	struct endpoint local, remote;
	uint32_t pid;
	uint32_t netns;	  /* of the server's socket; 0 = not known */
	uint16_t service; /* the server's port */
	uint8_t state;	  /* enum tcp_state, of the local end */
	uint8_t ending;	  /* enum ending; ENDING_OPEN while it is open */
	uint8_t ended_by; /* enum ended_by */
	uint8_t wait;	  /* enum top_wait */
	char wait_side;	  /* 'C', 'S' */
	char role;	  /* 'C', 'S', 'B', '-' */
	bool complete, existed, half_open, queue_full;
	bool wanted;			/* by the screen's filter; the owner's */
	char process[TOP_PROCESS_SIZE]; /* raw */
	char place[TOP_PLACE_SIZE];	/* container, pod or unit, safe to show; "" = not known */
};

/* now_ns: the table's time. style: HUMAN_*. */
void top_row_fill(struct top_row *r, const struct conn *c, uint64_t now_ns, unsigned int style);
/* What went wrong, in a word: "refused", "stuck in CLOSE_WAIT", "retransmitted"; NULL = nothing. Static. */
const char *top_row_fault(const struct top_row *r);

#endif
