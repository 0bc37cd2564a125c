/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the program gives up once it traces: capabilities first, before an output starts threads, which inherit them;
 * then, with all outputs open, every system call that none of its parts needs.
 */
#ifndef TCPLIFE_SANDBOX_H
#define TCPLIFE_SANDBOX_H

#include <stdint.h>

/* What a part of the program does while it runs, beyond reading, writing and waiting. */
enum sandbox_needs {
	NEEDS_FILES = 1 << 0,	 /* opens, renames and removes files for writing: rotation, SIGHUP */
	NEEDS_NETWORK = 1 << 1,	 /* connects to receivers elsewhere */
	NEEDS_LISTEN = 1 << 2,	 /* accepts connections */
	NEEDS_THREADS = 1 << 3,	 /* starts threads after the start */
	NEEDS_CHILDREN = 1 << 5, /* learns how a program ended that it had started */
	NEEDS_KERNEL = 1 << 4,	 /* reads BPF maps, follows interfaces, detaches */
	NEEDS_UNLINK = 1 << 6,	 /* removes a socket's file at the end */
	NEEDS_TERMINAL = 1 << 7, /* sets the modes of a terminal */
};

/*
 * Of the capabilities that the program has, keeps those in keep, a mask of 1 << CAP_*, and those that needs implies; no
 * setuid program and no file capability gives any back (no_new_privs). 0, or a negative errno after a message.
 */
int sandbox_drop_capabilities(uint64_t keep, unsigned int needs);
/*
 * Allows the system calls that needs stand for, in all threads, from here on. Any other fails with ENOSYS, since glibc
 * and others fall back on that, and the kernel logs its number (audit type 1326). On a kernel without seccomp a message
 * says so, and 0 is returned. 0, or a negative errno after a message.
 */
int sandbox_filter_calls(unsigned int needs);
/* The same before another program is run that only reads what is open and writes what is open. */
int sandbox_filter_program(void);

#endif
