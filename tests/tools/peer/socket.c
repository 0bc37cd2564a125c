// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The steps that act on the kernel's sockets. None of them blocks: what the peer has to answer is a later step. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "peer.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static bool mapped(void)
{
	return strcmp(me.version, "mapped") == 0;
}

static union address as_seen_by_socket(const union address *a)
{
	return mapped() ? address_in_family(a, AF_INET6) : *a;
}

static int new_socket(void)
{
	const int on = 1, off = 0;
	int family = mapped() ? AF_INET6 : me.kernel.sa.sa_family;
	int fd = must(socket(family, SOCK_STREAM | SOCK_CLOEXEC, me.mptcp ? IPPROTO_MPTCP : 0));

	if (family == AF_INET6)
		must(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)));
	must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	return fd;
}

static void set_tcp(int fd, int option, int value)
{
	must(setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)));
}

/* The listener before it listens, or the connection's socket, made if there is none yet. */
static int option_socket(void)
{
	if (me.life->kernel == SERVER && *current() < 0)
		return me.listener >= 0 ? me.listener : (me.listener = new_socket());
	return *current() >= 0 ? *current() : (*current() = new_socket());
}

static void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (int64_t give_up = now_ns() + GIVE_UP_NS; must(poll(&p, 1, LOOK_AGAIN_MS)) == 0;) {
		segments_take_in(0);
		if (now_ns() > give_up)
			die("the socket does not get so far");
	}
}

void do_mptcp(const char *arg)
{
	me.mptcp = true;
}

void do_listen(const char *arg)
{
	union address a = as_seen_by_socket(&me.kernel);

	if (me.listener < 0)
		me.listener = new_socket();
	must(bind(me.listener, &a.sa, address_size(&a)));
	must(listen(me.listener, *arg ? atoi(arg) : 16));
}

void do_unlisten(const char *arg)
{
	must(close(me.listener));
	me.listener = -1;
}

void do_accept(const char *arg)
{
	wait_for(me.listener, POLLIN);
	*current() = must(accept4(me.listener, NULL, NULL, SOCK_CLOEXEC));
}

void do_bind(const char *arg)
{
	union address a = as_seen_by_socket(&me.kernel);

	*address_port(&a) = 0;
	must(bind(option_socket(), &a.sa, address_size(&a)));
}

/* The port of the connection before. */
void do_rebind(const char *arg)
{
	union address a = as_seen_by_socket(&me.kernel);

	*address_port(&a) = htons(me.flow[me.at - 1].port);
	must(bind(option_socket(), &a.sa, address_size(&a)));
}

static void note_port(void)
{
	union address a;
	socklen_t size = sizeof(a);

	must(getsockname(*current(), &a.sa, &size));
	flow()->port = ntohs(*address_port(&a));
	*address_port(&me.kernel) = htons(flow()->port);
}

void do_connect(const char *arg)
{
	union address to = as_seen_by_socket(&me.peer);
	int fd = option_socket();

	must(fcntl(fd, F_SETFL, O_NONBLOCK));
	if (connect(fd, &to.sa, address_size(&to)) == 0)
		die("it connected at once");
	if (*arg ? strcmp(strerrorname_np(errno), arg) != 0 : errno != EINPROGRESS)
		die("%s", strerror(errno));
	if (errno == EINPROGRESS)
		note_port();
}

void do_connected(const char *arg)
{
	int err;
	socklen_t size = sizeof(err);

	wait_for(*current(), POLLOUT);
	must(getsockopt(*current(), SOL_SOCKET, SO_ERROR, &err, &size));
	if (err)
		die("%s", strerror(err));
}

/* The application gets this errno. */
void do_fails(const char *arg)
{
	int err;
	socklen_t size = sizeof(err);

	wait_for(*current(), POLLERR);
	must(getsockopt(*current(), SOL_SOCKET, SO_ERROR, &err, &size));
	if (!err || strcmp(strerrorname_np(err), arg) != 0)
		die("it is %s", err ? strerrorname_np(err) : "no error");
}

