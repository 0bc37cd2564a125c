// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Requests: which are refused and with what, and how replies leave: at once, compressed, or as a stream. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "lib/cleanup.h"
#include "lib/http_accept.h"
#include "lib/http_private.h"
#include "lib/http_target.h"

#define GZIP_WORTH   1024 /* bytes */
#define STREAM_BLOCK (16 * 1024)

struct http_stream {
	struct list_node node;
	struct MHD_Connection *connection;
	struct http_source source;
	bool suspended, released;
};

const char *http_header(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

const char *http_query(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* ---- streams ---- */

static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct http_stream *s = cls;
	size_t n;

	if (s->released)
		return MHD_CONTENT_READER_END_OF_STREAM;
	n = s->source.fill(s->source.ctx, buf, max);
	if (!n) {
		s->suspended = true;
		MHD_suspend_connection(s->connection);
	}
	return (ssize_t)n;
}

static void stream_free(void *cls)
{
	struct http_stream *s = cls;

	list_remove(&s->node);
	s->source.closed(s->source.ctx);
	free(s);
}

void http_stream_wake(struct http_stream *s)
{
	if (!s->suspended)
		return;
	s->suspended = false;
	MHD_resume_connection(s->connection);
}

void http_streams_release(struct http_server *server)
{
	for (struct list_node *n = server->streams.next; n != &server->streams; n = n->next) {
		struct http_stream *s = container_of(n, struct http_stream, node);

		s->released = true;
		http_stream_wake(s);
	}
}

static struct MHD_Response *stream_response(struct http_server *server, struct MHD_Connection *connection,
					    const struct http_reply *reply)
{
	struct http_stream *s = calloc(1, sizeof(*s));
	struct MHD_Response *r;

	if (!s)
		return NULL;
	*s = (struct http_stream) { .connection = connection, .source = *reply->source };
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, s, stream_free);
	if (!r) {
		s->source.closed(s->source.ctx);
		free(s);
		return NULL;
	}
	list_append(&server->streams, &s->node);
	if (reply->stream)
		*reply->stream = s;
	return r;
}

/* ---- replies ---- */

