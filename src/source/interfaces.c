// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides where the segments of each interface are read: native XDP where it does no harm, else tcx, else clsact;
 * follows interfaces that come and go.
 */
#include "source/interfaces.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/cleanup.h"
#include "lib/list.h"
#include "lib/log.h"
#include "source/attach.h"
#include "source/clsact.h"
#include "source/netns.h"
#include "source/rtnl.h"

#ifndef ARPHRD_IP6GRE
#define ARPHRD_IP6GRE 823 /* linux/if_arp.h, which does not go with net/if.h */
#endif

struct interface {
	struct list_node node;
	struct rtnl_link link;
	char driver[32];
	struct attachment in, out;
	char why[96]; /* why arriving segments are not seen by native XDP */
};

struct interfaces {
	struct list_node list;
	struct interfaces_programs programs;
	const struct options *options;
	struct loop *loop;
	int netns_fd, rtnl_fd;
	bool settled; /* those that were there at the start are known */
	int err;      /* the first error that the user must not miss */
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

static bool has_ethernet_header(const struct rtnl_link *link)
{
	return link->type == ARPHRD_ETHER || link->type == ARPHRD_LOOPBACK;
}

static bool has_ip_only(const struct rtnl_link *link)
{
	return link->type == ARPHRD_NONE || link->type == ARPHRD_PPP || link->type == ARPHRD_TUNNEL ||
	       link->type == ARPHRD_TUNNEL6 || link->type == ARPHRD_SIT || link->type == ARPHRD_IPGRE ||
	       link->type == ARPHRD_IP6GRE || link->type == ARPHRD_RAWIP;
}

/*
 * Where native XDP is used by default: drivers that keep the link up and the offloads as they are when a program comes.
 * Most NIC drivers rebuild their rings (mlx5, i40e, ice, ixgbe, bnxt, ena: packets are lost); virtio_net switches the
 * guest's offloads off (virtnet_xdp_set()); veth takes GSO from its peer (veth_xdp_set()), and a bulk transfer over it
 * fell from 8.7 to 1.8 Gbit/s on 6.18, where tcx cost nothing that could be measured.
 */
static bool native_is_harmless(const char *driver)
{
	static const char *const drivers[] = { "netdevsim" };

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (!strcmp(driver, drivers[i]))
			return true;
	}
	return false;
}

static void because(struct interface *i, const char *what, int err)
{
	snprintf(i->why, sizeof(i->why), "%s: %s", what,
		 err == -EBUSY || err == -EEXIST ? "another XDP program sits there"
		 : err == -EOPNOTSUPP		 ? "the driver has none"
						 : strerror(-err));
}

/* The user demanded an XDP mode that this interface cannot have. */
static int demanded(struct interfaces *x, struct interface *i, int err)
{
	log_error("%s: --xdp=%s refused: %s", i->link.name, x->options->xdp == XDP_MODE_GENERIC ? "generic" : "native",
		  i->why);
	x->err = err; /* said */
	return err;
}

static int attach_ingress(struct interfaces *x, struct interface *i)
{
	enum xdp_mode mode = x->options->xdp;
	bool generic = mode == XDP_MODE_GENERIC, loopback = i->link.type == ARPHRD_LOOPBACK;
	int err;

	if (!has_ethernet_header(&i->link))
		return attach_tc(&i->in, x->programs.in_l3, i->link.ifindex, false);
	if (loopback && !generic)
		return 0; /* its leaving segments are the ones that arrive: seen once */
	if (mode == XDP_MODE_OFF) {
		snprintf(i->why, sizeof(i->why), "--xdp=off");
	} else if (mode == XDP_MODE_AUTO && !native_is_harmless(i->driver)) {
		snprintf(i->why, sizeof(i->why), "native XDP would disturb %s: --xdp=native if wanted",
			 i->driver[0] ? i->driver : "an unknown driver");
	} else {
		err = attach_xdp(&i->in, x->programs.xdp, i->link.ifindex, generic);
		if (!err)
			return 0;
		because(i, generic ? "generic XDP" : "native XDP", err);
		/*
		 * For a driver without native XDP the next rung is used. That another program is attached, or
		 * permission is denied, is an error.
		 */
		if (mode != XDP_MODE_AUTO && err != -EOPNOTSUPP)
			return demanded(x, i, err);
	}
	return attach_tc(&i->in, x->programs.in, i->link.ifindex, false);
}

