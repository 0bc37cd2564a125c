// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the sandbox lets pass and what not, each tried for real in a child of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/test.h"
#include "sandbox.h"

/* errno of what was tried with these needs, 0 = it went well. */
static int tried(unsigned int needs, long (*try)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (sandbox_filter_calls(needs))
			_exit(255);
		_exit(try() < 0 ? errno : 0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static long try_exec(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static long try_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static long try_read(void)
{
	return open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
}

static long try_write(void)
{
	return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static long try_create(void)
{
	return open("/dev/null", O_RDONLY | O_CREAT, 0600);
}

static long try_rename(void)
{
	return rename("/nonexistent/a", "/nonexistent/b") && errno == ENOENT ? 0 : -1;
}

static long try_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long try_raw_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long try_connect(void)
{
	return connect(-1, NULL, 0) && errno == EBADF ? 0 : -1;
}

static long try_accept(void)
{
	return accept(-1, NULL, NULL) < 0 && errno == EBADF ? 0 : -1;
}

static long try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long try_data(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long bpf_command(int command)
{
	union bpf_attr attr = { 0 };

	return syscall(SYS_bpf, command, &attr, sizeof(attr)) < 0 && errno != ENOSYS ? 0 : -1;
}

static long try_map_lookup(void)
{
	return bpf_command(BPF_MAP_LOOKUP_ELEM);
}

static long try_prog_load(void)
{
	return bpf_command(BPF_PROG_LOAD);
}

static long try_ptrace(void)
{
	return syscall(SYS_process_vm_writev, getpid(), NULL, 0, NULL, 0, 0);
}

CASE(nobody_may)
{
	unsigned int all = NEEDS_FILES | NEEDS_NETWORK | NEEDS_LISTEN | NEEDS_THREADS | NEEDS_KERNEL;

	CHECK_EQ_INT(tried(all, try_exec), ENOSYS);
	CHECK_EQ_INT(tried(all, try_raw_packets), ENOSYS);
	CHECK_EQ_INT(tried(all, try_prog_load), ENOSYS);
	CHECK_EQ_INT(tried(all, try_ptrace), ENOSYS);
#ifndef __SANITIZE_ADDRESS__
	CHECK_EQ_INT(tried(all, try_fork), ENOSYS);
	CHECK_EQ_INT(tried(NEEDS_FILES | NEEDS_KERNEL, try_code), ENOSYS);
#endif
}

CASE(everybody_may)
{
	CHECK_EQ_INT(tried(0, try_read), 0);
	CHECK_EQ_INT(tried(0, try_data), 0);
}

CASE(files)
{
	CHECK_EQ_INT(tried(0, try_write), ENOSYS);
	CHECK_EQ_INT(tried(0, try_create), ENOSYS);
	CHECK_EQ_INT(tried(0, try_rename), ENOSYS);
	CHECK_EQ_INT(tried(NEEDS_FILES, try_write), 0);
	CHECK_EQ_INT(tried(NEEDS_FILES, try_create), 0);
	CHECK_EQ_INT(tried(NEEDS_FILES, try_rename), 0);
}

CASE(network)
{
	CHECK_EQ_INT(tried(NEEDS_FILES, try_inet), ENOSYS);
	CHECK_EQ_INT(tried(NEEDS_LISTEN, try_inet), ENOSYS);
	CHECK_EQ_INT(tried(NEEDS_KERNEL, try_connect), ENOSYS);
	CHECK_EQ_INT(tried(NEEDS_NETWORK, try_accept), ENOSYS);
	CHECK_EQ_INT(tried(NEEDS_NETWORK, try_inet), 0);
	CHECK_EQ_INT(tried(NEEDS_NETWORK, try_connect), 0);
	CHECK_EQ_INT(tried(NEEDS_NETWORK, try_code), 0);
	CHECK_EQ_INT(tried(NEEDS_LISTEN, try_accept), 0);
}

CASE(kernel)
{
	CHECK_EQ_INT(tried(NEEDS_FILES | NEEDS_NETWORK, try_map_lookup), ENOSYS);
	CHECK_EQ_INT(tried(NEEDS_KERNEL, try_map_lookup), 0);
}
