/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A command that is run and followed: "tcplife-trace -- curl example.org". It is the child of a keeper, a process of
 * its own that is there before the tracer gives up its rights: it makes a cgroup, runs the command in it as the user
 * who called sudo, passes signals on, and cleans up.
 */
#ifndef TCPLIFE_COMMAND_H
#define TCPLIFE_COMMAND_H

#include "command_keeper.h"
#include "lib/loop.h"
#include "options.h"

struct command;

/*
 * Starts the keeper, and adds to o the filter that its connections are found by. The command itself waits for
 * command_go(); if that never comes it is not run. 0, or a negative errno after a message.
 */
int command_new(struct command **out, struct options *o);
/* fn is called once, when it has ended. */
int command_watch(struct command *c, struct loop *loop, void (*fn)(void *ctx), void *ctx);
void command_go(struct command *c);
/* Passes a signal on to it. */
void command_signal(struct command *c, int signal);
/* Waits until it has ended (true), or something can be read from fd. */
bool command_ends_before(struct command *c, int fd);
/* Waits for its end. */
struct command_end command_wait(struct command *c);
void command_free(struct command **c);

#endif