static int attach_egress(struct interfaces *x, struct interface *i)
{
	if (i->link.type == ARPHRD_LOOPBACK && i->in.kind != ATTACH_NONE)
		return 0; /* seen on arrival */
	return attach_tc(&i->out, has_ethernet_header(&i->link) ? x->programs.out : x->programs.out_l3, i->link.ifindex,
			 true);
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

static void forget(struct interface *i, bool device_is_gone)
{
	/* What was attached to a device went with it; detaching again could hit a new device of the same number. */
	if (device_is_gone && i->in.kind == ATTACH_CLSACT)
		i->in.kind = ATTACH_NONE;
	if (device_is_gone && i->out.kind == ATTACH_CLSACT)
		i->out.kind = ATTACH_NONE;
	attach_undo(&i->out);
	attach_undo(&i->in); /* last, since it made the qdisc if we did */
	list_remove(&i->node);
	free(i);
}

static bool is_wanted(const struct options *o, const struct rtnl_link *link)
{
	if (!has_ethernet_header(link) && !has_ip_only(link))
		return false;
	for (size_t i = 0; i < o->iface_count; i++) {
		if (!strcmp(o->iface[i], link->name))
			return true;
	}
	return o->iface_count == 0 && link->up;
}

static const char *driver_name(const struct interface *i)
{
	return i->driver[0] ? i->driver : "-";
}

/* On lo a segment that leaves is the one that arrives: it is seen once. */
static const char *arriving(const struct interface *i)
{
	return i->link.type == ARPHRD_LOOPBACK && i->in.kind == ATTACH_NONE ? "as leaving"
									    : attach_kind_name(i->in.kind);
}

static const char *leaving(const struct interface *i)
{
	return i->out.kind == ATTACH_NONE ? "as arriving" : attach_kind_name(i->out.kind);
}

static int watch(struct interfaces *x, const struct rtnl_link *link)
{
	struct interface *i = calloc(1, sizeof(*i));
	int err;

	if (!i)
		return -ENOMEM;
	i->link = *link;
	i->in.link_fd = i->out.link_fd = -1;
	rtnl_driver(link->name, i->driver);
	list_append(&x->list, &i->node);
	err = attach_ingress(x, i);
	if (!err)
		err = attach_egress(x, i);
	if (err)
		return err;
	log_verbose("%s (%s): arriving %s, leaving %s%s%s", link->name, driver_name(i), arriving(i), leaving(i),
		    i->why[0] ? "; " : "", i->why);
	return 0;
}

static void link_changed(void *ctx, const struct rtnl_link *link)
{
	struct interfaces *x = ctx;
	struct interface *i = find(x, link->ifindex);
	int err;

	if (i && link->gone) {
		forget(i, true);
	} else if (i) {
		i->link = *link; /* renamed, or down: the programs stay */
	}
	if (i || link->gone)
		return;
	if (!x->settled)
		clsact_remove_leftovers(link->ifindex);
	if (!is_wanted(x->options, link))
		return;
	err = watch(x, link);
	if (err == -ENODEV)
		return; /* it went while we looked */
	if (err && !x->err)
		x->err = log_errno(err, "%s: cannot see its segments", link->name);
}

static int in_netns(struct interfaces *x, bool wait)
{
	int back, err = netns_enter(x->netns_fd, &back);

	if (err)
		return err;
	err = rtnl_read(x->rtnl_fd, wait, link_changed, x);
	if (err == -ENOBUFS && !rtnl_request_links(x->rtnl_fd)) /* changes were lost: look at all again */
		err = rtnl_read(x->rtnl_fd, true, link_changed, x);
	netns_leave(&back);
	return err == -EAGAIN ? 0 : err;
}

static void on_change(void *ctx, uint32_t epoll_events)
{
	struct interfaces *x = ctx;
	int err = in_netns(x, false);

	(void)epoll_events;
	if (err)
		log_errno(err, "rtnetlink");
	x->err = 0; /* said already; what runs goes on */
}

static int check_names(const struct interfaces *x)
{
	for (size_t i = 0; i < x->options->iface_count; i++) {
		bool found = false;

		for (struct list_node *n = x->list.next; n != &x->list; n = n->next)
			found |= !strcmp(container_of(n, struct interface, node)->link.name, x->options->iface[i]);
		if (!found) {
			log_error("there is no interface '%s'; `ip link` lists them", x->options->iface[i]);
			return -ENODEV;
		}
	}
	return 0;
}

static int open_rtnl(struct interfaces *x)
{
	int back, err = netns_enter(x->netns_fd, &back);

	if (err)
		return log_errno(err,
				 "cannot enter the network namespace; another than the own one needs CAP_SYS_ADMIN");
	x->rtnl_fd = rtnl_open();
	netns_leave(&back);
	if (x->rtnl_fd < 0)
		return log_errno(x->rtnl_fd, "rtnetlink");
	err = rtnl_request_links(x->rtnl_fd);
	return err ? log_errno(err, "rtnetlink") : 0;
}

int interfaces_new(struct interfaces **out, const struct interfaces_programs *programs, const struct options *o,
		   struct loop *loop)
{
	struct interfaces *x = calloc(1, sizeof(*x));
	int err;

	if (!x)
		return -ENOMEM;
	list_init(&x->list);
	x->programs = *programs;
	x->options = o;
	x->loop = loop;
	x->rtnl_fd = -1;
	x->netns_fd = netns_open(o->netns);
	err = x->netns_fd < 0 ? log_errno(x->netns_fd, "cannot open the network namespace") : open_rtnl(x);
	if (!err)
		err = in_netns(x, true);
	x->settled = true;
	if (!err)
		err = x->err ? x->err : check_names(x);
	if (!err && loop)
		err = loop_add(loop, x->rtnl_fd, EPOLLIN, on_change, x);
	if (err) {
		x->loop = NULL;
		interfaces_free(&x);
		return err;
	}
	*out = x;
	return 0;
}

void interfaces_free(struct interfaces **out)
{
	struct interfaces *x = *out;
	int back = -1;

	if (!x)
		return;
	if (x->loop)
		loop_remove(x->loop, x->rtnl_fd);
	if (x->netns_fd >= 0 && netns_enter(x->netns_fd, &back) == 0) {
		while (!list_empty(&x->list))
			forget(container_of(x->list.next, struct interface, node), false);
		netns_leave(&back);
	}
	cleanup_close(&x->rtnl_fd);
	cleanup_close(&x->netns_fd);
	free(x);
	*out = NULL;
}

void interfaces_print(const struct interfaces *x, FILE *out)
{
	for (const struct list_node *n = x->list.next; n != &x->list; n = n->next) {
		const struct interface *i = container_of(n, struct interface, node);

		fprintf(out, "  %-15s %-12s arriving: %-12s leaving: %-*s%s\n", i->link.name, driver_name(i),
			arriving(i), i->why[0] ? 13 : 0, leaving(i), i->why);
	}
}
