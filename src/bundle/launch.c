// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One file to carry: a program with its loader and libraries inside, for hosts that have other ones (musl), or none.
 * Each is put into memory as a file, and the loader is run on them: nothing is written to a disk. Linked statically.
 * Takes memfd and /proc (which tracing takes too).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILES_MOST 64

/* Of files.S: the loader, the program, its libraries, and one without a name behind the last. */
struct bundled {
	const char *name;
	const char *begin, *end;
};

extern const struct bundled bundled[];

static int fail(const char *what)
{
	fprintf(stderr, "tcplife-trace: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

/* The loader opens it by its number, so it is not closed on exec. -1 with errno set. */
static int put_in_memory(const struct bundled *f)
{
	int fd = memfd_create(f->name, 0);
	const char *p = f->begin;
	ssize_t done = 0;

	for (; fd >= 0 && p < f->end; p += done) {
		done = write(fd, p, (size_t)(f->end - p));
		if (done < 0)
			return -1;
	}
	return fd;
}

/* 0, 1 and 2 must not become ours, whatever the caller has closed; as in main.c they cannot be written to then. */
static void fill_standard(void)
{
	int fd;

	do
		fd = open("/", O_PATH);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* The libraries, for --preload: a library that is loaded is not searched for, under whatever name its file has. */
static int put_libraries(char *list, size_t size)
{
	size_t len = 0;

	for (const struct bundled *f = bundled + 2; f->name; f++) {
		int fd = put_in_memory(f);

		if (fd < 0)
			return -1;
		len += (size_t)snprintf(list + len, size - len, "%s/proc/self/fd/%d", len ? " " : "", fd);
	}
	return 0;
}

static int run(int loader, int program, const char *libraries, int argc, char **argv)
{
	char path[32], *args[argc + 8];
	int n = 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", program);
	args[n++] = argv[0];
	args[n++] = "--inhibit-cache";
	args[n++] = "--argv0";
	args[n++] = argc ? argv[0] : "tcplife-trace";
	args[n++] = "--preload";
	args[n++] = (char *)libraries;
	args[n++] = path;
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	/* What the host's programs load into each other goes with the host's own C library. */
	unsetenv("LD_PRELOAD");
	unsetenv("LD_LIBRARY_PATH");
	unsetenv("LD_AUDIT");
	syscall(SYS_execveat, loader, "", args, environ, AT_EMPTY_PATH);
	return fail("cannot run the bundled loader");
}

int main(int argc, char **argv)
{
	char libraries[FILES_MOST * 24] = "";
	int loader, program;

	/* The rights would be gone behind exec, or the loader would have them for the caller's libraries. */
	if (getauxval(AT_SECURE)) {
		fputs("tcplife-trace: one file that has it all takes no set-user-ID bit and no capabilities: run it as "
		      "root\n",
		      stderr);
		return EXIT_FAILURE;
	}
	fill_standard();
	loader = put_in_memory(&bundled[0]);
	program = put_in_memory(&bundled[1]);
	if (loader < 0 || program < 0 || put_libraries(libraries, sizeof(libraries)))
		return fail("cannot unpack into memory (memfd_create)");
	return run(loader, program, libraries, argc, argv);
}
