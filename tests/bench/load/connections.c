// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Many connections: one after the other, or all at once. One thread at each end. */
#include "load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (64 << 10)

static char zeros[CHUNK];

static void send_body(int fd, uint64_t bytes)
{
	while (bytes) {
		ssize_t n = send(fd, zeros, bytes < CHUNK ? bytes : CHUNK, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes -= (uint64_t)n;
	}
}

static void *answer_each(struct load_server *s)
{
	char byte[64];
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		send_body(fd, s->o->body);
		while (read(fd, byte, sizeof(byte)) > 0) {
		}
		close(fd);
		s->count++;
	}
	return NULL;
}

static bool take_body(int fd, uint64_t bytes)
{
	char buf[CHUNK];

	while (bytes) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n <= 0)
			return false;
		bytes -= (uint64_t)n;
	}
	return true;
}

/* A listener that goes away resets what nobody accepted: not before the server has seen all of them to their end. */
static void wait_for_server(const struct load_server *s, uint64_t count)
{
	double deadline = load_now() + 10;

	while (s->count < count && load_now() < deadline)
		usleep(1000);
}

static volatile sig_atomic_t told_to_stop;

static void stop(int signal)
{
	told_to_stop = 1;
}

/* The client closes first once it has the whole body, so TIME_WAIT is its. SIGTERM ends it as its time would. */
/* Not before its time has come. */
static void keep_to_rate(const struct load_options *o, uint64_t made, double begin)
{
	double wait = o->rate ? begin + (double)made / (double)o->rate - load_now() : 0;
	struct timespec t = { .tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9) };

	if (wait > 0)
		nanosleep(&t, NULL);
}

int load_churn(const struct load_options *o)
{
	struct load_server server = { .o = o, .serve = answer_each };
	uint64_t made = 0, failed = 0;
	double begin, now;

	signal(SIGTERM, stop); /* glibc's restarts the server's accept() */
	load_server_start(&server);
	begin = load_now();
	do {
		int fd = load_connect(o, made + failed);

		if (fd >= 0 && take_body(fd, o->body))
			made++;
		else
			failed++;
		if (fd >= 0)
			close(fd);
		keep_to_rate(o, made + failed, begin);
		now = load_now();
	} while (!told_to_stop && (o->count ? made + failed < o->count : now - begin < o->seconds));
	wait_for_server(&server, made);
	load_server_stop(&server);
	load_print("churn", "connections", made, failed, now - begin);
	return 0;
}

static void *keep_each(struct load_server *s)
{
	while (accept(s->listener, NULL, NULL) >= 0)
		s->count++;
	return NULL;
}

/* Connections that a process can hold both ends of, as far as its limit of open files goes. */
static uint64_t room_for_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		load_die("RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max < 128)
		load_die("RLIMIT_NOFILE");
	return (limit.rlim_max - 64) / 2;
}

static void wait_for_end_of_input(void)
{
	while (getchar() != EOF) {
	}
}

/* In a process of its own, with a port of its own. */
static void hold(const struct load_options *o, uint64_t first, uint64_t count, int held)
{
	struct load_options own = *o;
	struct load_server server = { .o = &own, .serve = keep_each };
	char byte = 0;

	*address_port(&own.server) = htons((uint16_t)(ntohs(*address_port(&own.server)) + first / count));
	load_server_start(&server);
	for (uint64_t i = first; i < first + count && i < o->count; i++) {
		if (load_connect(&own, i) < 0)
			load_die("connect");
	}
	if (write(held, &byte, 1) != 1)
		load_die("pipe");
	wait_for_end_of_input();
	load_server_stop(&server);
	exit(0);
}

/* Says when all are open, and holds them until stdin ends. */
int load_hold(const struct load_options *o)
{
	uint64_t room = room_for_connections(), holders = 0;
	double begin = load_now();
	int held[2], status;
	char byte;

	if (pipe(held))
		load_die("pipe");
	for (uint64_t first = 0; first < o->count; first += room, holders++) {
		if (!fork())
			hold(o, first, room, held[1]);
	}
	close(held[1]);
	for (uint64_t i = 0; i < holders; i++) {
		if (read(held[0], &byte, 1) != 1)
			load_die("not all could be opened");
	}
	load_print("hold", "connections", o->count, 0, load_now() - begin);
	wait_for_end_of_input();
	while (wait(&status) > 0) {
	}
	return 0;
}
