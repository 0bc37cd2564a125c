/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* --where, and the options and words that stand for expressions: one more that connections must fit. */
#ifndef TCPLIFE_OPTION_WHERE_H
#define TCPLIFE_OPTION_WHERE_H

#include "options.h"

/* 0; 1 after the list of names, for "help"; or a negative errno, not -EINVAL, after a message that shows the place. */
int option_where(struct options *o, const char *expression);
/* --slo: what every connection is to fit. The same. */
int option_slo(struct options *o, const char *expression);

/* --comm, --cgroup, --container, --unit, --host, --ending. 0; -EINVAL, with a message if it needs one of its own. */
int option_comm(struct options *o, const char *name);
int option_cgroup(struct options *o, const char *path);
int option_container(struct options *o, const char *name);
int option_unit(struct options *o, const char *name);
int option_host(struct options *o, const char *host);
int option_ending(struct options *o, const char *list);
/* Is the word the name of a recording? */
bool option_is_recording(const char *word);
/* The words at the end of the line: tcpdump's, an expression, or one word that says what is meant. As option_where().
 */
int option_words(struct options *o, char **words);

#endif
