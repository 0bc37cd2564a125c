// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* rtnetlink messages: requests for links and tc filters, and the announcements of changed links. */
#include "source/rtnl.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/cleanup.h"

int rtnl_open(bool changes)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = changes ? RTMGRP_LINK : 0 };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int rtnl_request_links(int fd)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			    .nlmsg_seq = 1 },
		.info = { .ifi_family = AF_UNSPEC },
	};

	return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
}

/* NLMSG_OK(), without its comparison of signed and unsigned. */
static bool is_message(const struct nlmsghdr *h, int len)
{
	return len >= (int)sizeof(*h) && h->nlmsg_len >= sizeof(*h) && h->nlmsg_len <= (unsigned int)len;
}

static bool parse_link(const struct nlmsghdr *header, struct rtnl_link *out)
{
	const struct ifinfomsg *info = NLMSG_DATA(header);
	int len = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*info));

	/* A bridge port that leaves its bridge is announced as deleted, in the bridge's family: it is still there. */
	if (len < 0 || info->ifi_family != AF_UNSPEC)
		return false;
	*out = (struct rtnl_link) { .ifindex = (uint32_t)info->ifi_index,
				    .type = info->ifi_type,
				    .up = info->ifi_flags & IFF_UP,
				    .gone = header->nlmsg_type == RTM_DELLINK };
	for (const struct rtattr *a = IFLA_RTA(info); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == IFLA_IFNAME)
			snprintf(out->name, sizeof(out->name), "%s", (const char *)RTA_DATA(a));
	}
	return out->name[0];
}

int rtnl_read(int fd, bool wait, rtnl_link_fn fn, void *ctx)
{
	_Alignas(struct nlmsghdr) char buf[32768];
	int result = -EAGAIN;

	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), wait ? 0 : MSG_DONTWAIT);
		int len = (int)n;

		if (n < 0)
			return errno == EINTR || errno == EAGAIN ? result : -errno;
		result = 0;
		for (const struct nlmsghdr *h = (const void *)buf; is_message(h, len); h = NLMSG_NEXT(h, len)) {
			struct rtnl_link link;

			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			if ((h->nlmsg_type == RTM_NEWLINK || h->nlmsg_type == RTM_DELLINK) && parse_link(h, &link))
				fn(ctx, &link);
		}
	}
}

static bool parse_filter(const struct nlmsghdr *header, struct rtnl_filter *out)
{
	const struct tcmsg *tc = NLMSG_DATA(header);
	int len = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*tc)), options_len;
	const struct rtattr *a, *o;

	*out = (struct rtnl_filter) { .handle = tc->tcm_handle, .priority = TC_H_MAJ(tc->tcm_info) >> 16 };
	/* Each priority is listed once more, by itself. */
	if (len < 0 || !tc->tcm_handle)
		return false;
	for (a = TCA_RTA(tc); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if ((a->rta_type & NLA_TYPE_MASK) != TCA_OPTIONS)
			continue;
		options_len = RTA_PAYLOAD(a);
		for (o = RTA_DATA(a); RTA_OK(o, options_len); o = RTA_NEXT(o, options_len)) {
			if (o->rta_type == TCA_BPF_NAME)
				snprintf(out->name, sizeof(out->name), "%s", (const char *)RTA_DATA(o));
		}
	}
	return true;
}

int rtnl_filters(uint32_t ifindex, uint32_t parent, rtnl_filter_fn fn, void *ctx)
{
	struct {
		struct nlmsghdr header;
		struct tcmsg tc;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = RTM_GETTFILTER,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.tc = { .tcm_ifindex = (int)ifindex, .tcm_parent = parent },
	};
	_Alignas(struct nlmsghdr) char buf[32768];
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int count = 0;

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		int len = (int)n;

		if (n < 0)
			return -errno;
		for (const struct nlmsghdr *h = (const void *)buf; is_message(h, len); h = NLMSG_NEXT(h, len)) {
			struct rtnl_filter filter;

			if (h->nlmsg_type == NLMSG_DONE)
				return count;
			if (h->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (h->nlmsg_type != RTM_NEWTFILTER || !parse_filter(h, &filter))
				continue;
			count++;
			if (fn)
				fn(ctx, &filter);
		}
	}
}

void rtnl_driver(const char *ifname, char driver[32])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (char *)&info };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	driver[0] = '\0';
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", ifname);
	if (fd >= 0 && ioctl(fd, SIOCETHTOOL, &request) == 0)
		snprintf(driver, 32, "%.31s", info.driver);
}
