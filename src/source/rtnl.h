/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What rtnetlink says of interfaces: those there are, and those that come and go. Acts in the netns it was opened in.
 */
#ifndef TCPLIFE_RTNL_H
#define TCPLIFE_RTNL_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct rtnl_link {
	uint32_t ifindex;
	char name[IF_NAMESIZE];
	uint16_t type; /* ARPHRD_* */
	bool up;
	bool gone; /* RTM_DELLINK */
};

typedef void (*rtnl_link_fn)(void *ctx, const struct rtnl_link *link);

/* A socket; with changes it receives those of interfaces. Its file descriptor, or a negative errno. */
int rtnl_open(bool changes);
/* Asks for all interfaces; they come through rtnl_read(). 0 or a negative errno. */
int rtnl_request_links(int fd);
/*
 * Reads what is there (wait: until the answer to a request is complete) and calls fn for each. Returns 0, -EAGAIN when
 * there was nothing, -ENOBUFS if changes were lost (ask again), or another negative errno.
 */
int rtnl_read(int fd, bool wait, rtnl_link_fn fn, void *ctx);
struct rtnl_filter {
	uint32_t handle;
	uint16_t priority;
	char name[64]; /* of a BPF classifier; "" for others */
};

typedef void (*rtnl_filter_fn)(void *ctx, const struct rtnl_filter *filter);

/* The tc filters at parent (TC_H_*) of an interface, other programs' too. Their number, or a negative errno. */
int rtnl_filters(uint32_t ifindex, uint32_t parent, rtnl_filter_fn fn, void *ctx);
/* Driver's name by ethtool(8)'s ioctl, "" if it has none. fd: any socket of the netns. */
void rtnl_driver(const char *ifname, char driver[32]);

#endif
