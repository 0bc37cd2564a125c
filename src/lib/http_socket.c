// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where HTTP is served: addresses as users write them, and the sockets that listen there. */
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/http_private.h"
#include "lib/log.h"

#define BACKLOG 64
#define UNIX	"unix:"

bool http_address_is_unix(const char *address)
{
	return address && !strncmp(address, UNIX, strlen(UNIX));
}

int http_address_parse(const char *address, struct http_address *out)
{
	const char *path = address && http_address_is_unix(address) ? address + strlen(UNIX) : NULL;

	*out = (struct http_address) { .tcp = { .host = HTTP_DEFAULT_HOST, .port = HTTP_DEFAULT_PORT }, .path = path };
	if (!path)
		return address ? hostport_parse(address, &out->tcp) : 0;
	/* An abstract one has no permissions. */
	return !*path || *path == '@' || strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path) ? -EINVAL : 0;
}

bool http_address_is_valid(const char *address)
{
	struct http_address a;

	return !http_address_parse(address, &a);
}

bool http_address_equal(const struct http_address *a, const struct http_address *b)
{
	if (a->path || b->path)
		return a->path && b->path && !strcmp(a->path, b->path);
	return a->tcp.port == b->tcp.port && !strcasecmp(a->tcp.host, b->tcp.host);
}

/* ---- TCP ---- */

/* A bound socket, or a negative errno. */
static int bind_one(const struct addrinfo *ai)
{
	_cleanup_close_ int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		return -errno;
	/* TIME_WAITs of our previous run must not keep us from binding again. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, BACKLOG))
		return -errno;
	return TAKE_FD(fd);
}

static int say_why(int err, const struct http_server *s)
{
	if (err == -EADDRINUSE)
		log_error("cannot serve %s: the port is in use; choose another, as in --web=127.0.0.1:20793", s->url);
	else if (err == -EADDRNOTAVAIL)
		log_error("cannot serve %s: %s is not an address of this machine", s->url, s->address.tcp.host);
	else
		log_errno(err, "cannot serve %s", s->url);
	return err;
}

static int open_tcp(const struct http_server *s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *list;
	char port[8];
	int err, fd = -EADDRNOTAVAIL;

	snprintf(port, sizeof(port), "%u", s->address.tcp.port);
	err = getaddrinfo(s->address.tcp.host, port, &hints, &list);
	if (err) {
		log_error("cannot serve %s: %s", s->url, gai_strerror(err));
		return -EADDRNOTAVAIL;
	}
	for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
		fd = bind_one(ai);
	freeaddrinfo(list);
	return fd < 0 ? say_why(fd, s) : fd;
}

/* ---- in the file system ---- */

/* Is it a socket that nobody serves any more? */
static bool is_left_over(const struct sockaddr_un *a)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	return !lstat(a->sun_path, &st) && S_ISSOCK(st.st_mode) && fd >= 0 &&
	       connect(fd, (const struct sockaddr *)a, sizeof(*a)) && errno == ECONNREFUSED;
}

/* With its permissions from the first moment. */
static int bind_with_mode(int fd, const struct sockaddr_un *a, mode_t mode)
{
	mode_t before = umask(0777 & ~mode);
	int err = bind(fd, (const struct sockaddr *)a, sizeof(*a)) ? -errno : 0;

	umask(before);
	return err;
}

static int open_unix(struct http_server *s)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int err;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", s->address.path);
	if (fd < 0)
		return log_errno(-errno, "cannot serve %s", s->url);
	err = bind_with_mode(fd, &a, s->http->access->socket_mode);
	if (err == -EADDRINUSE && is_left_over(&a) && !unlink(a.sun_path))
		err = bind_with_mode(fd, &a, s->http->access->socket_mode);
	if (err == -EADDRINUSE) {
		log_error("cannot serve %s: there is such a file, and no socket that an earlier run left", s->url);
		return err;
	}
	if (!err && (lstat(a.sun_path, &s->file) || listen(fd, BACKLOG)))
		err = -errno;
	return err ? log_errno(err, "cannot serve %s", s->url) : TAKE_FD(fd);
}

void http_socket_remove(const struct http_server *s)
{
	struct stat st;

	if (s->file.st_ino && !lstat(s->address.path, &st) && st.st_dev == s->file.st_dev &&
	    st.st_ino == s->file.st_ino)
		unlink(s->address.path);
}

int http_socket_open(struct http_server *s)
{
	return s->address.path ? open_unix(s) : open_tcp(s);
}
