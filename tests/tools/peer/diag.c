// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the kernel holds for a tuple, by sock_diag as ss asks it, and how to have it destroyed as ss -K does. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

struct query {
	struct nlmsghdr head;
	struct inet_diag_req_v2 ask;
};

static const char *const STATES[] = { "NONE",	   "ESTABLISHED", "SYN_SENT",	"SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
				      "TIME_WAIT", "CLOSE",	  "CLOSE_WAIT", "LAST_ACK", "LISTEN",	 "CLOSING" };

int state_number(const char *name)
{
	for (int i = 0; i < (int)(sizeof(STATES) / sizeof(STATES[0])); i++) {
		if (strcmp(STATES[i], name) == 0)
			return i;
	}
	die("no such state: %s", name);
}

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

static void ask(uint16_t type, uint16_t flags, const union address *local, const union address *remote)
{
	struct query q = { .head = { sizeof(q), type, (uint16_t)(NLM_F_REQUEST | flags), 0, 0 },
			   .ask = { (uint8_t)local->sa.sa_family, IPPROTO_TCP, 0, 0, ~0U,
				    .id.idiag_cookie = { ~0U, ~0U } } };

	put_end(local, &q.ask.id.idiag_sport, q.ask.id.idiag_src);
	put_end(remote, &q.ask.id.idiag_dport, q.ask.id.idiag_dst);
	must((int)send(netlink_socket(), &q, sizeof(q), 0));
}

/* Returns the answer's error, positive, or 0. */
static int hear(char *buffer, size_t size)
{
	const struct nlmsghdr *head = (const struct nlmsghdr *)buffer;

	must((int)recv(netlink_socket(), buffer, size, 0));
	return head->nlmsg_type == NLMSG_ERROR ? -((const struct nlmsgerr *)NLMSG_DATA(head))->error : 0;
}

int diag_state(const union address *local, const union address *remote)
{
	_Alignas(struct nlmsghdr) char buffer[4096];
	const struct inet_diag_msg *answer = NLMSG_DATA((struct nlmsghdr *)buffer);
	int err;

	ask(SOCK_DIAG_BY_FAMILY, 0, local, remote);
	err = hear(buffer, sizeof(buffer));
	if (err && err != ENOENT)
		die("sock_diag: %s", strerror(err));
	/* Where the tuple is gone its listener answers. */
	return err || answer->idiag_state == TCP_LISTEN ? 0 : answer->idiag_state;
}

void diag_destroy(const union address *local, const union address *remote)
{
	_Alignas(struct nlmsghdr) char buffer[4096];
	int err;

	ask(SOCK_DESTROY, NLM_F_ACK, local, remote);
	err = hear(buffer, sizeof(buffer));
	if (err)
		die("SOCK_DESTROY: %s", strerror(err));
}
