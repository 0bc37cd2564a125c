// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "options.h"
#include "pipeline.h"
#include "source/ladder.h"

#define EXIT_USAGE	 2
#define EXIT_UNSUPPORTED 77 /* what automake's tests say where they cannot run */

struct stop {
	struct loop *loop;
	sigset_t signals;
	int signal_fd;
};

/* The first signal drains and flushes; a second one finds the default action and ends us at once. */
static void on_signal(void *ctx, uint32_t events)
{
	struct stop *s = ctx;
	struct signalfd_siginfo info;

	loop_stop(s->loop);
	/* Taken, or unblocking would deliver this very one. */
	if (read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
		sigprocmask(SIG_UNBLOCK, &s->signals, NULL);
}

static int stop_on_signals(struct stop *s)
{
	sigemptyset(&s->signals);
	sigaddset(&s->signals, SIGINT);
	sigaddset(&s->signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &s->signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->signal_fd = signalfd(-1, &s->signals, SFD_CLOEXEC);
	return s->signal_fd < 0 ? -errno : loop_add(s->loop, s->signal_fd, EPOLLIN, on_signal, s);
}

/* An exit status, or the negative errno for which nothing could be traced. */
static int trace(const struct options *o)
{
	_cleanup_(loop_free) struct loop *loop = NULL;
	_cleanup_(pipeline_free) struct pipeline *p = NULL;
	struct stop stop = { 0 };
	int err = loop_new(&loop);

	stop.loop = loop;
	err = err ?: stop_on_signals(&stop);
	if (err)
		return log_errno(err, "cannot start"), EXIT_FAILURE;
	err = pipeline_new(&p, o, loop);
	if (err)
		return o->replay ? EXIT_FAILURE : err;
	if (pipeline_open_sinks(p))
		return EXIT_FAILURE;
	err = loop_run(loop);
	return pipeline_finish(p) || err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options o;
	int status, err = options_parse(argc, argv, &o);

	if (err)
		return err < 0 ? EXIT_USAGE : EXIT_SUCCESS;
	status = o.run == RUN_FEATURES ? ladder_print_features(&o, stdout) : trace(&o);
	options_free(&o);
	if (status == -EPERM || status == -EACCES || status == -EOPNOTSUPP || status == -ENOSYS)
		return EXIT_UNSUPPORTED;
	if (status == -ENODEV)
		return EXIT_USAGE; /* no such interface: only seen once inside the netns that was named */
	return status ? EXIT_FAILURE : EXIT_SUCCESS;
}
