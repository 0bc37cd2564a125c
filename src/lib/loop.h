/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* An event loop: a file descriptor, a callback and its context; timers and signals are file descriptors too. */
#ifndef TCPLIFE_LOOP_H
#define TCPLIFE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
typedef void (*loop_fn)(void *ctx, uint32_t epoll_events);

/* All return 0 or a negative errno. */
int loop_new(struct loop **out);
void loop_free(struct loop **l);
/* events: EPOLLIN, EPOLLOUT. fd stays the caller's. */
int loop_add(struct loop *l, int fd, uint32_t events, loop_fn fn, void *ctx);
int loop_remove(struct loop *l, int fd);
/* Calls fn every period_ms until the loop is freed. */
int loop_every(struct loop *l, unsigned int period_ms, loop_fn fn, void *ctx);
/* Calls fn at least once before each wait: for work that is not a file descriptor's (replay). fn returns through
 * loop_busy. */
int loop_idle(struct loop *l, int (*fn)(void *ctx), void *ctx); /* fn: 1 = more to do at once, 0 = done */
/* Forgets what was added with that ctx; nothing happens if there is none. */
void loop_idle_remove(struct loop *l, const void *ctx);
/* While they are held, idles are not called. */
void loop_idle_hold(struct loop *l, bool hold);
/* Runs until loop_stop(). */
int loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Was loop_stop() called? */
bool loop_is_stopped(const struct loop *l);

#endif
