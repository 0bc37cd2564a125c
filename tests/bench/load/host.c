// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What has nothing to do with TCP and must not pay for its tracing: system calls, and timers of the kernel. */
#include "load.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define STEP 1000

int load_syscalls(const struct load_options *o)
{
	uint64_t count = 0;
	double begin = load_now(), now;

	do {
		for (int i = 0; i < STEP; i++)
			syscall(SYS_getppid);
		count += STEP;
		now = load_now();
	} while (now - begin < o->seconds);
	load_print("syscalls", "calls", count, 0, now - begin);
	return 0;
}

static void *pong(void *arg)
{
	int fd = *(int *)arg;
	char byte;

	while (recv(fd, &byte, 1, 0) == 1 && send(fd, &byte, 1, MSG_NOSIGNAL) == 1) {
	}
	return NULL;
}

/* A receive with a timeout starts a struct timer_list before it sleeps, and cancels it after (schedule_timeout()). */
int load_timers(const struct load_options *o)
{
	struct timeval second = { .tv_sec = 1 };
	uint64_t count = 0;
	double begin, now;
	pthread_t thread;
	char byte = 0;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd))
		load_die("socketpair");
	for (int i = 0; i < 2; i++)
		setsockopt(fd[i], SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (pthread_create(&thread, NULL, pong, &fd[1]))
		load_die("cannot start a thread");
	begin = load_now();
	do {
		if (send(fd[0], &byte, 1, 0) != 1 || recv(fd[0], &byte, 1, 0) != 1)
			load_die("no answer");
		count++;
		now = load_now();
	} while (now - begin < o->seconds);
	shutdown(fd[0], SHUT_RDWR);
	pthread_join(thread, NULL);
	load_print("timers", "round trips", count, 0, now - begin);
	return 0;
}
