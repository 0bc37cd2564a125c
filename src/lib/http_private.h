/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The inside of http.h: http.c (servers, the loop), http_socket.c (addresses, sockets), http_client.c (places, time),
 * http_peer.c (who a client is), http_guard.c (who may ask), http_host.c, and http_answer.c (requests and replies).
 */
#ifndef TCPLIFE_HTTP_PRIVATE_H
#define TCPLIFE_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <sys/stat.h>

#include "lib/hostport.h"
#include "lib/http.h"
#include "lib/list.h"

struct http_path {
	struct list_node node;
	const char *path;
	enum http_audience audience;
	http_fn fn;
	void *ctx;
};

struct http_address {
	struct hostport tcp;
	const char *path; /* of a socket in the file system, the caller's; NULL = TCP */
};

/* Who is at the other end. */
struct http_peer {
	uint64_t key; /* see http_peer_key() */
	bool has_uid; /* a user of this machine and network namespace */
	uid_t uid;
};

/* The target of a request as it was sent, before it is taken apart. */
struct http_line {
	const char *text;
	size_t len;
	bool excess; /* of arguments */
};

struct http_server {
	struct list_node node;
	struct http *http;
	struct MHD_Daemon *daemon;
	int epoll_fd;
	bool busy; /* is run in every round of the loop */
	struct http_address address;
	struct stat file; /* of a socket in the file system, as it was made; st_ino 0 = none */
	char url[HOSTPORT_HOST_SIZE + 24];
	char cookie[24]; /* its name */
	struct list_node paths, streams;
	struct list_node clients; /* struct http_client */
	struct list_node asking;  /* those whose request is still to come, oldest first */
};

struct http {
	struct loop *loop;
	const struct http_access *access;
	struct list_node servers;
	int diag_fd; /* of NETLINK_SOCK_DIAG; negative = none */
	uint32_t diag_seq;
	char host[65]; /* this machine's name, "" = not known */
};

struct http_request {
	struct MHD_Connection *connection;
};

#define HTTP_PLACES    128   /* connections to one server */
#define HTTP_HEAD_SIZE 16384 /* a longer head of a request is refused */
#define HTTP_HEAD_SECS 15    /* from a connection, or from the answer before, to a whole head of a request */

/* http_socket.c: 0 or -EINVAL. path is address's. */
int http_address_parse(const char *address, struct http_address *out);
bool http_address_equal(const struct http_address *a, const struct http_address *b);
/* A socket that listens, or a negative errno after a message. */
int http_socket_open(struct http_server *s);
/* Removes its file, unless it is another one by now. */
void http_socket_remove(const struct http_server *s);

/* http_peer.c: without it (-errno) users of this machine are not known. */
int http_peer_init(struct http *h);
struct http_peer http_peer_of(struct http *h, int fd);

/* http_guard.c: the status of a refusal and its reason, or 0. */
unsigned int http_guard(const struct http_server *s, const struct http_request *r, enum http_audience audience,
			const char **why);
/* Is it the page's address with the right token in it? */
bool http_guard_is_login(const struct http_server *s, const struct http_request *r, const char *path);

/* http_client.c: MHD's callbacks for connections and for the end of a request; cls is the server. */
void http_client_notify(void *cls, struct MHD_Connection *connection, void **context,
			enum MHD_ConnectionNotificationCode what);
void http_client_answered(void *cls, struct MHD_Connection *connection, void **request,
			  enum MHD_RequestTerminationCode how);
/* MHD's callback for a request's target. */
void *http_client_line(void *cls, const char *uri, struct MHD_Connection *connection);
/* Valid until the next request; NULL without memory. */
const struct http_line *http_client_sent(struct MHD_Connection *connection);
/* NULL without memory. */
const struct http_peer *http_client_peer(struct MHD_Connection *connection);
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
