/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a person at a terminal reads first: what is watched, and which connections are asked for. */
#ifndef TCPLIFE_FIRST_SCREEN_H
#define TCPLIFE_FIRST_SCREEN_H

#include <stddef.h>

#include "lib/strbuf.h"
#include "options.h"

/*
 * "watching lo, eth0 (2 interfaces), all namespaces": asks the host, so before system calls are filtered. Nothing is
 * added where nobody looks: standard error is no terminal, or the events come from a file.
 */
void first_screen_begin(const struct options *o, struct strbuf *out);
/* ", 37 connections open; filter: --port 443", and says all of it, if anything was begun. Frees out's text. */
void first_screen_say(const struct options *o, size_t open, struct strbuf *out);

#endif
