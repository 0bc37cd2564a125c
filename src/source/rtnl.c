// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/rtnl.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/cleanup.h"

int rtnl_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
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

static bool parse_link(const struct nlmsghdr *header, struct rtnl_link *out)
{
	const struct ifinfomsg *info = NLMSG_DATA(header);
	int len = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*info));

	if (len < 0)
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
		for (const struct nlmsghdr *h = (const void *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
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
