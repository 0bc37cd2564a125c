/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The state that the parts of sequence.c share while they build a sequence, and the steps made so far. */
#ifndef TCPLIFE_SEQUENCE_BUILD_H
#define TCPLIFE_SEQUENCE_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "sink/diagram/sequence.h"

#define TOGETHER_NS 1000000ULL /* a state and a segment closer than this belong together */

#define SYN TCP_FLAG_SYN_BIT
#define ACK TCP_FLAG_ACK_BIT
#define FIN TCP_FLAG_FIN_BIT
#define RST TCP_FLAG_RST_BIT

/* What the steps so far contain. */
struct sequence_build {
	struct sequence *sequence;
	const struct conn *c;
	unsigned int style;
	uint64_t last_ns; /* of a step that has a time */
	/* Times of the first step of each; 0 = none, or not known when. */
	uint64_t syn_ns[SIDES], fin_ns[SIDES], fin_ack_ns[SIDES];
	bool syn_shown[SIDES];
	uint64_t sent_ns[SIDES];
	uint8_t sent_flags[SIDES]; /* of the segment that was sent then */
	uint64_t icmp_ns[SIDES];   /* last ICMP error about what the side sent */
	bool handshake_acked, established_shown;
	uint8_t reason[SIDES]; /* of a RST whose step is still to come */
	uint8_t state[SIDES];  /* the last one shown */
};

/* ---- sequence_steps.c: steps ---- */

/* Adds a step, after a nameless pause if it was long. Beyond the maximum the step is dropped; never NULL. */
struct step *sequence_add_step(struct sequence_build *t, enum step_kind kind, int side, uint64_t ts_ns);
/* A pause for the step that comes next. */
struct step *sequence_new_gap(struct sequence_build *t);
/* "NAME 1.2 s", and after it a remark. Never NULL. */
struct step *sequence_gap(struct sequence_build *t, uint64_t ns, const char *name, const char *tail);
/* Never NULL. */
struct step *sequence_note(struct sequence_build *t, enum step_topic topic, int side, uint64_t ts_ns,
			   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A duration as printf takes it. */
struct sequence_duration_text {
	char text[24];
};

struct sequence_duration_text sequence_duration(const struct sequence_build *t, uint64_t ns);
/* Which way a side sends: an arrow. */
const char *sequence_way_of(const struct sequence_build *t, enum side_name sender);

/* ---- sequence_gap.c ---- */

/* The pause that a segment ends, by name. */
void sequence_pause(struct sequence_build *t, const struct step *arrow, uint32_t raw_ack, uint64_t ts_ns);
bool sequence_acks_fin(const struct conn *c, enum side_name of, uint32_t ack);
/*
 * Is the FIN in this arrow the one that the side closed with? One that the receiver dropped is not (bad checksum, out
 * of window).
 */
bool sequence_is_its_fin(const struct conn *c, const struct step *arrow);

/* ---- sequence_failure.c: what was not sent, did not get through, or was reported ---- */

/* Is it known that this side sent no such segment, or that its own host dropped each? */
bool sequence_is_unsent(const struct conn *c, enum side_name side, unsigned int flags);
/* Did its own host drop a segment of this side at about that time? */
bool sequence_was_dropped_leaving(const struct conn *c, enum side_name side, uint64_t ts_ns);
void sequence_drop(struct sequence_build *t, const struct moment *m);
void sequence_icmp(struct sequence_build *t, const struct moment *m);
void sequence_error(struct sequence_build *t, const struct moment *m);
/* After a step of a socket that is under TCP_REPAIR. */
void sequence_repair(struct sequence_build *t, const struct moment *m);

/* ---- sequence_segment.c ---- */

void sequence_segment(struct sequence_build *t, const struct moment *m);
void sequence_arrow(struct sequence_build *t, struct step arrow, uint32_t raw_ack, uint64_t ts_ns);
/*
 * A segment that was not seen, but without which the next step is not possible. ts_ns 0 = earlier, time not known. NULL
 * = it has or will have a step of its own.
 */
struct step *sequence_imply(struct sequence_build *t, enum side_name sender, unsigned int flags, uint64_t ts_ns);

#endif
