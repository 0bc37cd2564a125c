/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Server-sent events (WHATWG HTML, 9.2) to each open page. Every client has its place in the store: one that reads more
 * slowly than connections come is moved forward, and what it missed is counted and reported to it. Nobody waits for a
 * client.
 */
#ifndef TCPLIFE_WEB_STREAM_H
#define TCPLIFE_WEB_STREAM_H

#include "lib/http.h"
#include "lib/list.h"
#include "sink/web/web_store.h"

#define WEB_CLIENTS_MAX	  64  /* one peer may have half */
#define WEB_ROWS_A_SECOND 300 /* more is no use to a person */

struct web_streams {
	const struct web_store *store;
	struct list_node clients;
	size_t count;
	uint64_t session;    /* distinguishes ids of this run from those of another */
	struct strbuf hello; /* events a client gets first; kept up to date by the owner */
	struct strbuf tick;  /* the newest figures, as an event */
	uint64_t ticks;	     /* so many were there */
	uint64_t missed;     /* rows that clients did not get */
};

void web_streams_init(struct web_streams *w, const struct web_store *store, uint64_t session);
void web_streams_free(struct web_streams *w);
/* A reply that goes on. */
void web_streams_join(struct web_streams *w, const struct http_request *r, struct http_reply *out);
/* There is something new for them. */
void web_streams_wake(struct web_streams *w);
/* Once a second: moves clients forward that are too slow. */
void web_streams_second(struct web_streams *w);
/* Appends an event; data has no newline. */
void web_event(struct strbuf *out, const char *name, const char *data, size_t len);

#endif
