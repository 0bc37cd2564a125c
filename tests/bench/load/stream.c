// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* One connection and what it carries: as much as it can, or one small packet each way at a time. */
#include "load.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#define CHUNK	(256 << 10)
#define MESSAGE 64

static void *swallow(struct load_server *s)
{
	int fd = accept(s->listener, NULL, NULL);
	char *buf = malloc(CHUNK);
	ssize_t n;

	if (fd < 0 || !buf)
		load_die("accept");
	while ((n = read(fd, buf, CHUNK)) > 0)
		s->count += (uint64_t)n;
	close(fd);
	free(buf);
	return NULL;
}

int load_bulk(const struct load_options *o)
{
	struct load_server server = { .o = o, .serve = swallow };
	char *buf = calloc(1, CHUNK);
	double begin;
	int fd;

	load_server_start(&server);
	fd = load_connect(o, 1);
	if (fd < 0 || !buf)
		load_die("connect");
	begin = load_now();
	while (load_now() - begin < o->seconds) {
		if (write(fd, buf, CHUNK) < 0)
			load_die("write");
	}
	close(fd);
	load_server_stop(&server);
	load_print("bulk", "bytes", server.count, 0, load_now() - begin);
	free(buf);
	return 0;
}

static bool pass_message(int fd, ssize_t (*pass)(int fd, char *buf, size_t len))
{
	char buf[MESSAGE] = { 0 };
	ssize_t n, done = 0;

	while (done < MESSAGE && (n = pass(fd, buf, (size_t)(MESSAGE - done))) > 0)
		done += n;
	return done == MESSAGE;
}

static ssize_t receive(int fd, char *buf, size_t len)
{
	return recv(fd, buf, len, 0);
}

static ssize_t transmit(int fd, char *buf, size_t len)
{
	return send(fd, buf, len, MSG_NOSIGNAL);
}

static void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void *echo(struct load_server *s)
{
	int fd = accept(s->listener, NULL, NULL);

	if (fd < 0)
		load_die("accept");
	no_delay(fd);
	while (pass_message(fd, receive) && pass_message(fd, transmit))
		s->count++;
	close(fd);
	return NULL;
}

int load_rr(const struct load_options *o)
{
	struct load_server server = { .o = o, .serve = echo };
	double begin, now;
	int fd;

	load_server_start(&server);
	fd = load_connect(o, 1);
	if (fd < 0)
		load_die("connect");
	no_delay(fd);
	begin = load_now();
	do {
		if (!pass_message(fd, transmit) || !pass_message(fd, receive))
			load_die("no answer");
		now = load_now();
	} while (now - begin < o->seconds);
	close(fd);
	load_server_stop(&server);
	load_print("rr", "transactions", server.count, 0, now - begin);
	return 0;
}
