// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/metrics/process_metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* proc_pid_stat(5): fields 14 utime, 15 stime, 22 starttime in ticks, 23 vsize in bytes, 24 rss in pages. */
struct stat_fields {
	unsigned long long utime, stime, start, vsize;
	long rss;
};

static bool read_stat(struct stat_fields *out)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/stat", "re");
	char text[1024];
	size_t len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	const char *after_name;

	text[len] = '\0';
	after_name = strrchr(text, ')');
	return after_name && sscanf(after_name + 1,
				    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d "
				    "%llu %llu %ld",
				    &out->utime, &out->stime, &out->start, &out->vsize, &out->rss) == 5;
}

static double boot_secs(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/stat", "re");
	char line[4096];
	double secs;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "btime %lf", &secs) == 1)
			return secs;
	}
	return 0;
}

static int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 3; /* ".", "..", and the one that was just used */
}

static void write_one(struct exposition *e, const char *name, const char *help, double value)
{
	exposition_family(e, name, METRIC_GAUGE, help);
	exposition_gauge(e, "", value);
}

static void write_stat(struct exposition *e, const struct stat_fields *s)
{
	double ticks = (double)sysconf(_SC_CLK_TCK), boot = boot_secs();

	exposition_family(e, "process_cpu_seconds", METRIC_COUNTER, "User and system CPU time spent.");
	exposition_seconds(e, "", (double)(s->utime + s->stime) / ticks);
	write_one(e, "process_resident_memory_bytes", "Resident memory.", (double)s->rss * (double)getpagesize());
	write_one(e, "process_virtual_memory_bytes", "Virtual memory.", (double)s->vsize);
	if (boot > 0)
		write_one(e, "process_start_time_seconds", "When the process started, since 1970.",
			  boot + (double)s->start / ticks);
}

void process_metrics_write(struct exposition *e)
{
	struct stat_fields s;
	struct rlimit limit;
	int fds = open_fds();

	if (read_stat(&s))
		write_stat(e, &s);
	if (fds >= 0)
		write_one(e, "process_open_fds", "Open file descriptors.", fds);
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		write_one(e, "process_max_fds", "File descriptors that may be open.", (double)limit.rlim_cur);
}
