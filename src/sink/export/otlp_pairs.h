/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Keys and values: the attributes of a resource, the headers of a request. */
#ifndef TCPLIFE_OTLP_PAIRS_H
#define TCPLIFE_OTLP_PAIRS_H

#include <stddef.h>

struct otlp_pair {
	char *key, *value;
};

struct otlp_pairs {
	struct otlp_pair *list;
	size_t count;
};

/*
 * "k=v,k2=v2" with percent-encoded values, as in W3C baggage; spaces around keys and values do not count. Appends to
 * out. 0, -ENOMEM, or -EINVAL: a piece without = or key, a broken escape, or a control character.
 */
int otlp_pairs_parse(const char *text, struct otlp_pairs *out);
/* Copies of both. 0 or -ENOMEM. */
int otlp_pairs_add(struct otlp_pairs *p, const char *key, const char *value);
void otlp_pairs_free(struct otlp_pairs *p);
/* NULL if there is none; the last one of that key. */
const char *otlp_pairs_find(const struct otlp_pairs *p, const char *key);

#endif
