// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/host_now.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "core/tcp_state.h"
#include "lib/cleanup.h"
#include "lib/host_clock.h"
#include "source/local_ports.h"
#include "source/netns.h"

#define FRESH_NS      1000000000ULL
#define LISTENERS_MAX 65536 /* beyond, who listens is not known */
#define ANSWER_MS     200   /* the kernel answers while it is asked; never wait for ever */

struct host_now {
	int netns, diag; /* negative = none */
	uint64_t read_ns;
	uint32_t sequence;
	struct host_facts facts;
	struct host_listener *listener;
	size_t room;
};

static int open_diag(int netns)
{
	const struct timeval patience = { .tv_usec = ANSWER_MS * 1000 };
	int back, fd;

	if (netns_enter(netns, &back))
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	netns_leave(&back);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

struct host_now *host_now_new(const char *netns)
{
	struct host_now *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->netns = netns_open(netns);
	h->diag = h->netns < 0 ? -1 : open_diag(h->netns);
	if (h->netns < 0)
		host_now_free(&h);
	return h;
}

void host_now_free(struct host_now **hp)
{
	struct host_now *h = TAKE_PTR(*hp);

	if (!h)
		return;
	if (h->netns >= 0)
		close(h->netns);
	if (h->diag >= 0)
		close(h->diag);
	free(h->listener);
	free(h);
}

/* ---- settings ---- */

static int64_t read_number(const char *path, unsigned int nth)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	long long value = HOST_NOT_KNOWN;

	for (unsigned int i = 0; f && i < nth; i++)
		if (fscanf(f, "%lld", &value) != 1)
			return HOST_NOT_KNOWN;
	return value;
}

/* /proc/sys/net is that of the task's own network namespace. */
static void read_settings(struct host_facts *f)
{
#define _(name, text, path, nth) f->setting[HOST_##name] = read_number("/proc/sys/net/" path, nth);
	HOST_SETTINGS(_)
#undef _
}

/* ---- listeners ---- */

static bool ask(struct host_now *h, int family)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} q = {
		.head = { .nlmsg_len = sizeof(q),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_seq = ++h->sequence },
		.request = { .sdiag_family = (uint8_t)family,
			     .sdiag_protocol = IPPROTO_TCP,
			     .idiag_states = 1U << TCPS_LISTEN },
	};

	return send(h->diag, &q, sizeof(q), 0) == sizeof(q);
}

static bool make_room(struct host_now *h)
{
	size_t room = h->room ? 2 * h->room : 64;
	struct host_listener *more;

	if (h->facts.listener_count < h->room)
		return true;
	more = room <= LISTENERS_MAX ? realloc(h->listener, room * sizeof(*more)) : NULL;
	if (!more)
		return false;
	h->listener = more;
	h->room = room;
	return true;
}

/* len: of what follows the message. */
static bool is_only_v6(const struct inet_diag_msg *m, int len)
{
	const struct nlattr *a = (const void *)(m + 1);

	while (len >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= len) {
		int size = NLA_ALIGN(a->nla_len);

		if (a->nla_type == INET_DIAG_SKV6ONLY && a->nla_len > NLA_HDRLEN)
			return ((const uint8_t *)a)[NLA_HDRLEN];
		len -= size;
		a = (const void *)((const char *)a + size);
	}
	return false;
}

static bool add_listener(struct host_now *h, const struct inet_diag_msg *m, int len)
{
	struct host_listener l = { .waiting = m->idiag_rqueue,
				   .limit = m->idiag_wqueue,
				   .only_v6 = m->idiag_family == AF_INET6 && is_only_v6(m, len) };

	if (!make_room(h))
		return false;
	l.end.port = ntohs(m->id.idiag_sport);
	if (m->idiag_family == AF_INET6) {
		memcpy(l.end.addr, m->id.idiag_src, 16);
	} else {
		memset(l.end.addr + 10, 0xff, 2);
		memcpy(l.end.addr + 12, m->id.idiag_src, 4);
	}
	h->listener[h->facts.listener_count++] = l;
	return true;
}

enum answer { ANSWER_MORE, ANSWER_DONE, ANSWER_BAD };

static enum answer take(struct host_now *h, const struct nlmsghdr *head)
{
	const struct inet_diag_msg *m = NLMSG_DATA(head);
	int len = (int)head->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*m));

	if (head->nlmsg_seq != h->sequence)
		return ANSWER_MORE; /* of a question that was given up */
	if (head->nlmsg_type == NLMSG_DONE)
		return ANSWER_DONE;
	if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY || head->nlmsg_flags & NLM_F_DUMP_INTR || len < 0)
		return ANSWER_BAD;
	return add_listener(h, m, len) ? ANSWER_MORE : ANSWER_BAD;
}

static bool read_family(struct host_now *h, int family)
{
	_Alignas(struct nlmsghdr) char buf[32768];
	enum answer answer = ANSWER_MORE;

	if (!ask(h, family))
		return false;
	while (answer == ANSWER_MORE) {
		ssize_t n = recv(h->diag, buf, sizeof(buf), 0);
		size_t left = n > 0 ? (size_t)n : 0;
		const char *at = buf;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		while (answer == ANSWER_MORE && left >= sizeof(struct nlmsghdr)) {
			const struct nlmsghdr *head = (const void *)at;
			size_t size = NLMSG_ALIGN(head->nlmsg_len);

			if (head->nlmsg_len < sizeof(*head) || head->nlmsg_len > left)
				return false;
			answer = take(h, head);
			at += size;
			left -= size < left ? size : left;
		}
	}
	return answer == ANSWER_DONE;
}

/* Without CONFIG_INET_DIAG, or with IPv6 off, the kernel answers with an error: not all are known then. */
static void read_listeners(struct host_now *h)
{
	struct host_facts *f = &h->facts;

	f->listener_count = 0;
	f->listeners_known = h->diag >= 0 && read_family(h, AF_INET) && read_family(h, AF_INET6);
	f->listener = h->listener;
}

const struct host_facts *host_now_read(void *host_now)
{
	struct host_now *h = host_now;
	uint64_t now_ns = host_clock_ns(CLOCK_MONOTONIC);
	int back;

	if (h->read_ns && now_ns - h->read_ns < FRESH_NS)
		return &h->facts;
	h->read_ns = now_ns;
	h->facts.netns = netns_inum(h->netns);
	for (int i = 0; i < HOST_SETTING_COUNT; i++)
		h->facts.setting[i] = HOST_NOT_KNOWN;
	if (!netns_enter(h->netns, &back)) {
		read_settings(&h->facts);
		local_ports_here(h->facts.netns, &h->facts.ports);
		netns_leave(&back);
	}
	read_listeners(h);
	return &h->facts;
}
