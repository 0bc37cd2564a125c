// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Follows interfaces that come and go. Decides when each gets its programs: at the start all at once, later one after
 * the other in a thread of its own, since each attachment waits for the kernel's RCU while the ring is to be read on.
 * What waits is bounded by the number of interfaces: an interface that goes before its turn is forgotten, and what
 * overflows rtnetlink's socket is made good by reading the whole list.
 */
#include "source/interfaces.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include "lib/cleanup.h"
#include "lib/list.h"
#include "lib/log.h"
#include "source/clsact.h"
#include "source/interface.h"
#include "source/netns.h"
#include "source/rtnl.h"

/* Left to the rest of the program: outputs, HTTP. */
#define SPARE_DESCRIPTORS 32
#define RETRY_MS	  1000

struct interfaces {
	struct list_node list;
	struct interfaces_setup setup;
	struct loop *loop; /* NULL = nothing is followed, or by the thread */
	int netns_fd, rtnl_fd;
	int max_fd;   /* no descriptor above this */
	bool settled; /* those that were there at the start are known */
	bool starved; /* no descriptor is left: attachments wait for one */
	bool starved_is_said;
	int err; /* of the start: the first that the user must not miss */
	pthread_t thread;
	int stop_fd; /* of the thread, or -1 */
};

/* Without this flag a driver with a large MTU refuses the program (5.18). */
#define XDP_HAS_FRAGS (1U << 5)

void interfaces_configure(struct bpf_config *c, struct bpf_program *xdp, const struct options *o)
{
	_cleanup_close_ int fd = netns_open(o->netns);

	c->segment_netns = fd < 0 ? 0 : netns_inum(fd);
	c->xdp_frags = libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) == 1;
	if (c->xdp_frags)
		bpf_program__set_flags(xdp, bpf_program__flags(xdp) | XDP_HAS_FRAGS);
}

static struct interface *find(const struct interfaces *x, uint32_t ifindex)
{
	for (struct list_node *n = x->list.next; n != &x->list; n = n->next) {
		struct interface *i = container_of(n, struct interface, node);

		if (i->link.ifindex == ifindex)
			return i;
	}
	return NULL;
}

static void forget(struct interfaces *x, struct interface *i, bool device_is_gone)
{
	x->starved &= interface_highest_fd(i) < 0;
	interface_detach(i, device_is_gone);
	list_remove(&i->node);
	free(i);
}

static void link_changed(void *ctx, const struct rtnl_link *link)
{
	struct interfaces *x = ctx;
	struct interface *i = find(x, link->ifindex);

	if (i && link->gone) {
		forget(x, i, true);
		return;
	}
	if (!i && !link->gone) {
		if (!x->settled)
			clsact_remove_leftovers(link->ifindex);
		if (!interface_is_wanted(x->setup.options, link))
			return;
		i = interface_new(link);
		if (!i)
			return;
		i->to_attach = true;
		list_append(&x->list, &i->node);
	}
	if (!i)
		return;
	i->link = *link; /* renamed, or down: the programs stay */
	i->listed = true;
}

static struct interface *next_to_attach(const struct interfaces *x)
{
	for (struct list_node *n = x->list.next; n != &x->list; n = n->next) {
		struct interface *i = container_of(n, struct interface, node);

		if (i->to_attach)
			return i;
	}
	return NULL;
}

/* Once, however many there are; they are tried again when a descriptor may have become free. */
static void starve(struct interfaces *x, struct interface *i)
{
	interface_detach(i, false);
	i->to_attach = true;
	x->starved = true;
	if (x->starved_is_said)
		return;
	x->starved_is_said = true;
	log_error("no file descriptor is left for %s and interfaces after it: their segments are not seen; "
		  "allow more than %d (ulimit -Hn, LimitNOFILE=)",
		  i->link.name, x->max_fd + 1 + SPARE_DESCRIPTORS);
}

static void attach(struct interfaces *x, struct interface *i)
{
	int err = interface_attach(i, &x->setup);

	i->to_attach = false;
	if (err == -EMFILE || err == -ENFILE || (!err && interface_highest_fd(i) > x->max_fd)) {
		starve(x, i);
		return;
	}
	if (!err)
		return;
	if (err != -ENODEV && err != -ECANCELED)
		log_errno(err, "%s: cannot see its segments", i->link.name);
	if (err == -ENODEV) /* it went meanwhile */
		forget(x, i, true);
	else if (!x->err)
		x->err = err;
}

/* ---- following ---- */

/* What is there now; what is not listed any more is forgotten. */
static int read_whole_list(struct interfaces *x)
{
	_cleanup_close_ int fd = rtnl_open(false);
	int err = fd < 0 ? fd : rtnl_request_links(fd);

	for (struct list_node *n = x->list.next; n != &x->list; n = n->next)
		container_of(n, struct interface, node)->listed = false;
	if (!err)
		err = rtnl_read(fd, true, link_changed, x);
	if (err)
		return err;
	for (struct list_node *n = x->list.next, *next; n != &x->list; n = next) {
		struct interface *i = container_of(n, struct interface, node);

		next = n->next;
		if (!i->listed)
			forget(x, i, true);
	}
	return 0;
}

/* All that is announced by now. */
static int read_changes(struct interfaces *x)
{
	bool some_are_lost = false;
	int err;

	while ((err = rtnl_read(x->rtnl_fd, false, link_changed, x)) == -ENOBUFS)
		some_are_lost = true;
	if (err && err != -EAGAIN)
		return err;
	return some_are_lost ? read_whole_list(x) : 0;
}

