// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Order of start and stop, what each signal does, and which exit status an error becomes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "absent.h"
#include "command.h"
#include "first_screen.h"
#include "lib/cleanup.h"
#include "lib/host_clock.h"
#include "lib/human.h"
#include "lib/log.h"
#include "option_parse.h"
#include "pipeline.h"
#include "privilege.h"
#include "self_test.h"
#include "service.h"
#include "source/hooks.h"
#include "tally.h"

#define STATUS_MS	 10000
#define AFTER_MS	 100
#define EXIT_FOUND	 1 /* --doctor found something */
#define EXIT_USAGE	 2
#define EXIT_TROUBLE	 2  /* a failure, where 1 means something else */
#define EXIT_SLO	 4  /* a connection does not fit --slo */
#define EXIT_UNSUPPORTED 77 /* the exit status that automake takes for a skipped test */

struct signals {
	struct loop *loop;
	struct pipeline *pipeline;
	struct service *service; /* NULL = no manager */
	struct command *command; /* NULL = none is run */
	sigset_t set;
	int fd;
	bool no_hangup; /* nohup(1) */
};

/* A command that is followed. */
struct following {
	struct loop *loop;
	bool over;
	unsigned int ticks;
};

static bool terminal_is_gone(void)
{
	struct pollfd p = { .fd = STDERR_FILENO };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

/*
 * SIGHUP asks for files to be opened anew. Where there are none, or a terminal was closed, it ends the program; not
 * with nohup(1), nor where a service manager is told, since there it is what a reload sends.
 */
static bool is_rotation(const struct signals *s)
{
	bool stays = s->no_hangup || s->service;
	unsigned int reopened = stays || !terminal_is_gone() ? pipeline_reopen(s->pipeline) : 0;

	return reopened || stays;
}

/* The first SIGINT or SIGTERM drains and flushes; a second one has its default action and ends the program at once. */
static void on_signal(void *ctx, uint32_t events)
{
	struct signals *s = ctx;
	struct signalfd_siginfo info;

	/* Taken, or unblocking would deliver this very one. */
	if (read(s->fd, &info, sizeof(info)) != sizeof(info))
		return;
	if (s->command) { /* it decides, and its end is ours; what the terminal sends it has already got */
		if (info.ssi_pid)
			command_signal(s->command, (int)info.ssi_signo);
		return;
	}
	if (info.ssi_signo == SIGHUP && is_rotation(s))
		return;
	service_tell(s->service, "STOPPING=1");
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

static void tell_status(void *ctx, uint32_t events)
{
	const struct signals *s = ctx;
	char text[256] = "STATUS=";

	pipeline_status(s->pipeline, text + strlen(text), sizeof(text) - strlen(text));
	service_tell(s->service, text);
}

/* Before system calls are filtered. */
static int add_timers(struct signals *s)
{
	int err = service_watch(s->service, s->loop);

	if (!err && s->service)
		err = loop_every(s->loop, STATUS_MS, tell_status, s);
	return err ? log_errno(err, "cannot set a timer") : 0;
}

/* The last segments of its connections may be on their way still. */
static void after_command(void *ctx, uint32_t events)
{
	struct following *f = ctx;

	if (f->over && f->ticks++ >= 1)
		loop_stop(f->loop);
}

static void on_command_end(void *ctx)
{
	struct following *f = ctx;

	f->over = true;
}

/* Before system calls are filtered. */
static int follow_command(struct following *f, struct loop *loop, struct command *c)
{
	int err;

	if (!c)
		return 0;
	f->loop = loop;
	err = command_watch(c, loop, on_command_end, f) ?: loop_every(loop, AFTER_MS, after_command, f);
	return err ? log_errno(err, "cannot follow the command") : 0;
}

/* Tracing ended first, by --duration, -c or a failure: what is sent goes to the command as before. When that was. */
static uint64_t outlive(struct signals *s)
{
	uint64_t now_ns = host_clock_ns(CLOCK_MONOTONIC);

	log_notice("tracing has ended; the command runs on and is no longer followed");
	while (!command_ends_before(s->command, s->fd))
		on_signal(s, 0);
	return now_ns;
}

/* Its exit status. until_ns: when it ceased to be followed. */
static int end_command(struct command *c, struct tally *t, uint64_t until_ns)
{
	struct command_end end = command_wait(c);
	struct strbuf line = { 0 };

	tally_line(t, end.begin_ns, end.end_ns < until_ns ? end.end_ns : until_ns, &line);
	log_notice("%s", strbuf_text(&line));
	if (end.left)
		log_notice("%u process%s of the command still run%s and %s no longer followed", end.left,
			   end.left == 1 ? "" : "es", end.left == 1 ? "s" : "", end.left == 1 ? "is" : "are");
	strbuf_free(&line);
	return end.status;
}

static int judge(const struct options *o, const struct tally *t, int status)
{
	if (!t->broke)
		return status;
	log_notice("%llu of %llu connection%s did not keep --slo '%s'; the first: %s", (unsigned long long)t->broke,
		   (unsigned long long)t->connections, human_s(t->connections), o->slo_text, strbuf_text(&t->first));
	return status ?: EXIT_SLO;
}

/* As grep(1) and diff(1) have it: with --doctor 1 is what was looked for. */
static int failure_of(const struct options *o)
{
	return o->doctor ? EXIT_TROUBLE : EXIT_FAILURE;
}

/* An exit status, or the negative errno for which nothing could be traced. */
static int trace(const struct options *o, struct command *command)
{
	_cleanup_(loop_free) struct loop *loop = NULL;
	_cleanup_(pipeline_free) struct pipeline *p = NULL;
	_cleanup_(service_free) struct service *service = NULL;
	_cleanup_(strbuf_free) struct strbuf screen = { 0 };
	_cleanup_(tally_free) struct tally tally = { .options = o };
	struct signals signals = { .command = command };
	struct following following = { 0 };
	int status, err = loop_new(&loop);

	signals.loop = loop;
	err = err ?: take_signals(&signals);
	if (err)
		return log_errno(err, "cannot start"), failure_of(o);
	if (service_new(&service))
		return failure_of(o);
	signals.service = service;
	err = pipeline_new(&p, o, loop);
	if (err)
		return options_offline(o) ? failure_of(o) : err;
	signals.pipeline = p;
	if (o->slo || command)
		pipeline_observe(p, tally_conn, &tally);
	absent_say(o);
	first_screen_begin(o, &screen);
	if (add_timers(&signals) || follow_command(&following, loop, command) || pipeline_open_sinks(p))
		return failure_of(o);
	first_screen_say(o, pipeline_open_count(p), &screen);
	/* Hooks stand, outputs are open: what comes is seen. */
	service_tell(service, "READY=1\nSTATUS=tracing");
	if (command)
		command_go(command);
	err = pipeline_run(p);
	status = pipeline_finish(p) || err ? failure_of(o) : pipeline_found(p) ? EXIT_FOUND : EXIT_SUCCESS;
	if (command) {
		uint64_t until_ns = following.over ? UINT64_MAX : outlive(&signals);
		int own = end_command(command, &tally, until_ns);

		status = own ? own : status;
	}
	return judge(o, &tally, status);
}

static int trace_command(struct options *o)
{
	_cleanup_(command_free) struct command *command = NULL;

	if (o->command && command_new(&command, o))
		return failure_of(o);
	return trace(o, command);
}

static int run(struct options *o)
{
	switch (o->run) {
	case RUN_FEATURES:
		return hooks_print_features(o, stdout);
	case RUN_SELF_TEST:
		return self_test(o);
	default:
		return trace_command(o);
	}
}

/* Else a file that is opened could become stderr. To such a descriptor nothing can be written, and of it nothing read.
 */
static void hold_std_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/", O_PATH) != fd)
			abort();
}

/* What was printed must have arrived: help, features, the self-test's findings. */
static int with_stdout(int status, int failure)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	log_error("cannot write stdout: output is incomplete");
	return status ?: failure;
}

int main(int argc, char **argv)
{
	struct options o;
	int status, err, failure;

	hold_std_descriptors();
	prctl(PR_SET_NAME, "tcplife-trace"); /* behind the loader of a bundle it has that one's */
	if (privilege_begin())
		return EXIT_FAILURE;
	err = option_parse(argc, argv, &o);
	if (err)
		return err < 0 ? EXIT_USAGE : with_stdout(EXIT_SUCCESS, EXIT_FAILURE);
	o.borrowed = privilege_is_borrowed();
	failure = failure_of(&o);
	status = with_stdout(run(&o), failure);
	options_free(&o);
	if (status == -EPERM || status == -EACCES || status == -EOPNOTSUPP || status == -ENOSYS)
		return EXIT_UNSUPPORTED;
	if (status == -ENODEV)
		return EXIT_USAGE; /* no such interface: only seen once inside the netns that was named */
	return status < 0 ? failure : status;
}
