// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Plays random lives side by side, by a seed, between the kernel's sockets and a hostile peer on a tun device, and
 * writes down all that truly happened: each segment that the peer sent and got, each system call and its result, and
 * what sock_diag said of the tuple behind each of them. random_judge.py derives from that what records must say.
 *
 * random -s SEED -n LIVES [-w WIDTH] [-d DEVICE]     WIDTH: lives that are busy at once
 *
 * The device has 10.97.0.1 and fd97::1; the peers are 10.97.H.L and fd97::N of life N, from 2 on. Plays when a line
 * comes on stdin, so that routes can be set and a tracer can find the device before. One process and one thread: what
 * the kernel does between two looks is what one step made it do, or a timer.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "random/random.h"

#define FIRST_NUMBER 2
#define LIVES_MAX    60000

struct player me; /* what the parts of `peer` ask for */
int tun;
static struct actor *lives;
static unsigned int begun, wanted = 300, width = 150;
static uint64_t seed = 1;

void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "random: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

int must(int result)
{
	if (result < 0)
		die("%s", strerror(errno));
	return result;
}

/* ---- chance ---- */

/* splitmix64 */
uint64_t chance(struct actor *l)
{
	uint64_t z = l->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned int chance_of(struct actor *l, unsigned int n)
{
	return (unsigned int)(chance(l) % n);
}

bool percent(struct actor *l, unsigned int n)
{
	return chance_of(l, 100) < n;
}

/* ---- all lives ---- */

struct actor *life_of_number(unsigned int number)
{
	return number >= FIRST_NUMBER && number < FIRST_NUMBER + begun ? &lives[number - FIRST_NUMBER] : NULL;
}

static void begin_one(void)
{
	struct actor *l = &lives[begun++];

	l->number = begun - 1 + FIRST_NUMBER;
	l->random = seed * 0x2545f4914f6cdd1d + l->number;
	chance(l);
	l->doing_ns = clock_ns();
	life_begin(l);
}

/* Turns for all that are due. Returns when the next one is; 0 = all are over. */
static int64_t take_turns(void)
{
	unsigned int busy = 0;
	int64_t next = 0;

	for (unsigned int i = 0; i < begun; i++) {
		struct actor *l = &lives[i];

		if (!l->over && l->due_ns <= clock_ns()) {
			me.kernel = l->local;
			life_turn(l);
		}
		if (l->over)
			continue;
		busy += !l->watched;
		if (!next || l->due_ns < next)
			next = l->due_ns;
	}
	while (begun < wanted && busy < width) {
		begin_one();
		busy++;
		next = clock_ns();
	}
	return next;
}

static void play_all(void)
{
	struct pollfd p = { .fd = tun, .events = POLLIN };

	for (int64_t next; (next = take_turns());) {
		int64_t left = next - clock_ns();

		fflush(stdout);
		must(poll(&p, 1, left > 0 ? (int)(left / MS) + 1 : 0));
		wire_drain();
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: random -s SEED -n LIVES [-w WIDTH] [-d DEVICE]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct rlimit files;
	const char *device = "tun0";
	char go;

	for (int c; (c = getopt(argc, argv, "s:n:w:d:")) != -1;) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'n')
			wanted = (unsigned int)strtoul(optarg, NULL, 0);
		else if (c == 'w')
			width = (unsigned int)strtoul(optarg, NULL, 0);
		else if (c == 'd')
			device = optarg;
		else
			return usage();
	}
	if (optind != argc || wanted > LIVES_MAX || !width)
		return usage();
	must(getrlimit(RLIMIT_NOFILE, &files));
	files.rlim_cur = files.rlim_max;
	must(setrlimit(RLIMIT_NOFILE, &files));
	lives = calloc(wanted + 1, sizeof(*lives));
	if (!lives)
		die("no memory");
	tun = tun_open(device, "10.97.0.1", "fd97::1");
	must(fcntl(tun, F_SETFL, O_NONBLOCK));
	if (read(STDIN_FILENO, &go, 1) != 1)
		return 1;
	play_all();
	printf("{\"k\":\"end\",\"t0\":%lld,\"lives\":%u}\n", (long long)clock_ns(), begun);
	free(lives);
	return fflush(stdout) ? 1 : 0;
}
