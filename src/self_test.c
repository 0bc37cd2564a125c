// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Makes connections whose endings are known, traces them with the program's own pipeline, and compares each record
 * with what happened. Decides when all of them are reported, and whether the result is right.
 */
#include "self_test.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/conn.h"
#include "core/ending.h"
#include "core/record/conn_traffic.h"
#include "core/record/ending_sentence.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/strbuf.h"
#include "pipeline.h"
#include "self_test_conns.h"
#include "source/hooks.h"

/* TIME_WAIT's timer may fire an eighth later at this length (kernel/time/timer.c). */
#define TIME_WAIT_MIN_S (TIMEWAIT_LEN_NS / 1e9)
#define TIME_WAIT_MAX_S 67.6
#define PATIENCE_SECS	15 /* for all connections, one of which is in FIN_WAIT2 for 1 s */

struct finding {
	bool reported, right;
	struct strbuf words;
};

struct self_test {
	struct loop *loop;
	bool quick, alone; /* alone: in a network namespace of its own */
	struct finding conn[TESTS], time_wait;
};

static bool is_played(const struct self_test *t, enum test_conn which)
{
	return t->alone || which != TEST_FIN_WAIT2;
}

static bool is_complete(const struct self_test *t)
{
	bool all = t->quick || t->time_wait.reported;

	for (enum test_conn i = 0; i < TESTS; i++)
		all &= t->conn[i].reported || !is_played(t, i);
	return all;
}

static bool is_right(const struct conn *c, enum test_conn which)
{
	uint64_t bytes = 0;

	if (c->verdict.ending != test_conn_ending(which) || c->flags & (CONN_LOSSY | CONN_STEPS_MISSED))
		return false;
	return which != TEST_HALF_CLOSE || (conn_half_closed_bytes(c, &bytes) && bytes == TEST_HALF_CLOSE_BYTES);
}

static void judge(struct self_test *t, const struct conn *c, enum test_conn which)
{
	struct finding *f = &t->conn[which];

	f->reported = true;
	f->right = is_right(c, which);
	ending_sentence(c, 0, &f->words);
}

static void judge_time_wait(struct self_test *t, const struct conn *c)
{
	const struct timewait *tw = &c->side[CLIENT].timewait;
	struct finding *f = &t->time_wait;
	uint64_t ns = 0;
	bool measured = timewait_length(tw, &ns);
	double seconds = ns / 1e9;

	f->reported = true;
	f->right = measured && tw->exit == TIMEWAIT_EXIT_EXPIRED && seconds >= TIME_WAIT_MIN_S &&
		   seconds <= TIME_WAIT_MAX_S;
	strbuf_printf(&f->words, "lasted %.1f s, of a nominal 60 s", seconds);
}

static void on_change(void *ctx, const struct conn *c, enum conn_change change)
{
	struct self_test *t = ctx;
	unsigned int which = c->flow.end[SERVER].port - TEST_FIRST_PORT;

	if (which >= TESTS)
		return;
	if (change == CONN_CLOSED)
		judge(t, c, which);
	else if (change == CONN_TIMEWAIT_OVER && which == TEST_CLOSE)
		judge_time_wait(t, c);
	if (is_complete(t))
		loop_stop(t->loop);
}

/* Plays in a process of its own as soon as go is closed. */
static pid_t start_player(struct self_test *t, int go[2])
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close(go[1]);
	if (read(go[0], &(char) { 0 }, 1) != 0)
		_exit(1);
	for (enum test_conn i = 0; i < TESTS; i++)
		if (is_played(t, i) && test_conn_play(i))
			_exit(1);
	_exit(0);
}

static int run(struct self_test *t, const struct options *o, int *go)
{
	_cleanup_(pipeline_free) struct pipeline *p = NULL;
	int err = pipeline_new(&p, o, t->loop);

	if (err)
		return err;
	pipeline_observe(p, on_change, t);
	err = pipeline_open_sinks(p);
	cleanup_close(go);
	err = err ?: pipeline_run(p);
	return pipeline_finish(p) ?: err;
}

static int trace_player(struct self_test *t, const struct options *o)
{
	int go[2], status = 0, err;
	pid_t player;

	if (pipe(go))
		return log_errno(-errno, "cannot start");
	player = start_player(t, go);
	close(go[0]);
	if (player < 0) {
		close(go[1]);
		return log_errno(-errno, "cannot start a process");
	}
	err = run(t, o, &go[1]);
	if (err) {
		cleanup_close(&go[1]);
		kill(player, SIGTERM);
	}
	waitpid(player, &status, 0);
	if (!err && status)
		log_notice("not all connections could be made: those missing count as wrong");
	return err;
}

static uint32_t own_netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : (uint32_t)st.st_ino;
}

static bool print_finding(const struct finding *f, const char *what)
{
	printf("  %-7s%-34s%s\n", f->right ? "right" : "WRONG", what,
	       f->reported ? strbuf_text(&f->words) : "was not reported");
	return !f->right;
}

static int print_findings(struct self_test *t)
{
	int wrong = 0;

	puts("connections");
	for (enum test_conn i = 0; i < TESTS; i++) {
		if (is_played(t, i))
			wrong += print_finding(&t->conn[i], test_conn_name(i));
		else
			printf("  %-7s%-34s%s\n", "-", test_conn_name(i), "needs a network namespace of its own");
	}
	if (t->quick)
		printf("  %-7s%-34s%s\n", "-", "TIME_WAIT to its end", "not waited for: --self-test=quick");
	else
		wrong += print_finding(&t->time_wait, "TIME_WAIT to its end");
	printf("%s\n", wrong ? "some connections were not reported correctly: please report all of the above as a bug"
			     : "all connections were reported correctly");
	return wrong ? 1 : 0;
}

static void print_head(const struct self_test *t, int err)
{
	struct utsname u;

	if (!uname(&u))
		printf("tcplife-trace %s self-test on Linux %s %s\n", TCPLIFE_VERSION, u.release, u.machine);
	if (t->alone)
		puts("in a network namespace of its own");
	else
		printf("on the host's own loopback, since a network namespace was refused: %s\n", strerror(-err));
	fflush(stdout);
}

int self_test(const struct options *o)
{
	_cleanup_(loop_free) struct loop *loop = NULL;
	struct options mine = *o;
	struct self_test t = { .quick = o->quick };
	int err = unshare(CLONE_NEWNET) ? -errno : 0;

	t.alone = !err;
	print_head(&t, err);
	err = t.alone ? test_conn_prepare() : 0;
	err = err ? log_errno(err, "cannot prepare the network namespace") : hooks_print_features(o, stdout);
	fflush(stdout);
	if (!err)
		err = loop_new(&loop);
	if (err)
		return err;
	t.loop = loop;
	mine.sink_count = 0;
	mine.filter.netns = own_netns();
	mine.duration_secs = PATIENCE_SECS + (t.quick ? 0 : (unsigned int)TIME_WAIT_MAX_S);
	err = trace_player(&t, &mine);
	if (!err)
		err = print_findings(&t);
	for (enum test_conn i = 0; i < TESTS; i++)
		strbuf_free(&t.conn[i].words);
	strbuf_free(&t.time_wait.words);
	return err;
}
