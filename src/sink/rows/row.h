/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A connection as one flat JSON object, for tables: no nesting, names that stay, and none of a field that is unknown, 0
 * or empty. Which columns there are is the list in row.c; tcplife-trace-fleet(7) explains them.
 */
#ifndef TCPLIFE_ROW_H
#define TCPLIFE_ROW_H

#include "lib/strbuf.h"
#include "sink/json/json_record.h"

#define ROW_SCHEMA "tcplife.row"

struct row_plan {
	struct row_step *step;
	size_t step_count;
};

/* How many rows were made, and how many connections were left out by --sample, or because of a full queue. */
struct row_counters {
	uint64_t rows, sampled_out, pressed_out;
};

/* 0 or -ENOMEM, without a message. */
int row_plan_init(struct row_plan *p);
void row_plan_free(struct row_plan *p);
/*
 * How many connections its row stands for; 0: it is left out, and counted so. sample: --sample. fill: how full the
 * queue that it goes to is, in percent: from 50 on fewer of the orderly ones are kept, from 90 on none.
 */
uint32_t row_weight(const struct conn *c, uint32_t sample, unsigned int fill, struct row_counters *counters);
/* Appends it to out, without a newline; there is none inside either. */
void row_add(const struct row_plan *p, const struct sink *s, const struct conn *c, enum json_record_kind kind,
	     uint32_t weight, struct strbuf *out);
/* For the message at the end, behind the name of the output; nothing if none was left out. */
void row_say_left_out(const char *name, const struct row_counters *counters);

#endif
