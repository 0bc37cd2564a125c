// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The steps that wait for a state, by TCP_INFO while there is a descriptor and by sock_diag after it is closed. */
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "side.h"

#define TIMEWAIT_SECS  60 /* TCP_TIMEWAIT_LEN */
#define LOOK_LAZILY_NS 50000000L

static const char *const STATES[] = { "NONE",	   "ESTABLISHED", "SYN_SENT",	"SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",
				      "TIME_WAIT", "CLOSE",	  "CLOSE_WAIT", "LAST_ACK", "LISTEN",	 "CLOSING" };

static int state_number(const char *name)
{
	for (int i = 0; i < (int)(sizeof(STATES) / sizeof(STATES[0])); i++) {
		if (strcmp(STATES[i], name) == 0)
			return i;
	}
	die("no such state");
}

void do_state(const char *arg)
{
	struct tcp_info info;
	socklen_t size;

	do {
		size = sizeof(info);
		must(getsockopt(*current(), IPPROTO_TCP, TCP_INFO, &info, &size));
	} while (info.tcpi_state != state_number(arg) && (pause_ns(LOOK_AGAIN_NS), true));
}

/* Until the listener holds so many connections that nobody accepted: tcp_get_info() tells sk_ack_backlog as unacked. */
void do_queued(const char *arg)
{
	struct tcp_info info = { 0 };
	socklen_t size;

	for (; info.tcpi_unacked < (unsigned int)atoi(arg); pause_ns(LOOK_AGAIN_NS)) {
		size = sizeof(info);
		must(getsockopt(me.listener, IPPROTO_TCP, TCP_INFO, &info, &size));
	}
}

static void diag_address(const union address *a, __be16 *port, __be32 out[4])
{
	*port = *address_port((union address *)a);
	if (a->sa.sa_family == AF_INET)
		memcpy(out, &a->v4.sin_addr, 4);
	else
		memcpy(out, &a->v6.sin6_addr, 16);
}

/* The kernel's state of the last tuple of this side; 0 = the tuple is gone. A minisocket shows its substate. */
static int diag_state(void)
{
	static int netlink = -1;
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 ask;
	} query = { .head = { sizeof(query), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0 },
		    .ask = { (__u8)me.local.sa.sa_family, IPPROTO_TCP, 0, 0, ~0U, .id.idiag_cookie = { ~0U, ~0U } } };
	_Alignas(struct nlmsghdr) char buffer[4096];
	const struct nlmsghdr *head = (const struct nlmsghdr *)buffer;
	const struct inet_diag_msg *answer = NLMSG_DATA(head);

	if (netlink < 0)
		netlink = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
	diag_address(&me.local, &query.ask.id.idiag_sport, query.ask.id.idiag_src);
	diag_address(&me.remote, &query.ask.id.idiag_dport, query.ask.id.idiag_dst);
	must((int)send(netlink, &query, sizeof(query), 0));
	must((int)recv(netlink, buffer, sizeof(buffer), 0));
	if (head->nlmsg_type == NLMSG_ERROR) {
		int err = -((const struct nlmsgerr *)NLMSG_DATA(head))->error;

		if (err != ENOENT)
			die("sock_diag: %s", strerror(err));
		return 0;
	}
	/* Where the tuple is gone its listener answers. */
	return answer->idiag_state == TCP_LISTEN ? 0 : answer->idiag_state;
}

void do_find(const char *arg)
{
	while (diag_state() != state_number(arg))
		pause_ns(LOOK_AGAIN_NS);
	me.found_ns = now_ns();
}

void do_gone(const char *arg)
{
	while (diag_state() != 0)
		pause_ns(LOOK_AGAIN_NS);
}

/* tcp_tw_reuse_delay cannot be asked for: age in ms since the state was found, since TIME_WAIT may be later than
 * close(). */
void do_age(const char *arg)
{
	int64_t left = me.found_ns + atoi(arg) * 1000000LL - now_ns();

	if (left > 0)
		pause_ns((long)left);
}

void watch_timewait(void)
{
	struct watched *w = &shared->watched[me.name];
	int64_t looked = me.closing_ns;
	bool lazy;

	/* Where the first look finds it already, it began between close() and now. */
	do {
		w->made_after = looked;
		looked = now_ns();
	} while (diag_state() != TCP_TIME_WAIT && (pause_ns(LOOK_AGAIN_NS), true));
	w->made_before = now_ns();
	do {
		lazy = now_ns() - w->made_before < (TIMEWAIT_SECS - 1) * 1000000000LL;
		w->gone_after = looked;
		pause_ns(lazy ? LOOK_LAZILY_NS : LOOK_AGAIN_NS);
		looked = now_ns();
	} while (diag_state() == TCP_TIME_WAIT);
	w->gone_before = now_ns();
}
