// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The steps that act on sockets. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "side.h"

int *current(void)
{
	return &me.fd[me.at];
}

static int new_socket(void)
{
	const int off = 0, on = 1;
	int family = play.address[me.name].sa.sa_family, fd;

	fd = must(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (family == AF_INET6)
		must(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)));
	must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	return fd;
}

static void note_address(int fd)
{
	socklen_t size = sizeof(me.local);

	must(getsockname(fd, &me.local.sa, &size));
	if (me.at < CONNECTIONS && *address_port(&me.local))
		shared->used[me.at][me.name] = me.local;
}

static void note_tuple(int fd)
{
	socklen_t size = sizeof(me.remote);

	note_address(fd);
	must(getpeername(fd, &me.remote.sa, &size));
}

/* Below 20000, where neither the tests' own ports begin nor the local ports of clients. */
static void bind_port(int fd, const union address *address, unsigned int port)
{
	union address a = *address;
	unsigned int base = port ? port : 5000 + (unsigned int)getpid() % 14000;

	for (unsigned int i = 0; i < (port ? 1 : 700); i++) {
		*address_port(&a) = htons((uint16_t)(base + i));
		if (bind(fd, &a.sa, address_size(&a)) == 0)
			return;
		if (errno != EADDRINUSE)
			break;
	}
	die("bind: %s", strerror(errno));
}

void do_bind(const char *arg)
{
	int fd = *current() = new_socket();

	if (me.name == SERVER)
		bind_port(fd, &play.address[SERVER], play.port);
	else
		must(bind(fd, &play.address[CLIENT].sa, address_size(&play.address[CLIENT])));
	note_address(fd);
	shared->bound[me.name] = me.local;
}

void do_rebind(const char *arg)
{
	*current() = new_socket();
	must(bind(*current(), &shared->bound[me.name].sa, address_size(&shared->bound[me.name])));
	note_address(*current());
}

void do_listen(const char *arg)
{
	me.listener = new_socket();
	bind_port(me.listener, &play.address[SERVER], play.port);
	must(listen(me.listener, 16));
	note_address(me.listener);
	shared->bound[SERVER] = me.local;
}

/* From now on the accept queue has room for one connection. */
void do_crowded(const char *arg)
{
	must(listen(me.listener, 0));
}

void do_unlisten(const char *arg)
{
	must(close(me.listener));
	me.listener = -1;
}

void do_accept(const char *arg)
{
	*current() = must(accept(me.listener, NULL, NULL));
	note_tuple(*current());
}

static void make_socket(void)
{
	if (*current() >= 0)
		return;
	*current() = new_socket();
	if (me.name == CLIENT && play.client_address)
		must(bind(*current(), &play.address[CLIENT].sa, address_size(&play.address[CLIENT])));
}

static int connect_to(enum side_name whom)
{
	union address target = address_in_family(&shared->bound[whom], play.address[me.name].sa.sa_family);

	make_socket();
	me.remote = target;
	shared->used[me.at][whom] = shared->bound[whom];
	return connect(*current(), &target.sa, address_size(&target));
}

void do_connect(const char *arg)
{
	must(connect_to(!me.name));
	note_tuple(*current());
}

void do_self(const char *arg)
{
	must(connect_to(me.name));
	note_tuple(*current());
	shared->used[me.at][SERVER] = me.local;
}

void do_start(const char *arg)
{
	make_socket();
	must(fcntl(*current(), F_SETFL, O_NONBLOCK));
	if (connect_to(!me.name) == 0 || errno != EINPROGRESS)
		die("no EINPROGRESS: %s", strerror(errno));
	note_address(*current());
	must(fcntl(*current(), F_SETFL, 0));
}

void do_connected(const char *arg)
{
	struct pollfd p = { .fd = *current(), .events = POLLOUT };
	int err;
	socklen_t size = sizeof(err);

	must(poll(&p, 1, -1));
	must(getsockopt(*current(), SOL_SOCKET, SO_ERROR, &err, &size));
	if (err)
		die("%s", strerror(err));
	note_tuple(*current());
}

