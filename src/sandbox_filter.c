// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The allow-list of system calls. By name: what a library or an architecture does not know is left out. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#define CALLS(...) ((const char *const[]) { __VA_ARGS__, NULL })

static const struct group {
	unsigned int needs; /* any of these; 0 = always */
	const char *const *calls;
} groups[] = {
	{ 0, CALLS("read", "readv", "pread64", "write", "writev", "pwrite64", "close", "lseek", "_llseek", "fsync",
		   "fdatasync", "dup", "dup2", "dup3", "fcntl", "fcntl64", "fstat", "fstat64", "newfstatat",
		   "fstatat64", "stat", "stat64", "lstat", "lstat64", "statx", "fstatfs", "fstatfs64", "getdents64",
		   "readlink", "readlinkat", "access", "faccessat", "faccessat2", "getcwd", "fchdir") },
	{ 0, CALLS("munmap", "mremap", "madvise", "brk") },
	{ 0, CALLS("epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "poll", "ppoll", "select", "pselect6",
		   "timerfd_settime", "timerfd_settime64", "eventfd2", "pipe2", "nanosleep", "clock_nanosleep",
		   "clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time", "futex", "futex_time64",
		   "futex_waitv", "restart_syscall") },
	{ 0, CALLS("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "sigaltstack",
		   "tgkill", "exit", "exit_group", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid",
		   "getrandom", "getrusage", "times", "sysinfo", "uname", "sched_yield", "sched_getaffinity", "getcpu",
		   "membarrier", "rseq", "set_robust_list") },
	{ NEEDS_FILES,
	  CALLS("rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "mkdir", "mkdirat",
		"ftruncate", "ftruncate64", "fallocate", "flock", "fchmod", "fchown", "copy_file_range") },
	{ NEEDS_NETWORK | NEEDS_LISTEN | NEEDS_KERNEL,
	  CALLS("bind", "getsockname", "getpeername", "getsockopt", "setsockopt", "sendto", "sendmsg", "sendmmsg",
		"recvfrom", "recvmsg", "recvmmsg", "shutdown", "recv", "send") },
	{ NEEDS_NETWORK, CALLS("connect", "socketpair") },
	{ NEEDS_LISTEN, CALLS("accept", "accept4", "listen", "sendfile", "sendfile64", "epoll_create1") },
	{ NEEDS_UNLINK, CALLS("unlink", "unlinkat") },
	{ NEEDS_CHILDREN, CALLS("wait4", "waitid", "waitpid") },
	{ NEEDS_THREADS, CALLS("sched_getparam", "sched_getscheduler", "prctl", "sched_setaffinity") },
	{ NEEDS_KERNEL, CALLS("setns", "kill", "inotify_add_watch", "inotify_rm_watch") },
#ifdef SANITIZED
	/* LeakSanitizer stops the threads from a process of its own. */
	{ 0, CALLS("getdents", "open", "ptrace", "wait4", "prctl", "getppid", "process_vm_readv", "clone", "mmap",
		   "mprotect") },
#endif
};

static int allow(scmp_filter_ctx ctx, const char *name, unsigned int count, const struct scmp_arg_cmp *cmp)
{
	int nr = seccomp_syscall_resolve_name(name), err;

	if (nr == __NR_SCMP_ERROR)
		return 0;
	err = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, count, cmp);
	/* Of another architecture, or there already without a condition. */
	return err == -EDOM || err == -EEXIST ? 0 : err;
}

static int allow_if(scmp_filter_ctx ctx, const char *name, struct scmp_arg_cmp cmp)
{
	return allow(ctx, name, 1, &cmp);
}

static int allow_values(scmp_filter_ctx ctx, const char *name, unsigned int arg, const unsigned long *value, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = allow_if(ctx, name, SCMP_CMP32(arg, SCMP_CMP_EQ, value[i], 0));
	return err;
}

static int allow_groups(scmp_filter_ctx ctx, unsigned int needs)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (groups[i].needs && !(groups[i].needs & needs))
			continue;
		for (const char *const *name = groups[i].calls; *name && !err; name++)
			err = allow(ctx, *name, 0, NULL);
	}
	return err;
}

