// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"

#define CAP(name) (1ULL << CAP_##name)
#define TRACING	  (CAP(BPF) | CAP(PERFMON) | CAP(NET_ADMIN) | CAP(SYSLOG) | CAP(SYS_ADMIN) | CAP(SYS_RESOURCE))

static bool holds_back; /* CAP_DAC_READ_SEARCH is permitted and not effective */

bool privilege_is_borrowed(void)
{
	return getauxval(AT_SECURE);
}

/* ---- the environment */

/* "NAME" is one variable, "NAME*" all that begin so. */
static const char *const harmless[] = { "TERM", "COLUMNS",	 "LINES",	  "NO_COLOR",	  "LANG",
					"LC_*", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "OTEL_*" };

/* A certificate's or key's name may be one that loads a module (pkcs11:). */
static bool names_a_file(const char *variable, size_t len)
{
	return (len >= 11 && !strncmp(variable + len - 11, "CERTIFICATE", 11)) ||
	       (len >= 4 && !strncmp(variable + len - 4, "_KEY", 4));
}

static bool is_harmless(const char *variable)
{
	size_t len = strcspn(variable, "=");

	if (names_a_file(variable, len))
		return false;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		size_t name = strcspn(harmless[i], "*");

		if (!strncmp(variable, harmless[i], name) && (harmless[i][name] || len == name))
			return true;
	}
	return false;
}

/* SASL_PATH, OPENSSL_CONF, KRB5_CONFIG, PATH and their like make libraries load or run what the caller likes. */
static void clean_environment(void)
{
	char **to = environ;

	for (char **from = environ; from && *from; from++) {
		if (is_harmless(*from))
			*to++ = *from;
		else if (!strncmp(*from, "OTEL_", 5))
			log_notice(
				"%.*s is left out: with more rights than its caller the program takes no files by name",
				(int)strcspn(*from, "="), *from);
	}
	if (to)
		*to = NULL;
}

/* ---- capabilities */

static int get(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) ? -errno : 0;
}

/* Of this thread. */
static int set(uint64_t permitted, uint64_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[2] = {
		{ .permitted = (uint32_t)permitted, .effective = (uint32_t)effective },
		{ .permitted = permitted >> 32, .effective = effective >> 32 },
	};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* Of a set-user-ID program; files are the caller's business from here on. */
static int become_caller(void)
{
	if (geteuid() == getuid() && getegid() == getgid())
		return 0;
	if (prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L) || setresgid(getgid(), getgid(), getgid()) ||
	    setresuid(getuid(), getuid(), getuid()))
		return -errno;
	return 0;
}

static int keep_what_tracing_takes(void)
{
	struct __user_cap_data_struct data[2];
	int err = get(data);
	uint64_t held;

	if (err)
		return err;
	held = data[0].permitted | (uint64_t)data[1].permitted << 32;
	holds_back = held & CAP(DAC_READ_SEARCH);
	return set(held & (TRACING | CAP(DAC_READ_SEARCH)), held & TRACING);
}

int privilege_begin(void)
{
	int err;

	if (!privilege_is_borrowed())
		return 0;
	clean_environment();
	err = become_caller();
	if (!err)
		err = keep_what_tracing_takes();
	return err ? log_errno(err, "cannot give up the rights that the caller lacks") : 0;
}

void privilege_read_all(bool on)
{
	struct __user_cap_data_struct data[2];
	uint64_t permitted, effective;

	if (!holds_back || get(data))
		return;
	permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	effective = data[0].effective | (uint64_t)data[1].effective << 32;
	effective = on ? effective | CAP(DAC_READ_SEARCH) : effective & ~CAP(DAC_READ_SEARCH);
	/* Given up already: then it stays so. */
	set(permitted, effective & permitted);
}

/* ---- without */

struct job {
	int (*fn)(void *ctx);
	void *ctx;
	int result;
};

static void *run_job(void *ctx)
{
	struct job *job = ctx;

	job->result = set(0, 0);
	if (!job->result)
		job->result = job->fn(job->ctx);
	return NULL;
}

int privilege_run_without(int (*fn)(void *ctx), void *ctx)
{
	struct job job = { .fn = fn, .ctx = ctx };
	pthread_t thread;
	int err = pthread_create(&thread, NULL, run_job, &job);

	if (err)
		return log_errno(-err, "cannot start a thread");
	pthread_join(thread, NULL);
	return job.result;
}