static int errno_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} ERRNOS[] = { { "ECONNREFUSED", ECONNREFUSED },
		       { "ECONNRESET", ECONNRESET },
		       { "ETIMEDOUT", ETIMEDOUT },
		       { "EADDRNOTAVAIL", EADDRNOTAVAIL } };

	for (size_t i = 0; i < sizeof(ERRNOS) / sizeof(ERRNOS[0]); i++) {
		if (strcmp(ERRNOS[i].name, name) == 0)
			return ERRNOS[i].number;
	}
	die("no such errno");
}

static void expect_failure(ssize_t result, const char *name)
{
	if (result >= 0)
		die("it did not fail");
	if (errno != errno_of(name))
		die("it failed with %s", strerror(errno));
}

void do_try(const char *arg)
{
	expect_failure(connect_to(!me.name), arg);
}

void do_fails(const char *arg)
{
	char byte;

	expect_failure(recv(*current(), &byte, 1, 0), arg);
}

void do_send(const char *arg)
{
	static const char data[65536];
	size_t left = strtoul(arg, NULL, 10);

	while (left > 0)
		left -= (size_t)must(
			(int)send(*current(), data, left < sizeof(data) ? left : sizeof(data), MSG_NOSIGNAL));
}

void do_recv(const char *arg)
{
	char data[65536];
	size_t left = strtoul(arg, NULL, 10);

	while (left > 0) {
		int got = must((int)recv(*current(), data, left < sizeof(data) ? left : sizeof(data), 0));

		if (got == 0)
			die("end of file, %zu bytes too early", left);
		left -= (size_t)got;
	}
}

void do_eof(const char *arg)
{
	char byte;

	if (must((int)recv(*current(), &byte, 1, 0)) != 0)
		die("data instead of end of file");
}

void do_unread(const char *arg)
{
	int ready = 0;

	for (; ready < atoi(arg); pause_ns(LOOK_AGAIN_NS))
		must(ioctl(*current(), FIONREAD, &ready));
}

static void note_closing(void)
{
	if (!me.closing_ns)
		me.closing_ns = now_ns();
}

void do_shut(const char *arg)
{
	note_closing();
	must(shutdown(*current(), SHUT_WR));
}

void do_close(const char *arg)
{
	note_closing();
	must(close(*current()));
	*current() = -1;
}

static void set_tcp(int option, int value)
{
	make_socket();
	must(setsockopt(*current(), IPPROTO_TCP, option, &value, sizeof(value)));
}

void do_linger(const char *arg)
{
	const struct linger zero = { .l_onoff = 1 };

	must(setsockopt(*current(), SOL_SOCKET, SO_LINGER, &zero, sizeof(zero)));
}

void do_lingertwo(const char *arg)
{
	set_tcp(TCP_LINGER2, atoi(arg));
}

void do_synonce(const char *arg)
{
	set_tcp(TCP_SYNCNT, 1);
}

/* A socket filter that takes nothing: the SYN is dropped in tcp_v4_rcv() before the listener sees it. */
void do_deaf(const char *arg)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = { .len = 1, .filter = &none };

	must(setsockopt(me.listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

/* From now on connect() finds one local port in this netns, and no other. */
void do_oneport(const char *arg)
{
	int fd = must(open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY | O_CLOEXEC));
	int probe = new_socket();
	union address a;
	socklen_t size = sizeof(a);

	/* Not bind() to 0: that one looks at the range too, and an earlier scenario may have narrowed it. */
	bind_port(probe, &(union address) { .sa.sa_family = play.address[me.name].sa.sa_family }, 0);
	must(getsockname(probe, &a.sa, &size));
	must(close(probe));
	must(dprintf(fd, "%u %u\n", ntohs(*address_port(&a)), ntohs(*address_port(&a))));
	must(close(fd));
}
