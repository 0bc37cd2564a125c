// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Runs a program and says what it took: time, CPU time, the most memory it held; or how long it took to start. */
#include "load.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* What the program says on stderr passes on. 0 = it ended without saying it. */
static double wait_for_text(int fd, const char *text, double begin)
{
	FILE *from = fdopen(fd, "r");
	double said = 0;
	char line[1024];

	if (!from)
		load_die("pipe");
	while (!said && fgets(line, sizeof(line), from)) {
		if (strstr(line, text))
			said = load_now() - begin;
		else
			fputs(line, stderr);
	}
	fclose(from);
	return said;
}

static void become(const struct load_options *o, const int *err)
{
	if (o->until)
		dup2(err[1], STDERR_FILENO);
	execvp(o->command[0], o->command);
	load_die(o->command[0]);
}

int load_run(const struct load_options *o)
{
	double begin = load_now(), start = 0;
	struct rusage used;
	int err[2], status;
	pid_t pid;

	if (!o->command[0] || pipe(err) || (pid = fork()) < 0)
		load_die("cannot run it");
	if (!pid)
		become(o, err);
	close(err[1]);
	if (o->until) {
		start = wait_for_text(err[0], o->until, begin);
		kill(pid, SIGINT);
	}
	if (wait4(pid, &status, 0, &used) != pid)
		load_die("wait4");
	printf("{\"load\":\"run\",\"seconds\":%.6f,\"cpu_seconds\":%.6f,\"max_rss_kib\":%ld,\"start_seconds\":%.6f}\n",
	       load_now() - begin, seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss, start);
	return !WIFEXITED(status) || WEXITSTATUS(status) || (o->until && !start);
}
