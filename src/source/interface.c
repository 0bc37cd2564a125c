// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides where the segments of one interface are read: native XDP where it does no harm, else tcx, else clsact. */
#include "source/interface.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#ifndef ARPHRD_IP6GRE
#define ARPHRD_IP6GRE 823 /* linux/if_arp.h, which does not go with net/if.h */
#endif

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

/* The user demanded an XDP mode that this interface cannot have, which is said here. */
static int demanded(const struct interfaces_setup *x, struct interface *i, int err)
{
	log_error("%s: --xdp=%s refused: %s", i->link.name, x->options->xdp == XDP_MODE_GENERIC ? "generic" : "native",
		  i->why);
	return -ECANCELED;
}

static int attach_ingress(const struct interfaces_setup *x, struct interface *i)
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

static int attach_egress(const struct interfaces_setup *x, struct interface *i)
{
	if (i->link.type == ARPHRD_LOOPBACK && i->in.kind != ATTACH_NONE)
		return 0; /* seen on arrival */
	return attach_tc(&i->out, has_ethernet_header(&i->link) ? x->programs.out : x->programs.out_l3, i->link.ifindex,
			 true);
}

struct interface *interface_new(const struct rtnl_link *link)
{
	struct interface *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->link = *link;
	i->in.link_fd = i->out.link_fd = -1;
	return i;
}

bool interface_is_wanted(const struct options *o, const struct rtnl_link *link)
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

int interface_attach(struct interface *i, const struct interfaces_setup *x)
{
	int err;

	rtnl_driver(i->link.name, i->driver);
	err = attach_ingress(x, i);
	if (!err)
		err = attach_egress(x, i);
	if (err) {
		attach_undo(&i->in);
		return err;
	}
	log_verbose("%s (%s): arriving %s, leaving %s%s%s", i->link.name, driver_name(i), arriving(i), leaving(i),
		    i->why[0] ? "; " : "", i->why);
	return 0;
}

int interface_highest_fd(const struct interface *i)
{
	return i->in.link_fd > i->out.link_fd ? i->in.link_fd : i->out.link_fd;
}

void interface_detach(struct interface *i, bool device_is_gone)
{
	/* What was attached to a device went with it; detaching again could hit a new device of the same number. */
	if (device_is_gone && i->in.kind == ATTACH_CLSACT)
		i->in.kind = ATTACH_NONE;
	if (device_is_gone && i->out.kind == ATTACH_CLSACT)
		i->out.kind = ATTACH_NONE;
	attach_undo(&i->out);
	attach_undo(&i->in); /* last, since it made the qdisc if we did */
}

void interface_print(const struct interface *i, FILE *out)
{
	fprintf(out, "  %-15s %-12s arriving: %-12s leaving: %-*s%s\n", i->link.name, driver_name(i), arriving(i),
		i->why[0] ? 13 : 0, leaving(i), i->why);
}
