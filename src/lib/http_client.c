// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * How long a client may take to send a request's head. MHD's own timeout restarts with each byte, so a client that
 * sends one now and then would keep one of the few connections for ever.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/http_private.h"

struct http_client {
	struct list_node node; /* in http_server.asking, oldest first, until the head of its request has come */
	int fd;
	time_t since; /* CLOCK_MONOTONIC, seconds */
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void ask(struct http_server *s, struct http_client *c)
{
	c->since = now();
	list_append(&s->asking, &c->node);
}

static struct http_client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void http_client_notify(void *cls, struct MHD_Connection *connection, void **context,
			enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_client *c = *context;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (c)
			list_remove(&c->node);
		free(c);
		return;
	}
	c = info ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return; /* MHD's timeout is left */
	c->fd = info->connect_fd;
	*context = c;
	ask(cls, c);
}

void http_client_asked(struct MHD_Connection *connection)
{
	struct http_client *c = client_of(connection);

	if (c)
		list_remove(&c->node);
}

void http_client_answered(void *cls, struct MHD_Connection *connection, void **request,
			  enum MHD_RequestTerminationCode how)
{
	struct http_client *c = client_of(connection);

	if (c && !list_on(&c->node))
		ask(cls, c);
}

void http_clients_expire(struct http_server *s)
{
	time_t oldest = now() - HTTP_HEAD_SECS;

	while (!list_empty(&s->asking)) {
		struct http_client *c = container_of(s->asking.next, struct http_client, node);

		if (c->since >= oldest)
			return;
		list_remove(&c->node);
		shutdown(c->fd, SHUT_RD); /* MHD finds it at its end */
	}
}
