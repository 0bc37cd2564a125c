/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The command line, parsed: option_table.c drives parsing, --help and the completion's and man page's checks. */
#ifndef TCPLIFE_OPTION_PARSE_H
#define TCPLIFE_OPTION_PARSE_H

#include "options.h"

/*
 * Returns 0 to go on, 1 if all is said (--help, --version), or -EINVAL after a message and hint on stderr.
 * Strings point into argv.
 */
int option_parse(int argc, char **argv, struct options *out);

#endif
