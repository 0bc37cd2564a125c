/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A connection as the steps of a sequence diagram, which the timeline draws one below the other. States are put to the
 * segment that they caused or that caused them, pauses get their names, and segments that were not seen but must have
 * been sent are added as implied.
 */
#ifndef TCPLIFE_SEQUENCE_H
#define TCPLIFE_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "core/path.h"

enum step_kind {
	STEP_ARROW, /* a segment of .side */
	STEP_STATE, /* states only */
	STEP_NOTE,  /* any other event at .side */
	STEP_GAP,   /* a pause before the next step, with a name */
	STEP_END,   /* .side's minisocket was freed */
};

/* What a STEP_NOTE or STEP_GAP says, where that has a meaning of its own. */
enum step_topic {
	TOPIC_NONE,
	TOPIC_ESTABLISHED,
	TOPIC_HALF_CLOSED, /* .side: the side that closes second */
	TOPIC_ACCEPT,
	TOPIC_CLOSER,
	TOPIC_HELD,
	TOPIC_MINISOCKET, /* of FIN_WAIT2 */
	TOPIC_RESTARTED,
	TOPIC_RESTARTED_BY_FIN,
	TOPIC_DROPPED,	       /* .side: the receiver, which dropped it; .drop_reason */
	TOPIC_DROPPED_LEAVING, /* .side: the sender, whose own host dropped it; .drop_reason */
	TOPIC_ICMP,	       /* .side: whose segment it is about */
	TOPIC_ERROR,
	TOPIC_REPAIR,
	TOPIC_NEVER_CREATED,
	TOPIC_RUNNING,
	TOPIC_END_UNSEEN,
	STEP_TOPICS,
};

#define STEP_TEXT_SIZE 96

struct step {
	uint64_t ts_ns;			/* 0 = not known */
	uint64_t gap_ns;		/* STEP_GAP */
	uint32_t seq, ack, payload_len; /* seq and ack relative to the ISNs, if .relative */
	uint8_t kind;			/* enum step_kind */
	uint8_t topic;			/* enum step_topic */
	uint8_t side;			/* enum side_name */
	uint8_t state[SIDES];		/* enum tcp_state that the side enters here; 0 = none */
	uint8_t tcp_flags;
	uint8_t drop_reason;  /* enum drop_reason, with TOPIC_DROPPED */
	uint8_t reset_reason; /* enum reset_reason that the kernel gave with this RST; 0 = none */
	uint16_t window;
	uint8_t fate;	  /* enum passage_fate, of a segment between two hosts that were both recorded */
	int64_t delay_ns; /* ... with PASSAGE_ARRIVED */
	bool relative, ack_relative;
	bool implied;	     /* not seen on the wire */
	bool again;	     /* retransmission or duplicate */
	bool without_effect; /* dropped by its receiver, or no TCP accepts it */
	bool unnamed;	     /* STEP_GAP: a pause without a name */
	char text[STEP_TEXT_SIZE];
};

/* 64 moments, with up to two pauses each, and the implied segments of a handshake and two FINs. */
#define SEQUENCE_STEPS_MAX 208

struct sequence {
	struct step step[SEQUENCE_STEPS_MAX];
	size_t count;
};

/* A pause from here on is shown as a break of the lifelines. */
#define SEQUENCE_FOLD_NS 100000000ULL

/* style: HUMAN_*. now_ns: up to when a TIME_WAIT that still runs is shown. */
void sequence_tell(struct sequence *s, const struct conn *c, unsigned int style, uint64_t now_ns);

#endif
