/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * --where: an expression over the fields of the record, compiled once, then asked of each connection.
 *
 *	expression  = conjunction { ("or" | "||") conjunction }
 *	conjunction = term { ("and" | "&&") term }
 *	term        = ("not" | "!") term | "(" expression ")" | NAME | NAME COMPARISON VALUE | NAME ["not"] "in" SET
 *	COMPARISON  = "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~"
 *	SET         = "{" VALUE { "," VALUE } "}"
 *
 * NAME is a field's path, the name of an object, or a short name (query_name_at()) that may stand for several fields:
 *then one of them has to fit. A VALUE is a word or stands in quotes; of a number it may be a range, of an address a
 *prefix. A field that is not in the record fits no comparison, != and !~ included; a name alone asks whether it is
 *there, and of a boolean whether it is there and true. != and !~ of a name that stands for several fields: none of
 *those that are there fits.
 */
#ifndef TCPLIFE_QUERY_H
#define TCPLIFE_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "core/conn.h"

#define QUERY_LENGTH_MAX 16384

struct query;

struct query_error {
	size_t column; /* in characters, from 1 */
	char text[320];
};

/* 0; -EINVAL with *error filled; -ENOMEM, the same. *error's text is printable whatever stood in the expression. */
int query_compile(const char *text, struct query **out, struct query_error *error);
/* Pure; allocates nothing. Takes time by the expression's length, at most. */
bool query_matches(const struct query *w, const struct conn *c);
/* The same of one that may be open still: its ending is then what it would be now. */
bool query_matches_now(const struct query *w, const struct conn *c);
/* Does it ask for what is known only when TIME_WAIT or FIN_WAIT2 is over? */
bool query_needs_whole(const struct query *w);
void query_free(struct query **w);

/*
 * What the kernel can decide of it, added to the filter where that has room: ports, addresses and processes by their id
 * that every connection asked for must have. It lets through too much, never too little. 0 or -ENOMEM. *ports is made
 * if it is needed and NULL.
 */
int query_narrow(const struct query *w, struct filter_config *f, struct port_filter **ports);

/* A name that expressions may have beside the fields' paths. */
struct query_name {
	const char *name;
	const char *paths; /* of the fields that it stands for, with spaces between; '*' is client and server */
	const char *help;
};

/* NULL past the end. */
const struct query_name *query_name_at(size_t i);

#endif
