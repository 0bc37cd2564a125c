/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What is reported to a service manager, by sd_notify(3)'s protocol: datagrams to the socket named in NOTIFY_SOCKET.
 * Without one all of this does nothing.
 */
#ifndef TCPLIFE_SERVICE_H
#define TCPLIFE_SERVICE_H

#include <stdbool.h>

#include "lib/loop.h"

struct service;

/* Connects, before system calls are filtered. *out is NULL where nobody listens. 0 or a negative errno after a message.
 */
int service_new(struct service **out);
void service_free(struct service **s);
/* "READY=1", several with newlines between them. s may be NULL. */
void service_tell(const struct service *s, const char *state);
/* Sends WATCHDOG=1 twice as often as asked for (WATCHDOG_USEC), so long as the loop runs. 0 or a negative errno. */
int service_watch(const struct service *s, struct loop *loop);

#endif
