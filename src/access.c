// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "option_values.h"

#define NOBODY ((uid_t)-1)

/* ---- users ---- */

static uid_t parse_uid(const char *text)
{
	uint64_t uid;

	return text && !value_uint(text, 0, NOBODY - 1, &uid) ? (uid_t)uid : NOBODY;
}

/* Who logged in, whatever sudo, su or doas made of it since. */
static uid_t login_uid(void)
{
	_cleanup_close_ int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return n > 0 ? parse_uid(text) : NOBODY;
}

static void add_user(struct http_access *a, uid_t uid)
{
	if (uid != NOBODY)
		a->user[a->users++] = uid;
}

/* ---- the token ---- */

/* The length without what ends a line, or a negative errno. */
static ssize_t read_token(const char *path, char *text, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, size - 1) : -1;
	struct stat st;

	if (n < 0)
		return log_errno(-errno, "--web-token: cannot read %s", path);
	text[n] = '\0';
	/* Of a file with a NUL nothing is taken. */
	n = strlen(text) == (size_t)n ? (ssize_t)strcspn(text, "\r\n") : 0;
	text[n] = '\0';
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mode & (S_IRGRP | S_IROTH))
		log_notice("%s can be read by others: chmod 600", path);
	return n;
}

static int take_token(struct access *out, const char *path)
{
	char text[HTTP_TOKEN_MAX + 3];
	ssize_t n = read_token(path, text, sizeof(text));

	if (n < 0)
		return (int)n;
	if (!http_token_is_valid(text)) {
		log_error(
			"--web-token: %s must hold one line of %d to %d letters, digits or -._~, as from openssl rand "
			"-hex 24",
			path, HTTP_TOKEN_MIN, HTTP_TOKEN_MAX);
		return -EINVAL;
	}
	memcpy(out->token, text, (size_t)n + 1);
	out->http.token = out->token;
	return 0;
}

int access_read(struct access *out, const struct options *o)
{
	*out = (struct access) { .http = { .open = o->web_open, .socket_mode = o->file_mode } };
	add_user(&out->http, 0);
	add_user(&out->http, getuid());
	add_user(&out->http, login_uid());
	add_user(&out->http, parse_uid(getenv("SUDO_UID")));
	return o->web_token ? take_token(out, o->web_token) : 0;
}
