// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "lib/log.h"
#include "sandbox.h"

static const struct format {
	const char *tool, *magic;
	size_t len;
} formats[] = {
	{ "gzip", "\x1f\x8b", 2 }, { "zstd", "\x28\xb5\x2f\xfd", 4 }, { "xz", "\xfd\x37zXZ\0", 6 },
	{ "bzip2", "BZh", 3 },	   { "lz4", "\x04\x22\x4d\x18", 4 },
};

const char *decompress_tool(const uint8_t *magic, size_t len)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (len >= formats[i].len && !memcmp(magic, formats[i].magic, formats[i].len))
			return formats[i].tool;
	return NULL;
}

ssize_t decompress_peek(const uint8_t *packed, size_t len, void *out, size_t size)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer from = { packed, len, 0 };
	ZSTD_outBuffer to = { out, size, 0 };
	bool damaged = false;

	while (z && !damaged && to.pos < size && from.pos < len)
		damaged = ZSTD_isError(ZSTD_decompressStream(z, &to, &from));
	ZSTD_freeDStream(z);
	return damaged ? -EBADMSG : (ssize_t)to.pos;
}

/* In the child. A session of its own, so that Ctrl-C is for us alone: it ends when nobody reads it any more. */
__attribute__((noreturn)) static void run(const char *tool, int in, int out, int failed)
{
	int err;

	setsid();
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (!sandbox_drop_capabilities(0, 0) && !sandbox_filter_program())
		execlp(tool, tool, "-dc", (char *)NULL);
	err = errno;
	if (write(failed, &err, sizeof(err)) != (ssize_t)sizeof(err))
		_exit(126);
	_exit(127);
}

static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* 0 once the program runs, or why it does not. */
static int wait_for_exec(int failed)
{
	int err = 0;
	ssize_t n = read(failed, &err, sizeof(err));

	return n == (ssize_t)sizeof(err) ? -err : 0;
}

static int refuse(const char *name, const char *tool, int err)
{
	if (err != -ENOENT)
		return log_errno(err, "%s is compressed, and %s cannot be run", name, tool);
	log_error("%s is compressed, and %s, which reads it, is not installed", name, tool);
	return err;
}

int decompress_start(const char *name, const char *tool, int fd, pid_t *pid)
{
	int out[2], failed[2], err;

	if (pipe2(out, O_CLOEXEC))
		return refuse(name, tool, -errno);
	if (pipe2(failed, O_CLOEXEC)) {
		err = -errno;
		close_pair(out);
		return refuse(name, tool, err);
	}
	*pid = fork();
	if (*pid == 0)
		run(tool, fd, out[1], failed[1]);
	err = *pid < 0 ? -errno : 0;
	close(out[1]);
	close(failed[1]);
	err = err ?: wait_for_exec(failed[0]);
	close(failed[0]);
	if (!err)
		return out[0];
	close(out[0]);
	if (*pid > 0)
		decompress_end(pid);
	return refuse(name, tool, err);
}

int decompress_end(pid_t *pid)
{
	int status = 0;
	pid_t who = *pid;

	*pid = 0;
	if (who <= 0)
		return 0;
	while (waitpid(who, &status, 0) < 0)
		if (errno != EINTR)
			return 0; /* nobody knows */
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EBADMSG;
}
