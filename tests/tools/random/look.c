// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* sock_diag's answer for one tuple: state, timer, and whether it is a minisocket. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <string.h>

#include "random.h"
#include "../peer/sock_diag.h"

#define TIMER_OF_MINISOCKET 3

struct look look_at(const union address *local, const union address *remote)
{
	_Alignas(struct nlmsghdr) char buffer[4096];
	const struct inet_diag_msg *answer = NLMSG_DATA((struct nlmsghdr *)buffer);
	int err;

	if (*address_port((union address *)local) == 0)
		return (struct look) { STATE_GONE, -1, false };
	err = sock_diag_ask(SOCK_DIAG_BY_FAMILY, 0, local, remote, buffer, sizeof(buffer));
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

	return sock_diag_ask(SOCK_DESTROY, NLM_F_ACK, local, remote, buffer, sizeof(buffer));
}
