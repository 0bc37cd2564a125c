/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* From captured packets to the segments and ICMP errors that are emitted, and what is said of the others. */
#ifndef TCPLIFE_CAPTURE_PACKETS_H
#define TCPLIFE_CAPTURE_PACKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/capture/checksums.h"
#include "core/capture/dissect.h"
#include "core/capture/fragments.h"
#include "core/capture/reorder.h"
#include "core/capture/sightings.h"
#include "event.h"

struct captured_packet {
	int dlt;
	uint64_t wall_ns;
	uint32_t cap, len;
	const uint8_t *bytes;
	uint32_t file, interface; /* where it was captured: numbers */
};

typedef void (*capture_emit_fn)(void *ctx, const struct event *e);

#define CAPTURE_ICMP_MAX 16

struct capture_packets {
	capture_emit_fn emit;
	void *ctx;
	struct dissect_options options;
	struct fragments fragments;
	struct checksums checksums;
	struct sightings sightings;
	struct reorder reorder;
	struct event_icmp icmp[CAPTURE_ICMP_MAX]; /* wait for the segments of before, which are being put in order */
	unsigned int icmp_count;
	bool as_they_come; /* as Zeek takes them: each on its own, in the order of the file */
	uint64_t surveyed; /* packets that are to come and were noted before */
	uint64_t result[DISSECT_RESULT_COUNT];
	uint64_t offload, taken, left_out; /* by their checksums; taken: though neither right nor offload's */
	bool of_host;			   /* some were taken because all of a host's are wrong */
	uint64_t bad_headers, tunneled;
};

/* 0 or -ENOMEM. */
int capture_packets_init(struct capture_packets *p, enum dissect_checksums rule, bool as_they_come,
			 capture_emit_fn emit, void *ctx);
void capture_packets_free(struct capture_packets *p);
/* Looks at the checksums of a packet that is taken later. */
void capture_packets_survey(struct capture_packets *p, const struct captured_packet *in);
void capture_packets_take(struct capture_packets *p, const struct captured_packet *in);
/* Nothing comes for now: what waited for it is emitted. */
void capture_packets_flush(struct capture_packets *p);
/* Nothing more comes. */
void capture_packets_finish(struct capture_packets *p);
/* On stderr, once finished. total: packets that were read. */
void capture_packets_say(const struct capture_packets *p, uint64_t total);

#endif
