/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Mistakes on the command line: what was meant, and how that is written. */
#ifndef TCPLIFE_OPTION_REMEDY_H
#define TCPLIFE_OPTION_REMEDY_H

#include <stdbool.h>

#include "option_table.h"

/* After getopt()'s own message about an option that there is not: what to write instead. letter: 0 for a long one. */
void option_remedy_unknown(const char *word, char letter);
/* Is word the value of this option, whose value may be left out, though it stands apart: "--web :8080"? */
bool option_remedy_is_value(const struct option_row *r, const char *word);
/*
 * A message about a word at the end of the line that cannot be a filter: the name of an option without its dashes, of a
 * file to write, or a port beside --port. False: it has none, since nothing is wrong with it.
 */
bool option_remedy_word(const struct options *o, const char *word);
/* tcpdump's -w: is this the name of a capture to write? */
bool option_remedy_is_capture_name(const char *word);

#endif
