/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The inside of http.h, shared by http.c (addresses, sockets, the loop) and http_answer.c (requests and replies). */
#ifndef TCPLIFE_HTTP_PRIVATE_H
#define TCPLIFE_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <netdb.h>

#include "lib/hostport.h"
#include "lib/http.h"
#include "lib/list.h"

struct http_path {
	struct list_node node;
	const char *path;
	http_fn fn;
	void *ctx;
};

struct http_server {
	struct list_node node;
	struct http *http;
	struct MHD_Daemon *daemon;
	int epoll_fd;
	bool busy; /* is run in every round of the loop */
	struct hostport address;
	char url[HOSTPORT_HOST_SIZE + 24];
	struct list_node paths, streams;
	struct list_node asking; /* struct http_client: those whose request is still to come */
};

struct http {
	struct loop *loop;
	struct list_node servers;
	char host[65]; /* this machine's name, "" = not known */
};

struct http_request {
	struct MHD_Connection *connection;
};

#define HTTP_HEAD_SECS 15 /* from a connection, or from the answer before, to a whole head of a request */

/* http_client.c: MHD's callbacks for connections and for the end of a request; cls is the server. */
void http_client_notify(void *cls, struct MHD_Connection *connection, void **context,
			enum MHD_ConnectionNotificationCode what);
void http_client_answered(void *cls, struct MHD_Connection *connection, void **request,
			  enum MHD_RequestTerminationCode how);
/* The head of its request has come. */
void http_client_asked(struct MHD_Connection *connection);
/* Closes the connections of clients that took too long. */
void http_clients_expire(struct http_server *s);

/* MHD's callback for a request whose head has come. */
enum MHD_Result http_answer(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
			    const char *version, const char *upload, size_t *upload_size, void **request);
/* NULL if no route has this path. */
struct http_path *http_find_path(const struct http_server *s, const char *path);
/* Ends all streams, so that the daemon can be stopped. */
void http_streams_release(struct http_server *s);

/* Is it safe to answer to this Host? Literal addresses, localhost, the machine's own name, the name that was bound. */
bool http_host_is_ours(const char *host, const char *bound, const char *machine);

#endif
