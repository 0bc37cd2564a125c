// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One epoll for all descriptors. A callback may remove any descriptor, its own included, while events of the same wait
 * are still pending for it.
 */
#include "lib/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/list.h"

struct watch {
	struct list_node node;
	int fd;
	loop_fn fn;
	void *ctx;
	bool timer;   /* fd is the loop's own timerfd */
	bool removed; /* freed after the events of this wait, which may still point to it */
};

struct idle {
	struct list_node node;
	int (*fn)(void *ctx);
	void *ctx;
};

struct loop {
	int epoll_fd;
	bool stopped, idles_held;
	struct list_node watches, removed, idles;
};

int loop_new(struct loop **out)
{
	_cleanup_free_ struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0)
		return -errno;
	list_init(&l->watches);
	list_init(&l->removed);
	list_init(&l->idles);
	*out = TAKE_PTR(l);
	return 0;
}

static void free_watches(struct list_node *list)
{
	while (!list_empty(list)) {
		struct watch *w = container_of(list->next, struct watch, node);

		list_remove(&w->node);
		if (w->timer)
			close(w->fd);
		free(w);
	}
}

void loop_free(struct loop **l)
{
	if (!*l)
		return;
	free_watches(&(*l)->watches);
	free_watches(&(*l)->removed);
	while (!list_empty(&(*l)->idles)) {
		struct idle *i = container_of((*l)->idles.next, struct idle, node);

		list_remove(&i->node);
		free(i);
	}
	close((*l)->epoll_fd);
	free(*l);
	*l = NULL;
}

static int add_watch(struct loop *l, int fd, uint32_t events, loop_fn fn, void *ctx, bool timer)
{
	_cleanup_free_ struct watch *w = calloc(1, sizeof(*w));
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (!w)
		return -ENOMEM;
	*w = (struct watch) { .fd = fd, .fn = fn, .ctx = ctx, .timer = timer };
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev))
		return -errno;
	list_append(&l->watches, &w->node);
	TAKE_PTR(w);
	return 0;
}

int loop_add(struct loop *l, int fd, uint32_t events, loop_fn fn, void *ctx)
{
	return add_watch(l, fd, events, fn, ctx, false);
}

int loop_remove(struct loop *l, int fd)
{
	for (struct list_node *n = l->watches.next; n != &l->watches; n = n->next) {
		struct watch *w = container_of(n, struct watch, node);

		if (w->fd != fd)
			continue;
		w->removed = true;
		list_remove(&w->node);
		list_append(&l->removed, &w->node);
		return epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL) ? -errno : 0;
	}
	return -ENOENT;
}

int loop_every(struct loop *l, unsigned int period_ms, loop_fn fn, void *ctx)
{
	struct timespec period = { .tv_sec = period_ms / 1000, .tv_nsec = period_ms % 1000 * 1000000L };
	struct itimerspec spec = { .it_interval = period, .it_value = period };
	_cleanup_close_ int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int err;

	if (fd < 0 || timerfd_settime(fd, 0, &spec, NULL))
		return -errno;
	err = add_watch(l, fd, EPOLLIN, fn, ctx, true);
	if (err)
		return err;
	TAKE_FD(fd);
	return 0;
}

int loop_idle(struct loop *l, int (*fn)(void *ctx), void *ctx)
{
	struct idle *i = calloc(1, sizeof(*i));

	if (!i)
		return -ENOMEM;
	i->fn = fn;
	i->ctx = ctx;
	list_append(&l->idles, &i->node);
	return 0;
}

void loop_idle_remove(struct loop *l, const void *ctx)
{
	for (struct list_node *n = l->idles.next, *next; n != &l->idles; n = next) {
		struct idle *i = container_of(n, struct idle, node);

		next = n->next;
		if (i->ctx != ctx)
			continue;
		list_remove(n);
		free(i);
	}
}

void loop_idle_hold(struct loop *l, bool hold)
{
	l->idles_held = hold;
}

static void run_idles(struct loop *l)
{
	for (struct list_node *n = l->idles.next, *next; n != &l->idles; n = next) {
		struct idle *i = container_of(n, struct idle, node);

		next = n->next;
		if (i->fn(i->ctx) > 0)
			continue;
		list_remove(n);
		free(i);
	}
}

static void dispatch(struct watch *w, uint32_t events)
{
	uint64_t expirations;

	if (w->removed)
		return;
	/* Nothing to read: the timer was re-armed between the wait and here. */
	if (w->timer && read(w->fd, &expirations, sizeof(expirations)) < 0)
		return;
	w->fn(w->ctx, events);
}

int loop_run(struct loop *l)
{
	struct epoll_event ev[32];

	while (!l->stopped) {
		int n;

		if (!l->idles_held)
			run_idles(l);
		if (l->stopped)
			break;
		n = epoll_wait(l->epoll_fd, ev, sizeof(ev) / sizeof(ev[0]),
			       list_empty(&l->idles) || l->idles_held ? -1 : 0);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n && !l->stopped; i++)
			dispatch(ev[i].data.ptr, ev[i].events);
		free_watches(&l->removed);
	}
	l->stopped = false;
	return 0;
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

bool loop_is_stopped(const struct loop *l)
{
	return l->stopped;
}
