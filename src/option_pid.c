// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "option_pid.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/human.h"
#include "lib/log.h"
#include "lib/strbuf.h"

#define HOST_PID_NAMESPACE 0xeffffffcU /* PROC_PID_INIT_INO: part of the kernel's interface */
#define NAMED_MOST	   4

/* What /proc/PID/status says. */
struct process {
	uint32_t pid; /* of the thread group */
	char name[64];
	char numbers[256]; /* in this PID namespace, and in each one below, with tabs between them */
};

static bool read_process(const char *pid, struct process *out)
{
	char path[64], line[512];
	_cleanup_fclose_ FILE *f = NULL;

	*out = (struct process) { 0 };
	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "Name:\t", 6))
			snprintf(out->name, sizeof(out->name), "%.63s", line + 6);
		else if (!strncmp(line, "Tgid:\t", 6))
			out->pid = (uint32_t)strtoul(line + 6, NULL, 10);
		else if (!strncmp(line, "NSpid:\t", 7))
			snprintf(out->numbers, sizeof(out->numbers), "%.255s", line + 7);
	}
	return out->pid;
}

/* In a PID namespace below this one. */
static bool is_called(const struct process *p, uint32_t number)
{
	const char *at = strchr(p->numbers, '\t');

	for (; at; at = strchr(at + 1, '\t'))
		if (strtoul(at + 1, NULL, 10) == number)
			return true;
	return false;
}

static void put_process(struct strbuf *out, const struct process *p)
{
	strbuf_printf(out, "%u (", p->pid);
	human_text(out, p->name, strlen(p->name), 0);
	strbuf_putc(out, ')');
}

/* Returns how many processes a container calls by this number, the last one's in *found and all in `named`. */
static unsigned int search_containers(uint32_t number, uint32_t *found, struct strbuf *named)
{
	DIR *proc = opendir("/proc");
	unsigned int count = 0;
	struct process p;

	for (const struct dirent *d; proc && (d = readdir(proc));) {
		if (*d->d_name < '1' || *d->d_name > '9' || !read_process(d->d_name, &p) || !is_called(&p, number))
			continue;
		*found = p.pid;
		if (count++ >= NAMED_MOST)
			continue;
		strbuf_puts(named, count > 1 ? ", " : "");
		put_process(named, &p);
	}
	if (proc)
		closedir(proc);
	if (count > NAMED_MOST)
		strbuf_puts(named, ", ...");
	return count;
}

static int resolve_contained(uint32_t *pid)
{
	_cleanup_(strbuf_free) struct strbuf named = { 0 };
	uint32_t number = *pid;
	unsigned int count = search_containers(number, pid, &named);

	if (count > 1) {
		log_error("-p %u: this host has no such process, and several in containers are called so: "
			  "give one of %s",
			  number, strbuf_text(&named));
		*pid = number;
		return -EINVAL;
	}
	if (count)
		log_notice("-p %u: a container's number for %s, which is followed", number, strbuf_text(&named));
	else
		log_notice("-p %u: there is no such process; nothing is reported until there is one", number);
	return 0;
}

static void resolve_thread(uint32_t *pid)
{
	_cleanup_(strbuf_free) struct strbuf named = { 0 };
	char text[16];
	struct process p;

	snprintf(text, sizeof(text), "%u", *pid);
	if (!read_process(text, &p) || p.pid == *pid)
		return;
	put_process(&named, &p);
	log_notice("-p %u: a thread of %s, which is followed", *pid, strbuf_text(&named));
	*pid = p.pid;
}

int option_pid(uint32_t *pid)
{
	struct stat namespace;

	if (!stat("/proc/self/ns/pid", &namespace) && namespace.st_ino != HOST_PID_NAMESPACE) {
		log_notice("-p %u: taken as the host's number for the process; this program runs in a PID namespace "
			   "of its own",
			   *pid);
		return 0;
	}
	if (kill((pid_t)*pid, 0) && errno == ESRCH)
		return resolve_contained(pid);
	resolve_thread(pid);
	return 0;
}
