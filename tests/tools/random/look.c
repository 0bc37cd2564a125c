// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* sock_diag's answer for one tuple: state, timer, and whether it is a minisocket. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

#include "random.h"

struct query {
	struct nlmsghdr head;
	struct inet_diag_req_v2 ask;
};

#define TIMER_OF_MINISOCKET 3

static void put_end(const union address *a, __be16 *port, __be32 out[4])
{
	*port = *address_port((union address *)a);
	if (a->sa.sa_family == AF_INET)
		memcpy(out, &a->v4.sin_addr, 4);
	else
		memcpy(out, &a->v6.sin6_addr, 16);
}

static int netlink_socket(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
	return fd;
}

/* Returns 0 or an errno; the answer is in the buffer. */
static int ask(uint16_t type, uint16_t flags, const union address *local, const union address *remote, char *buffer,
	       size_t size)
{
	struct query q = { .head = { sizeof(q), type, (uint16_t)(NLM_F_REQUEST | flags), 0, 0 },
			   .ask = { (uint8_t)local->sa.sa_family, IPPROTO_TCP, 0, 0, ~0U,
				    .id.idiag_cookie = { ~0U, ~0U } } };
	const struct nlmsghdr *head = (const struct nlmsghdr *)buffer;

	put_end(local, &q.ask.id.idiag_sport, q.ask.id.idiag_src);
	put_end(remote, &q.ask.id.idiag_dport, q.ask.id.idiag_dst);
	must((int)send(netlink_socket(), &q, sizeof(q), 0));
	must((int)recv(netlink_socket(), buffer, size, 0));
	return head->nlmsg_type == NLMSG_ERROR ? -((const struct nlmsgerr *)NLMSG_DATA(head))->error : 0;
}

struct look look_at(const union address *local, const union address *remote)
{
	_Alignas(struct nlmsghdr) char buffer[4096];
	const struct inet_diag_msg *answer = NLMSG_DATA((struct nlmsghdr *)buffer);
	int err;

	if (*address_port((union address *)local) == 0)
		return (struct look) { STATE_GONE, -1, false };
	err = ask(SOCK_DIAG_BY_FAMILY, 0, local, remote, buffer, sizeof(buffer));
	if (err && err != ENOENT)
		die("sock_diag: %s", strerror(err));
	/* Where the tuple is gone its listener answers. */
	if (err || answer->idiag_state == TCP_LISTEN)
		return (struct look) { STATE_GONE, -1, false };
	return (struct look) { answer->idiag_state, answer->idiag_timer ? (int)answer->idiag_expires : -1,
			       answer->idiag_timer == TIMER_OF_MINISOCKET };
}

int look_destroy(const union address *local, const union address *remote)
{
	_Alignas(struct nlmsghdr) char buffer[4096];

	return ask(SOCK_DESTROY, NLM_F_ACK, local, remote, buffer, sizeof(buffer));
}
