// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The kernel's side of a life: system calls, none of which blocks. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "random.h"

/* Of a call that may fail as it likes: both are in the log. */
#define CALL(l, name, detail, call)                                                                                    \
	({                                                                                                             \
		wire_drain();                                                                                          \
		int64_t t0_ = clock_ns();                                                                              \
		int result_ = (int)(call), errno_ = result_ < 0 ? errno : 0;                                           \
		log_call(l, name, t0_, result_, errno_, detail);                                                       \
		wire_drain();                                                                                          \
		errno = errno_;                                                                                        \
		result_;                                                                                               \
	})

static int new_socket(const struct actor *l)
{
	const int on = 1;
	int fd = must(socket(l->local.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	return fd;
}

void call_listen(struct actor *l)
{
	const int seconds = 5, queue = 16;

	l->listener = new_socket(l);
	if (l->deferred)
		must(setsockopt(l->listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)));
	if (l->fast)
		must(setsockopt(l->listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)));
	must(bind(l->listener, &l->local.sa, address_size(&l->local)));
	must(listen(l->listener, 16));
}

void call_accept(struct actor *l)
{
	l->fd = CALL(l, "accept", 0, accept4(l->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

void drop_listener(struct actor *l)
{
	if (l->listener >= 0)
		CALL(l, "close_listener", 0, close(l->listener));
	l->listener = -1;
}

static void note_port(struct actor *l)
{
	union address a;
	socklen_t size = sizeof(a);

	must(getsockname(l->fd, &a.sa, &size));
	*address_port(&l->local) = *address_port(&a);
}

bool call_connect(struct actor *l, bool same_port)
{
	union address from = l->local;
	int64_t t0;
	int result, err;

	if (l->fd < 0)
		l->fd = new_socket(l);
	if (!same_port)
		*address_port(&from) = 0;
	/* Where it is bound already it stays so. */
	if (same_port && CALL(l, "bind", ntohs(*address_port(&from)), bind(l->fd, &from.sa, address_size(&from))) < 0 &&
	    errno != EINVAL)
		return false;
	wire_drain();
	t0 = clock_ns();
	result = connect(l->fd, &l->peer.sa, address_size(&l->peer));
	err = result < 0 ? errno : 0;
	if (err == EINPROGRESS)
		note_port(l);
	log_call(l, "connect", t0, result, err, same_port);
	if (err == EINPROGRESS) {
		l->block = (struct block) { .isn = (uint32_t)chance(l) };
		l->block.snd_nxt = l->block.una = l->block.isn;
		l->shut = false;
	}
	wire_drain();
	return err == EINPROGRESS;
}

int unread(const struct actor *l)
{
	int ready = 0;

	if (l->fd >= 0 && ioctl(l->fd, FIONREAD, &ready) < 0)
		return 0;
	return ready;
}

void call_close(struct actor *l)
{
	int fd = l->fd, ready = unread(l);

	l->fd = -1;
	CALL(l, "close", ready, close(fd));
}

void call_shutdown(struct actor *l, int how)
{
	l->shut = true;
	CALL(l, "shutdown", how, shutdown(l->fd, how));
}

void call_linger(struct actor *l, int seconds)
{
	const struct linger how = { .l_onoff = 1, .l_linger = seconds };

	CALL(l, "linger", seconds, setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &how, sizeof(how)));
}

void call_tcp_option(struct actor *l, const char *name, int option, int value)
{
	CALL(l, name, value, setsockopt(l->fd, IPPROTO_TCP, option, &value, sizeof(value)));
}

/* One probe after a second of silence. */
void call_keepalive(struct actor *l)
{
	const int on = 1;

	must(setsockopt(l->fd, IPPROTO_TCP, TCP_KEEPIDLE, &on, sizeof(on)));
	must(setsockopt(l->fd, IPPROTO_TCP, TCP_KEEPINTVL, &on, sizeof(on)));
	must(setsockopt(l->fd, IPPROTO_TCP, TCP_KEEPCNT, &on, sizeof(on)));
	CALL(l, "keepalive", 0, setsockopt(l->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)));
}

void call_unspec(struct actor *l)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	CALL(l, "unspec", unread(l), connect(l->fd, &none, sizeof(none)));
}

void call_destroy(struct actor *l)
{
	CALL(l, "destroy", 0, ({
		     int err = look_destroy(&l->local, &l->peer);
		     errno = err;
		     err ? -1 : 0;
	     }));
}

/* A process that holds nothing but the socket is killed. */
void call_exit(struct actor *l)
{
	int ready[2], waiting = unread(l), status;
	char byte;
	pid_t pid;

	must(pipe(ready));
	pid = must(fork());
	if (pid == 0) {
		must(dup2(l->fd, 3));
		must(dup2(ready[1], 4));
		must(close_range(5, ~0U, 0));
		must((int)write(4, "", 1));
		for (;;)
			pause();
	}
	close(ready[1]);
	must((int)read(ready[0], &byte, 1));
	close(ready[0]);
	close(l->fd);
	l->fd = -1;
	CALL(l, "exit", waiting, (kill(pid, SIGKILL), waitpid(pid, &status, 0)) < 0 ? -1 : 0);
}

void call_send(struct actor *l, unsigned int length, bool urgent)
{
	static const char data[4096];

	CALL(l, urgent ? "send_urgent" : "send", (int)length,
	     send(l->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT | (urgent ? MSG_OOB : 0)));
}

void call_recv(struct actor *l)
{
	static char data[65536];

	CALL(l, "recv", 0, recv(l->fd, data, sizeof(data), MSG_DONTWAIT));
}

void call_error(struct actor *l)
{
	int err = 0;
	socklen_t size = sizeof(err);
	int64_t t0 = clock_ns();

	must(getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &err, &size));
	if (err)
		log_call(l, "error", t0, 0, err, 0);
}
