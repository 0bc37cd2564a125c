/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * HTTP servers in the program's own loop, one an address: whoever asks for the same address shares it. They answer GET
 * and HEAD only, to a Host header that names this machine (against DNS rebinding), for paths that are routed,
 * literally. Whatever else comes is refused; nothing that a client does or leaves undone blocks.
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
int http_new(struct http **out, struct loop *loop);
/* Closes all connections; calls closed() of each stream. */
void http_free(struct http **h);
/* address: as hostport_parse() takes it; NULL = the default. 0, or a negative errno after a message. */
int http_listen(struct http *h, const char *address, struct http_server **out);
/* path is static. 0, -ENOMEM, or -EEXIST if it leads somewhere already. */
int http_route(struct http_server *s, const char *path, http_fn fn, void *ctx);
/* "http://127.0.0.1:10793" */
const char *http_url(const struct http_server *s);

/* NULL = not sent. Names are compared without regard to case. */
const char *http_header(const struct http_request *r, const char *name);
/* A value from the query, percent signs as they were sent. */
const char *http_query(const struct http_request *r, const char *name);

void http_stream_wake(struct http_stream *s);

#endif
