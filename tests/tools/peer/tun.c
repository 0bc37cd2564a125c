// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The device, by ioctl and rtnetlink: no other program is needed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "peer.h"

static void add_address(int netlink, const char *name, int family, const char *text, uint8_t prefix)
{
	size_t size = family == AF_INET ? 4 : 16;
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg address;
		uint8_t attributes[64];
	} query = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
			      .nlmsg_type = RTM_NEWADDR,
			      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE },
		    .address = { .ifa_family = (uint8_t)family,
				 .ifa_prefixlen = prefix,
				 .ifa_flags = IFA_F_NODAD,
				 .ifa_index = if_nametoindex(name) } };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} answer;

	for (int type = IFA_ADDRESS; type <= IFA_LOCAL; type++) {
		struct rtattr *a = (struct rtattr *)((uint8_t *)&query + NLMSG_ALIGN(query.head.nlmsg_len));

		*a = (struct rtattr) { .rta_type = (uint16_t)type, .rta_len = (uint16_t)RTA_LENGTH(size) };
		if (inet_pton(family, text, RTA_DATA(a)) != 1)
			die("no address: %s", text);
		query.head.nlmsg_len += (uint32_t)RTA_SPACE(size);
	}
	must((int)send(netlink, &query, query.head.nlmsg_len, 0));
	must((int)recv(netlink, &answer, sizeof(answer), 0));
	if (answer.error.error)
		die("address %s: %s", text, strerror(-answer.error.error));
}

int tun_open(const char *name, const char *address4, const char *address6)
{
	int fd = must(open("/dev/net/tun", O_RDWR | O_CLOEXEC)), any = must(socket(AF_INET, SOCK_DGRAM, 0));
	int netlink = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	must(ioctl(fd, TUNSETIFF, &r));
	must(ioctl(any, SIOCGIFFLAGS, &r));
	r.ifr_flags |= IFF_UP;
	must(ioctl(any, SIOCSIFFLAGS, &r));
	add_address(netlink, name, AF_INET, address4, 24);
	add_address(netlink, name, AF_INET6, address6, 64);
	close(any);
	close(netlink);
	return fd;
}