static void add_headers(struct MHD_Response *r, const char *content_type, bool gzip)
{
	static const char *const headers[][2] = {
		{ "Content-Security-Policy",
		  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Cache-Control", "no-store" },
		{ "Vary", "Accept, Accept-Encoding" },
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(r, headers[i][0], headers[i][1]);
	if (content_type)
		MHD_add_response_header(r, "Content-Type", content_type);
	if (gzip)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
}

/* A malloc()ed copy, or NULL if there is no memory for it. */
static char *gzipped(const char *text, size_t len, size_t *out_len)
{
	z_stream z = { 0 };
	_cleanup_free_ char *out = NULL;
	size_t bound;
	int result;

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	bound = deflateBound(&z, len);
	out = malloc(bound);
	z.next_in = (Bytef *)text;
	z.avail_in = (uInt)len;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)bound;
	result = out ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
	*out_len = z.total_out;
	deflateEnd(&z);
	return result == Z_STREAM_END ? TAKE_PTR(out) : NULL;
}

static struct MHD_Response *body_response(const struct http_request *request, struct http_reply *reply)
{
	const char *text = reply->fixed ?: strbuf_text(&reply->body);
	size_t len = reply->fixed ? reply->fixed_len : reply->body.len, gzip_len;
	bool wants_gzip = len >= GZIP_WORTH && http_weight(http_header(request, "Accept-Encoding"), "gzip") > 0;
	char *gzip = wants_gzip ? gzipped(text, len, &gzip_len) : NULL;
	struct MHD_Response *r;

	if (gzip)
		r = MHD_create_response_from_buffer(gzip_len, gzip, MHD_RESPMEM_MUST_FREE);
	else
		r = MHD_create_response_from_buffer(len, (void *)text,
						    reply->fixed ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
	strbuf_free(&reply->body);
	if (r)
		add_headers(r, reply->content_type, gzip != NULL);
	else
		free(gzip);
	return r;
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, unsigned int status, struct MHD_Response *r)
{
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	result = MHD_queue_response(connection, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status, const char *why)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(why), (void *)why, MHD_RESPMEM_PERSISTENT);

	if (!r)
		return MHD_NO;
	add_headers(r, "text/plain; charset=utf-8", false);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(r, "WWW-Authenticate", "Bearer realm=\"tcplife-trace\"");
	/* What is left of a refused request is not worth reading. */
	MHD_add_response_header(r, "Connection", "close");
	return send_reply(connection, status, r);
}

/* ---- requests ---- */

struct http_path *http_find_path(const struct http_server *s, const char *path)
{
	for (struct list_node *n = s->paths.next; n != &s->paths; n = n->next) {
		struct http_path *p = container_of(n, struct http_path, node);

		if (!strcmp(p->path, path))
			return p;
	}
	return NULL;
}

static bool has_body(const struct http_request *r)
{
	const char *length = http_header(r, "Content-Length");

	return http_header(r, "Transfer-Encoding") || (length && strcmp(length, "0"));
}

static enum MHD_Result serve(struct http_server *s, const struct http_request *request, const struct http_path *p)
{
	struct http_reply reply = { .status = 200, .content_type = "text/plain; charset=utf-8" };
	struct MHD_Response *r;

	p->fn(p->ctx, request, &reply);
	if (reply.body.failed) {
		strbuf_free(&reply.body);
		return refuse(request->connection, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
	}
	if (!reply.source)
		return send_reply(request->connection, reply.status, body_response(request, &reply));
	r = stream_response(s, request->connection, &reply);
	if (r)
		add_headers(r, reply.content_type, false);
	return send_reply(request->connection, reply.status, r);
}

/* The browser keeps the token, and forgets the address that had it. */
static enum MHD_Result log_in(const struct http_server *s, struct MHD_Connection *connection)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	char cookie[HTTP_TOKEN_MAX + 96];

	if (!r)
		return MHD_NO;
	snprintf(cookie, sizeof(cookie), "%s=%s; Path=/; HttpOnly; SameSite=Lax", s->cookie, s->http->access->token);
	add_headers(r, NULL, false);
	MHD_add_response_header(r, "Set-Cookie", cookie);
	MHD_add_response_header(r, "Location", "/");
	return send_reply(connection, MHD_HTTP_SEE_OTHER, r);
}

struct refusal {
	unsigned int status; /* 0 = none */
	const char *why;
};

/* libmicrohttpd's strings end at a NUL that a client sent; where the version begins shows that there was one. */
static bool has_nul(const struct http_line *line, const char *version)
{
	uintptr_t begin = (uintptr_t)line->text, end = (uintptr_t)version;

	return line->text && end > begin && end - begin <= HTTP_HEAD_SIZE && end - begin != line->len + 1;
}

static struct refusal check_line(struct MHD_Connection *connection, const char *url, const char *method,
				 const char *version, struct http_target *target)
{
	const struct http_line *line = http_client_sent(connection);

	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return (struct refusal) { MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n" };
	if (line && has_nul(line, version))
		return (struct refusal) { MHD_HTTP_BAD_REQUEST, "a NUL in the address\n" };
	if (line && line->excess)
		return (struct refusal) { MHD_HTTP_BAD_REQUEST, "too many arguments\n" };
	if (http_target_parse(url, target))
		return (struct refusal) { MHD_HTTP_BAD_REQUEST, "no such address\n" };
	return (struct refusal) { 0 };
}

static struct refusal check_request(const struct http_server *s, const struct http_request *r,
				    const struct http_target *target)
{
	const char *host = target->authority[0] ? target->authority : http_header(r, "Host");

	if (has_body(r))
		return (struct refusal) { MHD_HTTP_CONTENT_TOO_LARGE, "a request with a body is not taken\n" };
	/* No browser reaches a socket in the file system. */
	if (!s->address.path && !http_host_is_ours(host, s->address.tcp.host, s->http->host))
		return (struct refusal) {
			MHD_HTTP_FORBIDDEN,
			"this Host is not known here: ask by address, by localhost, or by the name that was bound\n"
		};
	return (struct refusal) { 0 };
}

static enum MHD_Result lead(struct http_server *s, const struct http_request *r, const char *path)
{
	const struct http_path *p = http_find_path(s, path);
	struct refusal no = { 0 };

	if (!p)
		return refuse(r->connection, MHD_HTTP_NOT_FOUND, "there is nothing here\n");
	if (http_guard_is_login(s, r, path))
		return log_in(s, r->connection);
	no.status = http_guard(s, r, p->audience, &no.why);
	return no.status ? refuse(r->connection, no.status, no.why) : serve(s, r, p);
}

enum MHD_Result http_answer(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
			    const char *version, const char *upload, size_t *upload_size, void **request)
{
	struct http_server *s = cls;
	struct http_request r = { .connection = connection };
	struct http_target target;
	struct refusal no;
	static int seen;

	http_client_asked(connection);
	no = check_line(connection, url, method, version, &target);
	if (!no.status)
		no = check_request(s, &r, &target);
	if (no.status)
		return refuse(connection, no.status, no.why);
	if (*request)
		return lead(s, &r, target.path);
	/* An answer on this first call would cost the connection: MHD takes it for one before the request's end. */
	*request = &seen;
	return MHD_YES;
}
