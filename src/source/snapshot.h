/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What is there when tracing begins: TCP sockets, requests and minisockets, and who holds the sockets. */
#ifndef TCPLIFE_SNAPSHOT_H
#define TCPLIFE_SNAPSHOT_H

#include "options.h"

struct consumer;
struct hooks;

/*
 * Gives the consumer an EVENT_EXISTING for each of them, in the watched network namespace. After the hooks are
 * attached, so that nothing falls between; what they saw begin is found again here, and known by its id. What cannot be
 * had is told, and no reason to stop: 0, or -ENOMEM.
 */
int snapshot_take(const struct hooks *h, const struct options *o, struct consumer *c);

#endif
