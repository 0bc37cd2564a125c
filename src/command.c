// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "option_where.h"
#include "privilege.h"

struct command {
	int control, report; /* to and from the keeper */
	bool ended;
	struct command_end end;
	struct loop *loop;
	void (*fn)(void *ctx);
	void *ctx;
};

/* By its name the cgroup is found wherever it stands, also from inside a cgroup namespace. */
static int add_filter(struct options *o, const char *name, pid_t keeper)
{
	char text[128];

	if (*name)
		snprintf(text, sizeof(text), "cgroup ~ '/%s(/|$)'", name);
	else
		snprintf(text, sizeof(text), "pid == %d", (int)keeper);
	return option_where(o, text);
}

static int start_keeper(struct command *c, struct options *o)
{
	int control[2] = { -1, -1 }, report[2] = { -1, -1 };
	struct command_place place;
	pid_t pid;

	if (pipe2(control, O_CLOEXEC) || pipe2(report, O_CLOEXEC))
		return log_errno(-errno, "cannot run %s", o->command[0]);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return log_errno(-errno, "cannot run %s", o->command[0]);
	if (!pid) {
		close(control[1]);
		close(report[0]);
		command_keep(o->command, control[0], report[1]);
	}
	close(control[0]);
	close(report[1]);
	c->control = control[1];
	c->report = report[0];
	/* The first thing that it reports is the cgroup that it made, or the pid that the command will have. */
	if (read(c->report, &place, sizeof(place)) != sizeof(place))
		return log_errno(-ECHILD, "cannot run %s", o->command[0]);
	return add_filter(o, place.cgroup, place.pid);
}

int command_new(struct command **out, struct options *o)
{
	struct command *c;
	int err;

	if (privilege_is_borrowed()) {
		log_error("a command is run with sudo only: with capabilities of the file its environment is not the "
			  "caller's");
		return -EPERM;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return log_errno(-ENOMEM, "cannot run %s", o->command[0]);
	c->control = c->report = -1;
	err = start_keeper(c, o);
	if (err) {
		command_free(&c);
		return err;
	}
	/* Standard output is the command's. */
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		err = log_errno(-errno, "standard output");
	*out = c;
	return err;
}

static void read_end(struct command *c)
{
	if (!c->ended && read(c->report, &c->end, sizeof(c->end)) != sizeof(c->end))
		c->end = (struct command_end) { .status = 128 + 9 }; /* somebody killed the keeper */
	c->ended = true;
}

static void on_report(void *ctx, uint32_t events)
{
	struct command *c = ctx;

	read_end(c);
	loop_remove(c->loop, c->report);
	c->fn(c->ctx);
}

int command_watch(struct command *c, struct loop *loop, void (*fn)(void *ctx), void *ctx)
{
	c->loop = loop;
	c->fn = fn;
	c->ctx = ctx;
	return loop_add(loop, c->report, EPOLLIN, on_report, c);
}

static void tell(const struct command *c, char what)
{
	if (write(c->control, &what, 1) != 1)
		log_verbose("the command's keeper is gone");
}

void command_go(struct command *c)
{
	tell(c, COMMAND_GO);
}

void command_signal(struct command *c, int signal)
{
	tell(c, (char)signal);
}

bool command_ends_before(struct command *c, int fd)
{
	struct pollfd p[] = { { .fd = c->report, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	int n;

	do
		n = c->ended ? 0 : poll(p, 2, -1);
	while (n < 0 && errno == EINTR);
	return n <= 0 || p[0].revents || !(p[1].revents & POLLIN);
}

struct command_end command_wait(struct command *c)
{
	read_end(c);
	return c->end;
}

void command_free(struct command **cp)
{
	struct command *c = *cp;

	if (!c)
		return;
	if (c->control >= 0)
		close(c->control);
	if (c->report >= 0)
		close(c->report);
	free(c);
	*cp = NULL;
}
