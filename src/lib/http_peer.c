// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Who is at the other end of a connection. On a socket in the file system the kernel says it (SO_PEERCRED). On TCP the
 * other end may be a socket of this network namespace: its owner is asked for by its pair of addresses (sock_diag).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/http_private.h"

#define KEY_USER (1ULL << 32)
#define KEY_IPV4 (2ULL << 32)

enum { STATE_LISTEN = 10 }; /* include/net/tcp_states.h */

int http_peer_init(struct http *h)
{
	h->diag_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
	return h->diag_fd < 0 ? -errno : 0;
}

/* ---- addresses ---- */

struct end {
	uint8_t family;
	uint16_t port; /* in network order */
	uint32_t address[4], scope;
};

/* IPv4 as IPv6 is IPv4. False for what is neither. */
static bool end_of(const struct sockaddr_storage *from, struct end *out)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	if (from->ss_family == AF_INET) {
		*out = (struct end) { .family = AF_INET, .port = v4->sin_port, .address = { v4->sin_addr.s_addr } };
		return true;
	}
	if (from->ss_family != AF_INET6)
		return false;
	*out = (struct end) { .family = AF_INET6, .port = v6->sin6_port, .scope = v6->sin6_scope_id };
	memcpy(out->address, &v6->sin6_addr, sizeof(out->address));
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		*out = (struct end) { .family = AF_INET, .port = v6->sin6_port, .address = { out->address[3] } };
	return true;
}

static uint64_t address_key(const struct end *e)
{
	if (e->family == AF_INET)
		return KEY_IPV4 | ntohl(e->address[0]);
	return (uint64_t)ntohl(e->address[0]) << 32 | ntohl(e->address[1]);
}

/* ---- the owner of a socket ---- */

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 request;
};

struct reply {
	struct nlmsghdr head;
	struct inet_diag_msg socket;
};

static bool ask(struct http *h, const struct end *peer, const struct end *here)
{
	struct question q = {
		.head = { .nlmsg_len = sizeof(q),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_seq = ++h->diag_seq },
		.request = { .sdiag_family = peer->family,
			     .sdiag_protocol = IPPROTO_TCP,
			     .idiag_states = ~0U,
			     .id = { .idiag_sport = peer->port,
				     .idiag_dport = here->port,
				     .idiag_if = peer->scope,
				     .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	memcpy(q.request.id.idiag_src, peer->address, sizeof(peer->address));
	memcpy(q.request.id.idiag_dst, here->address, sizeof(here->address));
	return sendto(h->diag_fd, &q, sizeof(q), 0, (struct sockaddr *)&kernel, sizeof(kernel)) == sizeof(q);
}

/*
 * The kernel takes a listener if there is no such connection. A socket that no program holds any more has inode 0, and
 * root for its owner.
 */
static bool is_answer(const struct reply *r, size_t len, const struct end *peer, const struct end *here)
{
	return len >= sizeof(*r) && r->head.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	       r->socket.idiag_state != STATE_LISTEN && r->socket.idiag_inode &&
	       r->socket.id.idiag_sport == peer->port && r->socket.id.idiag_dport == here->port;
}

/* The kernel answers while the question is sent. */
static bool owner_of(struct http *h, const struct end *peer, const struct end *here, uid_t *uid)
{
	union {
		struct reply reply;
		char room[1024];
	} in;
	ssize_t len;

	if (h->diag_fd < 0 || peer->family != here->family || !ask(h, peer, here))
		return false;
	do
		len = recv(h->diag_fd, &in, sizeof(in), MSG_DONTWAIT);
	while (len >= (ssize_t)sizeof(in.reply.head) && in.reply.head.nlmsg_seq != h->diag_seq);
	if (len < 0 || !is_answer(&in.reply, (size_t)len, peer, here))
		return false;
	*uid = in.reply.socket.idiag_uid;
	return true;
}

/* ---- a connection ---- */

static struct http_peer user(uid_t uid)
{
	return (struct http_peer) { .key = KEY_USER | uid, .has_uid = true, .uid = uid };
}

struct http_peer http_peer_of(struct http *h, int fd)
{
	struct sockaddr_storage peer = { 0 }, here = { 0 };
	socklen_t peer_len = sizeof(peer), here_len = sizeof(here), len = sizeof(struct ucred);
	struct end there, local;
	struct ucred cred;
	uid_t uid;

	if (getpeername(fd, (struct sockaddr *)&peer, &peer_len) ||
	    getsockname(fd, (struct sockaddr *)&here, &here_len))
		return (struct http_peer) { 0 };
	if (peer.ss_family == AF_UNIX && !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return user(cred.uid);
	if (!end_of(&peer, &there) || !end_of(&here, &local))
		return (struct http_peer) { 0 };
	if (owner_of(h, &there, &local, &uid))
		return user(uid);
	return (struct http_peer) { .key = address_key(&there) };
}
