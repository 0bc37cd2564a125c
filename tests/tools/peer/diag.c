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
#include "sock_diag.h"

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

int diag_state(const union address *local, const union address *remote)
{
	_Alignas(struct nlmsghdr) char buffer[4096];
	const struct inet_diag_msg *answer = NLMSG_DATA((struct nlmsghdr *)buffer);
	int err;

	err = sock_diag_ask(SOCK_DIAG_BY_FAMILY, 0, local, remote, buffer, sizeof(buffer));
	if (err && err != ENOENT)
		die("sock_diag: %s", strerror(err));
	/* Where the tuple is gone its listener answers. */
	return err || answer->idiag_state == TCP_LISTEN ? 0 : answer->idiag_state;
}

void diag_destroy(const union address *local, const union address *remote)
{
	_Alignas(struct nlmsghdr) char buffer[4096];
	int err = sock_diag_ask(SOCK_DESTROY, NLM_F_ACK, local, remote, buffer, sizeof(buffer));

	if (err)
		die("SOCK_DESTROY: %s", strerror(err));
}
