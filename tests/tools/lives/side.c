// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* One side's process: runs the script. */
#include "side.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WATCHDOG_SECS 120 /* a scenario that hangs is a failure; the longest wait is TIME_WAIT, up to 65 s */

const char *const SIDE_NAME[SIDES] = { "client", "server" };
struct shared *shared;
struct play play = { .count = 1 };
struct side me;

void die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "lives: %s: %s: %s: ", play.scenario->name, SIDE_NAME[me.name], me.step ? me.step : "setup");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	_exit(1);
}

int must(int result)
{
	if (result < 0)
		die("%s", strerror(errno));
	return result;
}

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void pause_ns(long ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000L, .tv_nsec = ns % 1000000000L };

	nanosleep(&t, NULL);
}

void do_tell(const char *arg)
{
	must((int)write(me.say, "", 1));
}

void do_await(const char *arg)
{
	char byte;

	if (must((int)read(me.hear, &byte, 1)) != 1)
		die("the other side is gone");
}

static void run_command(const char *command)
{
	int status = system(command);

	if (status != 0)
		die("%s: status %d", command, status);
}

void do_hold(const char *arg)
{
	run_command(play.hold);
}

void do_release(const char *arg)
{
	run_command(play.release);
}

void do_think(const char *arg)
{
	pause_ns(play.think_ms * 1000000L);
}

void do_next(const char *arg)
{
	me.at++;
	me.closing_ns = 0;
}

void do_first(const char *arg)
{
	me.at = 0;
}

void do_exit(const char *arg)
{
	_exit(0);
}

void do_kill(const char *arg)
{
	raise(SIGKILL);
}

static void run_step(char *step)
{
	static const struct {
		const char *name;
		void (*run)(const char *arg);
	} TABLE[] = {
#define _(name) { #name, do_##name },
		STEPS(_)
#undef _
	};
	char *arg = strchr(step, ':');
	size_t length = arg ? (size_t)(arg - step) : strlen(step);

	me.step = step;
	for (size_t i = 0; i < sizeof(TABLE) / sizeof(TABLE[0]); i++) {
		if (strlen(TABLE[i].name) == length && strncmp(TABLE[i].name, step, length) == 0) {
			TABLE[i].run(arg ? arg + 1 : "");
			return;
		}
	}
	die("no such step");
}

static void enter_netns(const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = must(open(path, O_RDONLY | O_CLOEXEC));
	must(setns(fd, CLONE_NEWNET));
	must(close(fd));
}

static bool holds_timewait(void)
{
	return strstr(play.scenario->timewait, SIDE_NAME[me.name]) != NULL;
}

void play_side(enum side_name name, int hear, int say)
{
	char *steps = strdup(name == CLIENT ? play.scenario->client : play.scenario->server), *rest = steps;

	me = (struct side) { .name = name, .listener = -1, .fd = { -1, -1 }, .hear = hear, .say = say };
	alarm(WATCHDOG_SECS);
	/* A busy host must not widen the watcher's brackets. Where that is refused they are wider, not wrong. */
	if (play.watch)
		sched_setscheduler(0, SCHED_FIFO, &(struct sched_param) { .sched_priority = 1 });
	if (play.netns[name])
		enter_netns(play.netns[name]);
	for (char *step; steps && (step = strsep(&rest, " "));) {
		if (*step)
			run_step(step);
	}
	free(steps);
	if (play.watch && holds_timewait())
		watch_timewait();
	_exit(0);
}
