// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * How long a client may take to send a request's head, and how many places it may have. MHD's own timeout restarts with
 * each byte, so a client that sends one now and then would keep one of the few places for ever.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/http_private.h"

#define ARGUMENTS_MAX 32

struct http_client {
	struct list_node node;	 /* in http_server.clients */
	struct list_node asking; /* in http_server.asking, until the head of its request has come */
	struct http_peer peer;
	struct http_line line;
	int fd;
	bool leaves;  /* MHD does not know it yet */
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
	list_append(&s->asking, &c->asking);
}

static struct http_client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* ---- places ---- */

/* Those that are not leaving; in *own, the peer's. */
static size_t count(const struct http_server *s, const struct http_peer *peer, size_t *own)
{
	size_t all = 0;

	*own = 0;
	for (const struct list_node *n = s->clients.next; n != &s->clients; n = n->next) {
		const struct http_client *c = container_of(n, struct http_client, node);

		all += !c->leaves;
		*own += !c->leaves && c->peer.key == peer->key;
	}
	return all;
}

/* MHD finds it at its end. */
static void send_away(struct http_client *c)
{
	list_remove(&c->asking);
	c->leaves = true;
	shutdown(c->fd, SHUT_RDWR);
}

/* The one that has been asking for nothing for longest: the peer's, or anybody's (NULL). */
static struct http_client *idlest(const struct http_server *s, const struct http_peer *peer)
{
	for (struct list_node *n = s->asking.next; n != &s->asking; n = n->next) {
		struct http_client *c = container_of(n, struct http_client, asking);

		if (!peer || c->peer.key == peer->key)
			return c;
	}
	return NULL;
}

/* A newcomer takes the place of one of its own that asks for nothing, else it goes. */
static void seat(struct http_server *s, struct http_client *c)
{
	size_t own, all = count(s, &c->peer, &own);
	struct http_client *gives_way;

	if (http_fair(HTTP_PLACES, own, all - own))
		return;
	gives_way = idlest(s, own ? &c->peer : NULL);
	send_away(gives_way ?: c);
}

/* ---- MHD's callbacks ---- */

static void forget(struct http_client *c)
{
	list_remove(&c->asking);
	list_remove(&c->node);
	free(c);
}

void http_client_notify(void *cls, struct MHD_Connection *connection, void **context,
			enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_server *s = cls;
	struct http_client *c = *context;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (c)
			forget(c);
		return;
	}
	c = info ? calloc(1, sizeof(*c)) : NULL;
	if (!c)
		return; /* MHD's timeout is left */
	c->fd = info->connect_fd;
	c->peer = http_peer_of(s->http, c->fd);
	*context = c;
	seat(s, c);
	list_append(&s->clients, &c->node);
	if (!c->leaves)
		ask(s, c);
}

/* MHD closes the connection without a word if there are more arguments than it can note: they become one, in its own
 * buffer that uri points into, and the request is refused. */
void *http_client_line(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct http_client *c = client_of(connection);
	size_t arguments = 0;

	if (!c)
		return NULL;
	c->line = (struct http_line) { .text = uri, .len = strlen(uri) };
	for (char *at = strchr((char *)uri, '&'); at; at = strchr(at + 1, '&')) {
		if (++arguments < ARGUMENTS_MAX)
			continue;
		c->line.excess = true;
		*at = '+';
	}
	return NULL;
}

const struct http_line *http_client_sent(struct MHD_Connection *connection)
{
	const struct http_client *c = client_of(connection);

	return c ? &c->line : NULL;
}

const struct http_peer *http_client_peer(struct MHD_Connection *connection)
{
	const struct http_client *c = client_of(connection);

	return c ? &c->peer : NULL;
}

uint64_t http_peer_key(const struct http_request *r)
{
	const struct http_peer *peer = http_client_peer(r->connection);

	return peer ? peer->key : 0;
}

void http_client_asked(struct MHD_Connection *connection)
{
	struct http_client *c = client_of(connection);

	if (c)
		list_remove(&c->asking);
}

void http_client_answered(void *cls, struct MHD_Connection *connection, void **request,
			  enum MHD_RequestTerminationCode how)
{
	struct http_client *c = client_of(connection);

	if (c && !c->leaves && !list_on(&c->asking))
		ask(cls, c);
}

void http_clients_expire(struct http_server *s)
{
	time_t oldest = now() - HTTP_HEAD_SECS;

	while (!list_empty(&s->asking)) {
		struct http_client *c = container_of(s->asking.next, struct http_client, asking);

		if (c->since >= oldest)
			return;
		send_away(c);
	}
}
