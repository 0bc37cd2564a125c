// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 4096

double load_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void load_die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

void load_print(const char *name, const char *unit, uint64_t count, uint64_t failed, double seconds)
{
	printf("{\"load\":\"%s\",\"unit\":\"%s\",\"count\":%llu,\"failed\":%llu,\"seconds\":%.6f,\"rate\":%.3f}\n",
	       name, unit, (unsigned long long)count, (unsigned long long)failed, seconds, (double)count / seconds);
	if (fflush(stdout))
		load_die("stdout");
}

void load_enter_netns(const char *name)
{
	char path[128];
	int fd;

	if (!name)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		load_die(path);
	close(fd);
}

static void *listen_in_netns(void *arg)
{
	struct load_server *s = arg;
	union address a = s->o->server;
	int one = 1;

	load_enter_netns(s->o->server_netns);
	s->listener = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(s->listener, &a.sa, address_size(&a)) || listen(s->listener, BACKLOG))
		load_die("cannot listen");
	return NULL;
}

static void *serve(void *arg)
{
	struct load_server *s = arg;

	return s->serve(s);
}

void load_server_start(struct load_server *s)
{
	pthread_t helper;

	if (pthread_create(&helper, NULL, listen_in_netns, s) || pthread_join(helper, NULL) ||
	    pthread_create(&s->thread, NULL, serve, s))
		load_die("cannot start a thread");
}

void load_server_stop(struct load_server *s)
{
	shutdown(s->listener, SHUT_RD);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

/* So that tuples do not run out: 65536 addresses, each with all local ports. */
static void bind_nth(int fd, const union address *client, uint64_t nth)
{
	union address a = *client;
	int one = 1;

	if (a.sa.sa_family == AF_INET && (ntohl(a.v4.sin_addr.s_addr) & 0xffff) == 0)
		a.v4.sin_addr.s_addr = htonl(ntohl(a.v4.sin_addr.s_addr) | (nth & 0xffff));
	if (a.sa.sa_family == AF_INET6 && !a.v6.sin6_addr.s6_addr16[7])
		a.v6.sin6_addr.s6_addr16[7] = htons(nth & 0xffff);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, &a.sa, address_size(&a)))
		load_die("cannot bind the client's address");
}

int load_connect(const struct load_options *o, uint64_t nth)
{
	union address a = o->server;
	int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		load_die("socket");
	if (o->client.sa.sa_family)
		bind_nth(fd, &o->client, nth);
	if (!connect(fd, &a.sa, address_size(&a)))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}
