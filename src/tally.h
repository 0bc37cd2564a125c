/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is said when all is over: a line about a command's connections, and whether --slo was kept. */
#ifndef TCPLIFE_TALLY_H
#define TCPLIFE_TALLY_H

#include "core/ending.h"
#include "core/table/conn_observer.h"
#include "lib/strbuf.h"
#include "options.h"

struct tally_span {
	uint64_t begin_ns, end_ns;
};

struct tally {
	const struct options *options;
	uint64_t connections, ended[ENDING_COUNT], handshake_ns;
	uint64_t broke;	     /* of --slo */
	struct strbuf first; /* the first of these */
	struct tally_span *span;
	size_t spans;
	bool failed; /* memory ran out: the time without a connection is not known */
};

/* A pipeline_observe_fn. */
void tally_conn(void *ctx, const struct conn *c, enum conn_change change);
/* "12 connections, 1 refused, 210 ms in handshakes, 1.2 s idle" */
void tally_line(struct tally *t, uint64_t begin_ns, uint64_t end_ns, struct strbuf *out);
/* Nanoseconds of [begin_ns, end_ns) in which no span is. Sorts them. */
uint64_t tally_idle_ns(struct tally *t, uint64_t begin_ns, uint64_t end_ns);
void tally_free(struct tally *t);

#endif
