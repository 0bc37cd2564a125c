// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "sock_diag.h"

struct query {
	struct nlmsghdr head;
	struct inet_diag_req_v2 ask;
};

static void put_end(const union address *a, __be16 *port, __be32 out[4])
{
	*port = *address_port((union address *)a);
	if (a->sa.sa_family == AF_INET)
		memcpy(out, &a->v4.sin_addr, 4);
	else
		memcpy(out, &a->v6.sin6_addr, 16);
}

int sock_diag_ask(uint16_t type, uint16_t flags, const union address *local, const union address *remote, void *answer,
		  size_t size)
{
	static int fd = -1;
	struct query q = { .head = { sizeof(q), type, (uint16_t)(NLM_F_REQUEST | flags), 0, 0 },
			   .ask = { (uint8_t)local->sa.sa_family, IPPROTO_TCP, 0, 0, ~0U,
				    .id.idiag_cookie = { ~0U, ~0U } } };
	const struct nlmsghdr *head = answer;

	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	put_end(local, &q.ask.id.idiag_sport, q.ask.id.idiag_src);
	put_end(remote, &q.ask.id.idiag_dport, q.ask.id.idiag_dst);
	if (fd < 0 || send(fd, &q, sizeof(q), 0) < 0 || recv(fd, answer, size, 0) < 0)
		return errno;
	return head->nlmsg_type == NLMSG_ERROR ? -((const struct nlmsgerr *)NLMSG_DATA(head))->error : 0;
}
