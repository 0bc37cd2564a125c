/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The table of options: from it come parsing, --help and what shells complete (assets/completions.awk). */
#ifndef TCPLIFE_OPTION_TABLE_H
#define TCPLIFE_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"

#define PROGRAM "tcplife-trace"

/* What has been read so far. */
struct parse {
	struct options *o;
	bool ipv4, ipv6, summary, doctor, numeric;
	unsigned int doctor_secs; /* of --doctor; 0 = not given */
	const char *checksums;	  /* the last option given that is about them */
	const char *live_only;	  /* the first option given that cannot be used with --replay */
};

/*
 * Returns 0; -EINVAL if arg is not what the row accepts; another negative errno if it has printed what is wrong itself.
 */
typedef int (*take_fn)(struct parse *p, const char *arg);

/* A row without take is the heading of a group. */
struct option_row {
	char letter;	  /* 0 = none */
	const char *name; /* NULL = only a letter */
	const char *arg;  /* NULL = takes none; "[=X]" = may be left out */
	take_fn take;
	const char *help;    /* NULL = an alias that --help leaves out */
	const char *accepts; /* of arg, for messages; shells complete words that are listed as in "on, off or auto" */
	bool live_only;
};

extern const struct option_row OPTION_ROWS[];
extern const size_t OPTION_ROW_COUNT;

/* One more capture to read. 0, -EINVAL, or -E2BIG after a message. */
int option_add_capture(struct parse *p, const char *arg);
int option_add_replay(struct parse *p, const char *arg);
/* Chooses an output. 0 or -E2BIG after a message. */
int option_add_sink(struct parse *p, const char *name, const char *arg);
/* option_parse.c's: takes -h. */
int option_take_help(struct parse *p, const char *arg);

#endif
