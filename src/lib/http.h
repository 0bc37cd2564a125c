/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * HTTP servers in the program's own loop, one an address: whoever asks for the same address shares it. They answer GET
 * and HEAD only, to a Host header that names this machine (against DNS rebinding), for paths that are routed,
 * literally, and to whom the route is for. Whatever else comes is refused; nothing that a client does or leaves undone
 * blocks, and no client takes the places of all others.
 */
#ifndef TCPLIFE_HTTP_H
#define TCPLIFE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/loop.h"
#include "lib/strbuf.h"

#define HTTP_DEFAULT_HOST "127.0.0.1"
#define HTTP_DEFAULT_PORT 10793 /* RFC 793 */

/* Who may ask for a path. A socket in the file system has permissions: there, whoever reaches it may. */
enum http_audience {
	HTTP_FOR_ALL,	   /* says nothing of anybody: no token either */
	HTTP_FOR_SCRAPERS, /* figures that name no user: whoever has the token, if there is one */
	HTTP_FOR_USERS, /* whoever has the token; if there is none, the users of struct http_access on this machine */
};

#define HTTP_USERS_MAX 4

/* The caller's, for as long as the servers run. */
struct http_access {
	const char *token; /* http_token_is_valid(); NULL = none */
	bool open;	   /* without a token: everybody is a user */
	uid_t user[HTTP_USERS_MAX];
	size_t users;
	unsigned int socket_mode; /* permissions of sockets in the file system */
};

#define HTTP_TOKEN_MIN 16
#define HTTP_TOKEN_MAX 256

/* So long, and nothing but letters, digits and -._~, which mean themselves in URLs, headers and cookies. */
bool http_token_is_valid(const char *token);
/* An address as http_listen() takes it? Looks nothing up. */
bool http_address_is_valid(const char *address);
/* Of these, a socket in the file system? */
bool http_address_is_unix(const char *address);

struct http;	     /* all servers of the program */
struct http_server;  /* one address */
struct http_request; /* valid during the call */
struct http_stream;  /* a reply that goes on */

/* Called when the client can take more. Bytes put into buf, at most max; 0 = none now: http_stream_wake() calls again.
 */
struct http_source {
	size_t (*fill)(void *ctx, char *buf, size_t max);
	void (*closed)(void *ctx); /* the client is gone; fill will not be called again */
	void *ctx;
};

struct http_reply {
	unsigned int status;	  /* 200 when the route is called */
	const char *content_type; /* static */
	struct strbuf body;	  /* taken over; sent with gzip if the client wants it and it pays */
	const char *fixed;	  /* instead of body: static storage */
	size_t fixed_len;
	const struct http_source *source; /* instead of both: a stream; *source is copied */
	struct http_stream **stream;	  /* where its handle goes */
};

typedef void (*http_fn)(void *ctx, const struct http_request *r, struct http_reply *out);

/* 0 or -ENOMEM. */
int http_new(struct http **out, struct loop *loop, const struct http_access *access);
/* Closes all connections; calls closed() of each stream. */
void http_free(struct http **h);
/* address: as hostport_parse() takes it, or "unix:PATH"; NULL = the default. 0, or a negative errno after a message. */
int http_listen(struct http *h, const char *address, struct http_server **out);
/* path is static. 0, -ENOMEM, or -EEXIST if it leads somewhere already. */
int http_route(struct http_server *s, const char *path, enum http_audience audience, http_fn fn, void *ctx);
/* "http://127.0.0.1:10793" or "unix:PATH" */
const char *http_url(const struct http_server *s);
/* A message that says where path is, and whom it is refused if that may surprise. what: "page" */
void http_announce(const struct http_server *s, const char *what, const char *path, enum http_audience audience);

/* NULL = not sent. Names are compared without regard to case. */
const char *http_header(const struct http_request *r, const char *name);
/* A value from the query, percent signs as they were sent. */
const char *http_query(const struct http_request *r, const char *name);

/*
 * Whose request it is, as a number: a user of this machine has one, another machine's address (of IPv6 its /64) has
 * one.
 */
uint64_t http_peer_key(const struct http_request *r);
/* May whoever has so many of the places that are there (taken by others: the rest of those in use) have one more? At
 * most half of those that the others leave: nobody can take the last one. */
static inline bool http_fair(size_t places, size_t own, size_t taken_by_others)
{
	return taken_by_others < places && 2 * own < places - taken_by_others;
}

void http_stream_wake(struct http_stream *s);

#endif
