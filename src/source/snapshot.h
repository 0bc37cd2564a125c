/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What exists when tracing begins: TCP sockets, requests and minisockets, and which processes hold the sockets. */
#ifndef TCPLIFE_SNAPSHOT_H
#define TCPLIFE_SNAPSHOT_H

#include "options.h"

struct consumer;
struct hooks;

/*
 * Gives the consumer an EVENT_EXISTING for each of them in the watched network namespace. To be called after the hooks
 * are attached, so that none is missed in between; those that the hooks saw begin are found again here and recognised
 * by id. What cannot be read is reported in a message and does not stop the program: 0, or -ENOMEM.
 */
int snapshot_take(const struct hooks *h, const struct options *o, struct consumer *c);

#endif
