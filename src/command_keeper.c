// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "command_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command_cgroup.h"
#include "lib/host_clock.h"
#include "lib/log.h"

#define NOT_EXECUTABLE 126
#define NOT_FOUND      127

/* What is sent to a terminal's group, or to the tracer, is the command's to decide on: the keeper outlives it. */
static const int KEPT[] = { SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE };
#define KEPT_COUNT (sizeof(KEPT) / sizeof(KEPT[0]))

struct keeper {
	char **command;
	int control, report, start[2];	     /* start: its end lets the command go */
	int children;			     /* signalfd of SIGCHLD */
	char cgroup[4096];		     /* "" = none */
	sigset_t mask;			     /* the caller's, */
	struct sigaction action[KEPT_COUNT]; /* and what it did with the signals of KEPT */
	pid_t pid;
	uint64_t begin_ns;
};

/* ---- the command's own process */

static bool id_of(const char *variable, unsigned int *out)
{
	const char *text = getenv(variable);
	char *end;
	unsigned long n;

	if (!text || !*text)
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	*out = (unsigned int)n;
	return !errno && !*end && n < UINT32_MAX;
}

/* Of sudo's caller: what runs is not what needs root. False after a message. */
static bool become_caller(void)
{
	unsigned int uid, gid;
	const struct passwd *p;

	if (geteuid() || !id_of("SUDO_UID", &uid) || !id_of("SUDO_GID", &gid) || !uid)
		return true;
	p = getpwuid(uid);
	if ((p ? initgroups(p->pw_name, gid) : setgroups(0, NULL)) || setgid(gid) || setuid(uid)) {
		log_errno(-errno, "cannot become user %u", uid);
		return false;
	}
	if (p) {
		setenv("HOME", p->pw_dir, 1);
		setenv("USER", p->pw_name, 1);
		setenv("LOGNAME", p->pw_name, 1);
		setenv("SHELL", p->pw_shell, 1);
	}
	return true;
}

static void run(struct keeper *k) __attribute__((noreturn));

static void run(struct keeper *k)
{
	char go;
	int err;

	close(k->start[1]);
	if (k->cgroup[0] && (err = command_cgroup_enter(k->cgroup)))
		_exit((log_errno(err, "cannot enter %s", k->cgroup), NOT_EXECUTABLE));
	for (size_t i = 0; i < KEPT_COUNT; i++)
		sigaction(KEPT[i], &k->action[i], NULL);
	sigprocmask(SIG_SETMASK, &k->mask, NULL);
	if (read(k->start[0], &go, 1) != 1)
		_exit(0); /* not to be run */
	if (!become_caller())
		_exit(NOT_EXECUTABLE);
	execvp(k->command[0], k->command);
	err = errno;
	log_errno(-err, "cannot run %s", k->command[0]);
	_exit(err == ENOENT || err == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE);
}

/* ---- the keeper */

static void make_cgroup(struct keeper *k, struct command_place *place)
{
	int err;

	snprintf(place->cgroup, sizeof(place->cgroup), "tcplife-trace.%d", (int)getpid());
	err = command_cgroup_make(k->cgroup, sizeof(k->cgroup), place->cgroup);
	if (!err)
		return;
	log_notice("no cgroup can be made for the command (%s): only itself is followed, not what it starts",
		   strerror(-err));
	k->cgroup[0] = place->cgroup[0] = '\0';
}

static void report(const struct keeper *k, const void *what, size_t size)
{
	if (write(k->report, what, size) != (ssize_t)size)
		log_verbose("the tracer is gone");
}

/* The command stands ready, in its cgroup. */
static void prepare(struct keeper *k)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct command_place place = { 0 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &k->mask);
	for (size_t i = 0; i < KEPT_COUNT; i++)
		sigaction(KEPT[i], &ignore, &k->action[i]);
	k->children = signalfd(-1, &child, SFD_CLOEXEC);
	make_cgroup(k, &place);
	if (k->children < 0 || pipe2(k->start, O_CLOEXEC))
		_exit(EXIT_FAILURE);
	k->pid = fork();
	if (k->pid < 0)
		_exit(EXIT_FAILURE);
	if (!k->pid)
		run(k);
	close(k->start[0]);
	place.pid = (int32_t)k->pid;
	report(k, &place, sizeof(place));
}

static void take_order(struct keeper *k)
{
	char what;

	if (read(k->control, &what, 1) != 1) { /* the tracer is gone: what runs goes on */
		close(k->start[1]);
		k->start[1] = k->control = -1;
	} else if (what == COMMAND_GO) {
		k->begin_ns = host_clock_ns(CLOCK_MONOTONIC);
		if (write(k->start[1], &what, 1) != 1)
			log_verbose("the command is gone");
	} else {
		kill(k->pid, what);
	}
}

/* Until the command ends: its wait status. */
static int attend(struct keeper *k)
{
	int status;

	for (;;) {
		struct pollfd p[2] = { { .fd = k->control, .events = POLLIN },
				       { .fd = k->children, .events = POLLIN } };
		struct signalfd_siginfo info;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return 0;
		if (p[0].revents)
			take_order(k);
		if (p[1].revents && read(k->children, &info, sizeof(info)) == sizeof(info) &&
		    waitpid(k->pid, &status, WNOHANG) == k->pid)
			return status;
	}
}

void command_keep(char **command, int control, int report_fd)
{
	struct keeper k = { .command = command, .control = control, .report = report_fd };
	struct command_end end;
	int status;

	prctl(PR_SET_NAME, "tcplife-command");
	prepare(&k);
	status = attend(&k);
	end = (struct command_end) {
		.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
		.begin_ns = k.begin_ns,
		.end_ns = host_clock_ns(CLOCK_MONOTONIC),
	};
	if (k.cgroup[0])
		end.left = command_cgroup_remove(k.cgroup);
	if (k.begin_ns)
		report(&k, &end, sizeof(end));
	_exit(EXIT_SUCCESS);
}
