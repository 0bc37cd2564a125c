/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Rights that the program has and its caller has not: a set-user-ID program, capabilities of the file (setcap). They
 * are for tracing. Files, environment and libraries are the caller's, and get no more than the caller has.
 */
#ifndef TCPLIFE_PRIVILEGE_H
#define TCPLIFE_PRIVILEGE_H

#include <stdbool.h>

/* What the kernel says of this start (AT_SECURE). Ambient capabilities, as of a systemd unit, are the caller's own. */
bool privilege_is_borrowed(void);
/*
 * To be called first of all. With borrowed rights: empties the environment of all that is not known to be harmless,
 * becomes the caller, and keeps of the capabilities those that tracing takes. 0, or a negative errno after a message.
 */
int privilege_begin(void);
/*
 * CAP_DAC_READ_SEARCH, which borrowed rights hold back, for the time between two calls: tracefs is root's. Nothing
 * happens where it is not held back.
 */
void privilege_read_all(bool on);
/* fn(ctx) in a thread without any capability, as are the threads that it starts; waited for. fn's result, or a negative
 * errno. */
int privilege_run_without(int (*fn)(void *ctx), void *ctx);

#endif