/* No page becomes executable, unless getaddrinfo() and TLS are in use: they load modules. */
static int allow_memory(scmp_filter_ctx ctx, unsigned int needs)
{
	static const char *const calls[] = { "mmap", "mmap2", "mprotect" };
	const struct scmp_arg_cmp data_only = SCMP_CMP(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int err = 0;

	for (size_t i = 0; i < 3 && !err; i++)
		err = allow(ctx, calls[i], needs & NEEDS_NETWORK ? 0 : 1, &data_only);
	return err;
}

/* Without NEEDS_FILES nothing is opened but to be read. */
static int allow_open(scmp_filter_ctx ctx, unsigned int needs)
{
	const scmp_datum_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
	int err;

	if (needs & NEEDS_FILES)
		return allow(ctx, "openat", 0, NULL) ?: allow(ctx, "open", 0, NULL);
	err = allow_if(ctx, "openat", SCMP_CMP(2, SCMP_CMP_MASKED_EQ, writing, 0));
	return err ?: allow_if(ctx, "open", SCMP_CMP(1, SCMP_CMP_MASKED_EQ, writing, 0));
}

/* A thread, not a process. clone3() hides its flags: glibc takes clone() where there is none. */
static int allow_threads(scmp_filter_ctx ctx, unsigned int needs)
{
	if (!(needs & NEEDS_THREADS))
		return 0;
	return allow_if(ctx, "clone", SCMP_CMP(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static int allow_sockets(scmp_filter_ctx ctx, unsigned int needs)
{
	static const unsigned long elsewhere[] = { AF_INET, AF_INET6, AF_UNIX, AF_NETLINK };
	static const unsigned long interfaces[] = { AF_INET, AF_NETLINK };

	if (needs & NEEDS_NETWORK)
		return allow_values(ctx, "socket", 0, elsewhere, 4);
	return needs & NEEDS_KERNEL ? allow_values(ctx, "socket", 0, interfaces, 2) : 0;
}

/* Nothing new is loaded: no program, no map. */
static int allow_kernel(scmp_filter_ctx ctx, unsigned int needs)
{
	static const unsigned long commands[] = { BPF_MAP_LOOKUP_ELEM,	BPF_MAP_UPDATE_ELEM,	BPF_MAP_DELETE_ELEM,
						  BPF_MAP_GET_NEXT_KEY, BPF_OBJ_GET_INFO_BY_FD, BPF_PROG_GET_FD_BY_ID,
						  BPF_LINK_CREATE,	BPF_LINK_DETACH,	BPF_ITER_CREATE };
	static const unsigned long requests[] = { SIOCETHTOOL, PERF_EVENT_IOC_DISABLE };

	if (!(needs & NEEDS_KERNEL))
		return 0;
	return allow_values(ctx, "bpf", 0, commands, sizeof(commands) / sizeof(commands[0]))
		       ?: allow_values(ctx, "ioctl", 1, requests, 2);
}

/* What tcsetattr(), tcdrain() and tcflush() are. */
static int allow_terminal(scmp_filter_ctx ctx, unsigned int needs)
{
	static const unsigned long requests[] = { TCSETS, TCSETSW, TCSETSF, TCSBRK, TCFLSH };

	return needs & NEEDS_TERMINAL ? allow_values(ctx, "ioctl", 1, requests, 5) : 0;
}

static int allow_rest(scmp_filter_ctx ctx)
{
	static const unsigned long requests[] = { TIOCGWINSZ, TCGETS, FIONBIO, FIONREAD };

	/* prlimit64() to read a limit, not to set one. */
	return allow_values(ctx, "ioctl", 1, requests, 4) ?: allow_if(ctx, "prlimit64", SCMP_CMP(2, SCMP_CMP_EQ, 0, 0));
}

static int fill(scmp_filter_ctx ctx, unsigned int needs)
{
	int err = allow_groups(ctx, needs);

	err = err ?: allow_memory(ctx, needs);
	err = err ?: allow_open(ctx, needs);
	err = err ?: allow_threads(ctx, needs);
	err = err ?: allow_sockets(ctx, needs);
	err = err ?: allow_kernel(ctx, needs);
	err = err ?: allow_terminal(ctx, needs);
	return err ?: allow_rest(ctx);
}

/* Starting, loading its libraries, threads. */
static int fill_for_program(scmp_filter_ctx ctx, unsigned int needs)
{
	static const char *const calls[] = { "execve",		"mmap",	 "mmap2", "mprotect", "arch_prctl",
					     "set_tid_address", "clone", "prctl", "clone3",   "sched_setaffinity",
					     "prlimit64",	"pipe" };
	int err = fill(ctx, needs);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && !err; i++)
		err = allow(ctx, calls[i], 0, NULL);
	return err;
}

static int filter_by(int (*fill_it)(scmp_filter_ctx ctx, unsigned int needs), unsigned int needs)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int err;

	if (!ctx)
		return log_errno(-ENOMEM, "the system call filter");
	/* Either may be unknown to an older kernel; the threads must be covered, the log is not essential. */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	err = err ?: fill_it(ctx, needs);
	err = err ?: seccomp_load(ctx);
	seccomp_release(ctx);
	if (err == -EOPNOTSUPP || err == -EINVAL || err == -ENOSYS || err == -EFAULT) {
		log_notice("this kernel has no seccomp: all system calls stay allowed");
		return 0;
	}
	return err ? log_errno(err, "cannot filter system calls; --no-sandbox runs without the filter") : 0;
}

int sandbox_filter_calls(unsigned int needs)
{
	return filter_by(fill, needs);
}

int sandbox_filter_program(void)
{
	return filter_by(fill_for_program, NEEDS_THREADS);
}
