// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Order of start and stop, what each signal does, and which exit status an error becomes. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "option_parse.h"
#include "pipeline.h"
#include "privilege.h"
#include "self_test.h"
#include "source/hooks.h"

#define EXIT_USAGE	 2
#define EXIT_UNSUPPORTED 77 /* the exit status that automake takes for a skipped test */

struct signals {
	struct loop *loop;
	struct pipeline *pipeline;
	sigset_t set;
	int fd;
	bool no_hangup; /* nohup(1) */
};

static bool terminal_is_gone(void)
{
	struct pollfd p = { .fd = STDERR_FILENO };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

/* SIGHUP asks for files to be opened anew. Where there are none, or a terminal was closed, it ends the program. */
static bool is_rotation(const struct signals *s)
{
	unsigned int reopened = s->no_hangup || !terminal_is_gone() ? pipeline_reopen(s->pipeline) : 0;

	return reopened || s->no_hangup;
}

/* The first SIGINT or SIGTERM drains and flushes; a second one has its default action and ends the program at once. */
static void on_signal(void *ctx, uint32_t events)
{
	struct signals *s = ctx;
	struct signalfd_siginfo info;

	/* Taken, or unblocking would deliver this very one. */
	if (read(s->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP && is_rotation(s))
		return;
	loop_stop(s->loop);
	sigprocmask(SIG_UNBLOCK, &s->set, NULL);
}

static int take_signals(struct signals *s)
{
	struct sigaction hangup;

	s->no_hangup = !sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler == SIG_IGN;
	sigemptyset(&s->set);
	sigaddset(&s->set, SIGINT);
	sigaddset(&s->set, SIGTERM);
	sigaddset(&s->set, SIGHUP);
	sigprocmask(SIG_BLOCK, &s->set, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->fd = signalfd(-1, &s->set, SFD_CLOEXEC);
	return s->fd < 0 ? -errno : loop_add(s->loop, s->fd, EPOLLIN, on_signal, s);
}

/* An exit status, or the negative errno for which nothing could be traced. */
static int trace(const struct options *o)
{
	_cleanup_(loop_free) struct loop *loop = NULL;
	_cleanup_(pipeline_free) struct pipeline *p = NULL;
	struct signals signals = { 0 };
	int err = loop_new(&loop);

	signals.loop = loop;
	err = err ?: take_signals(&signals);
	if (err)
		return log_errno(err, "cannot start"), EXIT_FAILURE;
	err = pipeline_new(&p, o, loop);
	if (err)
		return options_offline(o) ? EXIT_FAILURE : err;
	signals.pipeline = p;
	if (pipeline_open_sinks(p))
		return EXIT_FAILURE;
	err = pipeline_run(p);
	return pipeline_finish(p) || err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(const struct options *o)
{
	switch (o->run) {
	case RUN_FEATURES:
		return hooks_print_features(o, stdout);
	case RUN_SELF_TEST:
		return self_test(o);
	default:
		return trace(o);
	}
}

int main(int argc, char **argv)
{
	struct options o;
	int status, err;

	if (privilege_begin())
		return EXIT_FAILURE;
	err = option_parse(argc, argv, &o);
	if (err)
		return err < 0 ? EXIT_USAGE : EXIT_SUCCESS;
	o.borrowed = privilege_is_borrowed();
	status = run(&o);
	options_free(&o);
	if (status == -EPERM || status == -EACCES || status == -EOPNOTSUPP || status == -ENOSYS)
		return EXIT_UNSUPPORTED;
	if (status == -ENODEV)
		return EXIT_USAGE; /* no such interface: only seen once inside the netns that was named */
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