static int milliseconds_to_wait(const struct interfaces *x)
{
	if (x->starved)
		return RETRY_MS;
	return next_to_attach(x) ? 0 : -1;
}

/* Returns when it is to stop, or cannot go on. */
static int follow(struct interfaces *x)
{
	for (;;) {
		struct pollfd wait[] = { { .fd = x->rtnl_fd, .events = POLLIN },
					 { .fd = x->stop_fd, .events = POLLIN } };
		int n = poll(wait, 2, milliseconds_to_wait(x)), err = 0;
		struct interface *i;

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && wait[1].revents)
			return 0;
		if (n == 0)
			x->starved = false;
		if (n > 0)
			err = read_changes(x);
		if (err)
			return err;
		i = x->starved ? NULL : next_to_attach(x);
		if (i)
			attach(x, i);
	}
}

/* In the thread's own netns, which it never leaves. */
static void *run_thread(void *ctx)
{
	struct interfaces *x = ctx;
	_cleanup_close_ int back = -1;
	int err = netns_enter(x->netns_fd, &back);

	if (!err)
		err = follow(x);
	if (err)
		log_errno(err, "interfaces that come are not followed any more");
	return NULL;
}

/* The first change: most hosts never see one. By now the program has dropped what it does not need, and so does the
 * thread. */
static void on_change(void *ctx, uint32_t epoll_events)
{
	struct interfaces *x = ctx;
	int err;

	(void)epoll_events;
	loop_remove(x->loop, x->rtnl_fd);
	x->loop = NULL;
	x->stop_fd = eventfd(0, EFD_CLOEXEC);
	err = x->stop_fd < 0 ? -errno : -pthread_create(&x->thread, NULL, run_thread, x);
	if (!err)
		return;
	log_errno(err, "interfaces that come are not followed");
	cleanup_close(&x->stop_fd);
	x->stop_fd = -1;
}

static void stop_thread(struct interfaces *x)
{
	if (x->stop_fd < 0)
		return;
	eventfd_write(x->stop_fd, 1);
	pthread_join(x->thread, NULL);
	cleanup_close(&x->stop_fd);
	x->stop_fd = -1;
}

/* ---- start and end ---- */

static int check_names(const struct interfaces *x)
{
	const struct options *o = x->setup.options;

	for (size_t i = 0; i < o->iface_count; i++) {
		bool found = false;

		for (struct list_node *n = x->list.next; n != &x->list; n = n->next)
			found |= !strcmp(container_of(n, struct interface, node)->link.name, o->iface[i]);
		if (!found) {
			log_error("there is no interface '%s'; `ip link` lists them", o->iface[i]);
			return -ENODEV;
		}
	}
	return 0;
}

/* From here on changes are collected, so that none is missed between the list and them. */
static int attach_all(struct interfaces *x)
{
	struct interface *i;
	int err;

	x->rtnl_fd = rtnl_open(true);
	err = x->rtnl_fd < 0 ? x->rtnl_fd : read_whole_list(x);
	if (err)
		return log_errno(err, "rtnetlink");
	x->settled = true;
	while (!x->err && !x->starved && (i = next_to_attach(x)))
		attach(x, i);
	return x->err ? x->err : check_names(x);
}

static int start(struct interfaces *x)
{
	int back, err;

	x->netns_fd = netns_open(x->setup.options->netns);
	if (x->netns_fd < 0)
		return log_errno(x->netns_fd, "cannot open the network namespace");
	err = netns_enter(x->netns_fd, &back);
	if (err)
		return log_errno(err, "cannot enter the network namespace (another one takes CAP_SYS_ADMIN)");
	err = attach_all(x);
	netns_leave(&back);
	return err;
}

static int highest_fd_allowed(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > INT32_MAX)
		return INT32_MAX;
	return (int)limit.rlim_cur - 1 - SPARE_DESCRIPTORS;
}

int interfaces_new(struct interfaces **out, const struct interface_programs *programs, const struct options *o,
		   struct loop *loop)
{
	struct interfaces *x = calloc(1, sizeof(*x));
	int err;

	if (!x)
		return -ENOMEM;
	list_init(&x->list);
	x->setup = (struct interfaces_setup) { .programs = *programs, .options = o };
	x->rtnl_fd = x->netns_fd = x->stop_fd = -1;
	x->max_fd = highest_fd_allowed();
	err = start(x);
	if (!err && loop)
		err = loop_add(loop, x->rtnl_fd, EPOLLIN, on_change, x);
	if (err) {
		interfaces_free(&x);
		return err;
	}
	x->loop = loop;
	*out = x;
	return 0;
}

void interfaces_free(struct interfaces **out)
{
	struct interfaces *x = *out;
	int back = -1;

	if (!x)
		return;
	stop_thread(x);
	if (x->loop)
		loop_remove(x->loop, x->rtnl_fd);
	if (x->netns_fd >= 0 && netns_enter(x->netns_fd, &back) == 0) {
		while (!list_empty(&x->list))
			forget(x, container_of(x->list.next, struct interface, node), false);
		netns_leave(&back);
	}
	cleanup_close(&x->rtnl_fd);
	cleanup_close(&x->netns_fd);
	free(x);
	*out = NULL;
}

void interfaces_print(const struct interfaces *x, FILE *out)
{
	for (const struct list_node *n = x->list.next; n != &x->list; n = n->next)
		interface_print(container_of(n, struct interface, node), out);
}
