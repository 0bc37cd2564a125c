// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * For LD_PRELOAD. FAIL_AT=N: the Nth allocation of the program fails, FAIL_ON=1: and all behind it. COUNT_TO=FILE: how
 * many there were is written there. SHORT_READS=1: a read() of a file gives 1 to 7 bytes at most.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long allocations, fail_at;
static bool fail_on, short_reads;
static int count_to = -1;

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_AT"), *to = getenv("COUNT_TO");

	fail_at = at ? strtol(at, NULL, 10) : 0;
	fail_on = getenv("FAIL_ON") != NULL;
	short_reads = getenv("SHORT_READS") != NULL;
	count_to = to ? open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	allocations = 0;
}

__attribute__((destructor)) static void end(void)
{
	if (count_to >= 0)
		dprintf(count_to, "%ld\n", allocations);
}

static bool fails(void)
{
	long n;

	n = __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
	if (!fail_at)
		return false;
	if (n != fail_at && !(fail_on && n > fail_at))
		return false;
	errno = ENOMEM;
	return true;
}

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's are reserved
void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

ssize_t read(int fd, void *buf, size_t len)
{
	static ssize_t (*next)(int, void *, size_t);
	static unsigned int turn;

	if (!next)
		next = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	if (short_reads && len > 8)
		len = 1 + turn++ % 7;
	return next(fd, buf, len);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
