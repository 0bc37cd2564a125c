// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The HTTP servers and their routes, and how libmicrohttpd runs inside the program's own loop. */
#include "lib/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/http_private.h"
#include "lib/log.h"

#define CONNECTIONS	(HTTP_PLACES + 64) /* those that were just closed count until MHD has seen it */
#define TIMEOUT_SECS	15		   /* without a byte in either direction */
#define HOUSEKEEPING_MS 1000

int http_new(struct http **out, struct loop *loop, const struct http_access *access)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->loop = loop;
	h->access = access;
	h->diag_fd = -1;
	list_init(&h->servers);
	if (gethostname(h->host, sizeof(h->host) - 1))
		h->host[0] = '\0';
	*out = h;
	return 0;
}

static void free_server(struct http_server *s)
{
	if (s->daemon) {
		http_streams_release(s);
		/* What was resumed must have been seen running before it may be stopped. */
		MHD_run(s->daemon);
		loop_remove(s->http->loop, s->epoll_fd);
		MHD_stop_daemon(s->daemon);
	}
	http_socket_remove(s);
	while (!list_empty(&s->paths)) {
		struct http_path *p = container_of(s->paths.next, struct http_path, node);

		list_remove(&p->node);
		free(p);
	}
	free(s);
}

void http_free(struct http **h)
{
	if (!*h)
		return;
	while (!list_empty(&(*h)->servers)) {
		struct http_server *s = container_of((*h)->servers.next, struct http_server, node);

		list_remove(&s->node);
		free_server(s);
	}
	if ((*h)->diag_fd >= 0)
		close((*h)->diag_fd);
	free(*h);
	*h = NULL;
}

/* ---- the daemon ---- */

/* 1 if it has more to do at once. */
static int run_daemon(void *ctx)
{
	struct http_server *s = ctx;
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(s->daemon);
	s->busy = MHD_get_timeout(s->daemon, &ms) == MHD_YES && ms == 0;
	return s->busy;
}

/* Its epoll is edge-triggered inside: what it could do without waiting it only does when it is run again. One step a
 * round of the loop, so that a long answer does not keep the tracer waiting. */
static void on_ready(void *ctx, uint32_t events)
{
	struct http_server *s = ctx;

	/* Without memory for it, housekeeping goes on with it. */
	if (!s->busy && run_daemon(s) && loop_idle(s->http->loop, run_daemon, s))
		s->busy = false;
}

/* For its timeouts. */
static void on_housekeeping(void *ctx, uint32_t events)
{
	const struct http *h = ctx;

	for (const struct list_node *n = h->servers.next; n != &h->servers; n = n->next) {
		struct http_server *s = container_of(n, struct http_server, node);

		http_clients_expire(s);
		on_ready(s, 0);
	}
}

/* Paths are compared as they were sent: %00 would cut them, %2e and %2f would play tricks. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
	return strlen(text);
}

static int start_daemon(struct http_server *s, int fd)
{
	const union MHD_DaemonInfo *info;

	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, http_answer, s, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned int)TIMEOUT_SECS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_HEAD_SIZE,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_NOTIFY_CONNECTION, http_client_notify, s,
		MHD_OPTION_NOTIFY_COMPLETED, http_client_answered, s, MHD_OPTION_URI_LOG_CALLBACK, http_client_line, s,
		MHD_OPTION_END);
	info = s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info)
		return -EIO;
	s->epoll_fd = info->epoll_fd;
	return loop_add(s->http->loop, s->epoll_fd, EPOLLIN, on_ready, s);
}

static int start_server(struct http_server *s)
{
	int err, fd = http_socket_open(s);

	if (fd < 0)
		return fd;
	err = start_daemon(s, fd);
	if (!s->daemon)
		close(fd);
	if (!err && list_empty(&s->http->servers))
		err = loop_every(s->http->loop, HOUSEKEEPING_MS, on_housekeeping, s->http);
	return err ? log_errno(err, "cannot serve %s", s->url) : 0;
}

static struct http_server *find_server(const struct http *h, const struct http_address *a)
{
	for (struct list_node *n = h->servers.next; n != &h->servers; n = n->next) {
		struct http_server *s = container_of(n, struct http_server, node);

		if (http_address_equal(&s->address, a))
			return s;
	}
	return NULL;
}

static struct http_server *new_server(struct http *h, const struct http_address *a)
{
	struct http_server *s = calloc(1, sizeof(*s));
	bool is_ipv6 = strchr(a->tcp.host, ':');

	if (!s)
		return NULL;
	s->http = h;
	s->address = *a;
	if (a->path)
		snprintf(s->url, sizeof(s->url), "unix:%s", a->path);
	else
		snprintf(s->url, sizeof(s->url), is_ipv6 ? "http://[%s]:%u" : "http://%s:%u", a->tcp.host, a->tcp.port);
	snprintf(s->cookie, sizeof(s->cookie), "tcplife-%u", a->tcp.port);
	list_init(&s->paths);
	list_init(&s->streams);
	list_init(&s->clients);
	list_init(&s->asking);
	return s;
}

static void healthz(void *ctx, const struct http_request *r, struct http_reply *out)
{
	strbuf_puts(&out->body, "ok\n");
}

int http_listen(struct http *h, const char *address, struct http_server **out)
{
	struct http_address a;
	struct http_server *s;
	int err = http_address_parse(address, &a);

	if (err) {
		log_error("'%s' is not an address to serve: ADDR:PORT, as in 127.0.0.1:%u, or unix:PATH", address,
			  HTTP_DEFAULT_PORT);
		return err;
	}
	*out = find_server(h, &a);
	if (*out)
		return 0;
	s = new_server(h, &a);
	if (!s)
		return log_errno(-ENOMEM, "cannot serve %s", address ?: HTTP_DEFAULT_HOST);
	if (!a.path && h->diag_fd < 0 && http_peer_init(h))
		log_notice("cannot see who asks at %s: of this machine's users none is known", s->url);
	err = start_server(s);
	if (!err)
		err = http_route(s, "/healthz", HTTP_FOR_ALL, healthz, NULL);
	if (err) {
		free_server(s);
		return err;
	}
	list_append(&h->servers, &s->node);
	*out = s;
	return 0;
}

int http_route(struct http_server *s, const char *path, enum http_audience audience, http_fn fn, void *ctx)
{
	struct http_path *p;

	if (http_find_path(s, path))
		return -EEXIST;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct http_path) { .path = path, .audience = audience, .fn = fn, .ctx = ctx };
	list_append(&s->paths, &p->node);
	return 0;
}

const char *http_url(const struct http_server *s)
{
	return s->url;
}

static bool is_loopback(const char *host)
{
	return !strncmp(host, "127.", 4) || !strcmp(host, "::1") || !strcmp(host, "localhost");
}

void http_announce(const struct http_server *s, const char *what, const char *path, enum http_audience audience)
{
	const struct http_access *a = s->http->access;

	if (s->address.path)
		log_notice("%s: %s at %s", what, path, s->url);
	else
		log_notice("%s: %s%s", what, s->url, path);
	if (audience == HTTP_FOR_USERS && !s->address.path && !a->token && !a->open &&
	    !is_loopback(s->address.tcp.host))
		log_notice("%s: refused to other machines without --web-token or --web-open", what);
}
