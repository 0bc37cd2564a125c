/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A program as it grows: arrays that are added to. Each returns false when memory ran out. */
#ifndef TCPLIFE_QUERY_BUILD_H
#define TCPLIFE_QUERY_BUILD_H

#include "core/query/query_private.h"

bool query_add_step(struct query *w, enum query_op op, uint32_t to);
bool query_add_test(struct query *w, const struct query_test *t);
bool query_add_operand(struct query *w, const struct query_operand *o);
bool query_add_value(struct query *w, const struct query_value *v);
/* A test that every connection asked for passes. */
bool query_add_must(struct query *w, uint32_t test);
/* Its own copy, good as long as w is. NULL: out of memory. */
const char *query_keep_text(struct query *w, const char *text);

#endif