void do_send(const char *arg)
{
	static const char data[1 << 20];
	size_t length = strtoul(arg, NULL, 10);

	if (length > sizeof(data) || send(*current(), data, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
		die("%s", strerror(errno));
}

void do_recv(const char *arg)
{
	static char data[1 << 16];
	size_t left = strtoul(arg, NULL, 10);

	while (left > 0) {
		wait_for(*current(), POLLIN);
		int got = must((int)recv(*current(), data, left < sizeof(data) ? left : sizeof(data), 0));

		if (got == 0)
			die("end of file, %zu bytes too early", left);
		left -= (size_t)got;
	}
}

void do_eof(const char *arg)
{
	char byte;

	wait_for(*current(), POLLIN);
	if (must((int)recv(*current(), &byte, 1, 0)) != 0)
		die("data instead of end of file");
}

void do_unread(const char *arg)
{
	int ready = 0;

	for (int64_t give_up = now_ns() + GIVE_UP_NS; ready < atoi(arg); segments_take_in(LOOK_AGAIN_MS)) {
		must(ioctl(*current(), FIONREAD, &ready));
		if (now_ns() > give_up)
			die("%d bytes", ready);
	}
}

/* Until the listener holds so many connections that nobody accepted: tcp_get_info() tells sk_ack_backlog as unacked. */
void do_queued(const char *arg)
{
	struct tcp_info info = { 0 };

	for (int64_t give_up = now_ns() + GIVE_UP_NS; info.tcpi_unacked < (unsigned int)atoi(arg);) {
		socklen_t size = sizeof(info);

		must(getsockopt(me.listener, IPPROTO_TCP, TCP_INFO, &info, &size));
		if (now_ns() > give_up)
			die("%u are queued", info.tcpi_unacked);
		segments_take_in(LOOK_AGAIN_MS);
	}
}

void do_shut(const char *arg)
{
	me.closing_ns = now_ns();
	must(shutdown(*current(), SHUT_WR));
}

void do_close(const char *arg)
{
	me.closing_ns = now_ns();
	must(close(*current()));
	*current() = -1;
}

void do_linger(const char *arg)
{
	const struct linger l = { .l_onoff = 1, .l_linger = atoi(arg) };

	must(setsockopt(*current(), SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
}

void do_linger2(const char *arg)
{
	set_tcp(option_socket(), TCP_LINGER2, atoi(arg));
}

void do_patience(const char *arg)
{
	set_tcp(option_socket(), TCP_USER_TIMEOUT, atoi(arg));
}

void do_synonce(const char *arg)
{
	set_tcp(option_socket(), TCP_SYNCNT, 1);
}

void do_defer(const char *arg)
{
	set_tcp(option_socket(), TCP_DEFER_ACCEPT, atoi(arg));
}

void do_fast(const char *arg)
{
	set_tcp(option_socket(), TCP_FASTOPEN, 16);
}

/* connect() and the first bytes in one call: they go out with the SYN. */
void do_fastsend(const char *arg)
{
	static const char data[1024];
	union address to = as_seen_by_socket(&me.peer);
	size_t length = strtoul(arg, NULL, 10);
	int fd = option_socket();

	must(fcntl(fd, F_SETFL, O_NONBLOCK));
	if (sendto(fd, data, length, MSG_FASTOPEN | MSG_NOSIGNAL, &to.sa, address_size(&to)) < 0 &&
	    errno != EINPROGRESS)
		die("%s", strerror(errno));
	note_port();
}

/* A connect() that was not to the tuple's taste before. */
void do_unspec(const char *arg)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	must(connect(*current(), &none, sizeof(none)));
}

void do_destroy(const char *arg)
{
	diag_destroy(&me.kernel, &me.peer);
}

void do_keepalive(const char *arg)
{
	const int on = 1;

	must(setsockopt(*current(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)));
	set_tcp(*current(), TCP_KEEPIDLE, 1);
	set_tcp(*current(), TCP_KEEPINTVL, 1);
	set_tcp(*current(), TCP_KEEPCNT, 1);
}
