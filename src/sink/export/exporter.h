/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sends records to a receiver without making the tracer wait: a queue of bounded size, a thread that empties it in
 * batches and retries where that may help, and counts of what became of the records. A record is a line: it has no
 * newline inside and gets one at its end.
 */
#ifndef TCPLIFE_EXPORTER_H
#define TCPLIFE_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "sink/sink.h"

struct exporter;

/* The result of sending a batch. */
struct exporter_result {
	size_t done;	/* bytes from the batch's beginning, whole records, that are delivered */
	size_t refused; /* records among these that the receiver rejected */
	int err;	/* 0: all is done; -EAGAIN: the rest may be sent again; else the rest is given up */
	unsigned int retry_after_ms; /* with -EAGAIN: what the receiver asked for; 0 = nothing */
	const char *why;	     /* if err or refused: for the message; valid until the next call */
};

struct exporter_config {
	const char *name;	  /* for messages */
	size_t queue_bytes;	  /* of all records that wait, the current batch included */
	size_t batch_bytes;	  /* most that send() gets at once, unless one record is longer */
	unsigned int linger_ms;	  /* how long a batch may wait to become fuller */
	unsigned int backoff_ms;  /* first wait before trying again; doubled each time, and jittered */
	unsigned int patience_ms; /* longest such wait */
	bool may_wait; /* nothing is lost by waiting for room (a replay): waits as long as the receiver takes anything
			*/
	/* In the exporter's thread. It must come back soon after exporter_time_left() says 0. */
	struct exporter_result (*send)(void *ctx, const char *records, size_t len);
	void *ctx;
};

struct exporter_counters {
	uint64_t delivered, retries;
	uint64_t no_room, refused, undelivered; /* dropped: queue full, rejected by the receiver, left at the end */
	uint64_t queued;			/* now */
};

/* 0 or a negative errno. The thread inherits the caller's signal mask. */
int exporter_new(struct exporter **out, const struct exporter_config *c);
/* In the tracer's thread. If there is no room, or the record could not be made whole, it is dropped and counted.
 * Empties record. */
void exporter_add(struct exporter *e, struct strbuf *record);
struct exporter_counters exporter_counters(struct exporter *e);
/* How much of the queue is in use, in percent. */
unsigned int exporter_fill(struct exporter *e);
/* Adds them to a sink's figures. */
void exporter_figures(struct exporter *e, struct sink_export *out);
/*
 * Gives the receiver five seconds for what is left (one if it could not be reached), ends the thread, prints what was
 * dropped.
 */
void exporter_close(struct exporter **e);
/* For send(): how long it may still take, in milliseconds, at most `most`. */
unsigned int exporter_time_left(struct exporter *e, unsigned int most);

#endif
