// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sends batches with libcurl. Decides by the receiver's answer whether a batch is delivered, refused in part, or to be
 * sent again.
 */
#include "sink/export/http_post.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/cleanup.h"
#include "lib/log.h"

#define ANSWER_MAX	   4096
#define RETRY_AFTER_MAX_MS 300000
#define GZIP_WINDOW_BITS   (15 + 16) /* zlib's way to ask for gzip's header */
#define BATCH_BYTES	   (1 << 20) /* one POST before gzip; the collector takes 20 MiB */

struct http_post {
	struct exporter *exporter;
	char *name; /* the URL without user and password, for messages */
	struct http_post_form form;
	CURL *easy;
	struct curl_slist *headers;
	z_stream deflate;
	bool deflates;
	struct strbuf body, packed;
	struct strbuf answer;
	char error[CURL_ERROR_SIZE];
	char why[512];
};

/* ---- the answer */

static size_t on_answer(char *data, size_t size, size_t count, void *ctx)
{
	struct strbuf *answer = ctx;
	size_t len = size * count, room = ANSWER_MAX - answer->len;

	strbuf_add(answer, data, len < room ? len : room);
	return len;
}

/* The receiver's answer is foreign text: it must not control the terminal. */
static void say_why(struct http_post *p, long status)
{
	snprintf(p->why, sizeof(p->why), "HTTP %ld: %.300s", status, strbuf_text(&p->answer));
	for (char *c = p->why; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
}

static unsigned int retry_after_ms(CURL *easy)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds <= 0)
		return 0;
	return seconds > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : seconds * 1000;
}

static size_t count_lines(const char *records, size_t len)
{
	size_t count = 0;

	for (const char *p = records, *end = records + len; (p = memchr(p, '\n', end - p)); p++)
		count++;
	return count;
}

static struct exporter_result judge(struct http_post *p, const char *records, size_t len)
{
	struct exporter_result r = { .done = len, .why = p->why };
	size_t count = count_lines(records, len);
	struct http_post_verdict v;
	long status = 0;

	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
	say_why(p, status);
	v = p->form.judge(status, strbuf_text(&p->answer), count);
	if (!v.err) {
		r.refused = v.refused < count ? v.refused : count;
		return r;
	}
	r.done = 0;
	r.err = v.err;
	r.retry_after_ms = retry_after_ms(p->easy);
	return r;
}

/* ---- the request */

/* Tracing ended and the time for sending the rest is over. */
static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct http_post *p = ctx;

	return p->exporter && !exporter_time_left(p->exporter, 1);
}

static void make_body(struct http_post *p, const char *records, size_t len)
{
	size_t from;

	strbuf_reset(&p->body);
	strbuf_puts(&p->body, p->form.before);
	from = p->body.len;
	strbuf_add(&p->body, records, len - 1); /* without the last newline */
	strbuf_puts(&p->body, p->form.after);
	if (p->body.failed)
		return;
	if (p->form.between == '\n')
		return;
	for (char *c = strchr(p->body.text + from, '\n'); c; c = strchr(c, '\n'))
		*c = p->form.between;
}

/* 0 or -ENOMEM. */
static int pack(struct http_post *p)
{
	size_t room = deflateBound(&p->deflate, p->body.len);
	char *to;

	strbuf_reset(&p->packed);
	to = strbuf_room(&p->packed, room);
	if (!to)
		return -ENOMEM;
	deflateReset(&p->deflate);
	p->deflate.next_in = (Bytef *)p->body.text;
	p->deflate.avail_in = p->body.len;
	p->deflate.next_out = (Bytef *)to;
	p->deflate.avail_out = room;
	if (deflate(&p->deflate, Z_FINISH) != Z_STREAM_END)
		return -ENOMEM;
	strbuf_used(&p->packed, room - p->deflate.avail_out);
	return 0;
}

static struct exporter_result not_sent(struct http_post *p, int err, const char *why)
{
	snprintf(p->why, sizeof(p->why), "%s", why);
	return (struct exporter_result) { .err = err, .why = p->why };
}

/* Sends .body. */
static CURLcode perform(struct http_post *p, const char *url, unsigned int timeout_ms)
{
	const struct strbuf *body = p->form.gzip ? &p->packed : &p->body;

	strbuf_reset(&p->answer);
	p->error[0] = '\0';
	curl_easy_setopt(p->easy, CURLOPT_URL, url);
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, body->text);
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	curl_easy_setopt(p->easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms ?: 1L);
	return curl_easy_perform(p->easy);
}

/* Of .body. */
static bool is_packed(struct http_post *p)
{
	bool ready = !p->body.failed && (!p->form.gzip || !pack(p));

	p->body.failed = p->packed.failed = false;
	return ready;
}

static const char *curl_says(const struct http_post *p, CURLcode code)
{
	return p->error[0] ? p->error : curl_easy_strerror(code);
}

static struct exporter_result post_send(void *ctx, const char *records, size_t len)
{
	struct http_post *p = ctx;
	CURLcode code;

	make_body(p, records, len);
	if (!is_packed(p))
		return not_sent(p, -ENOMEM, "no memory");
	code = perform(p, p->form.url, exporter_time_left(p->exporter, p->form.timeout_ms));
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return not_sent(p, -EINVAL, curl_easy_strerror(code));
	if (code)
		return not_sent(p, -EAGAIN, curl_says(p, code));
	return judge(p, records, len);
}

int http_post_once(struct http_post *p, const char *url, const char *body, size_t len)
{
	long status = 0;
	CURLcode code;

	strbuf_reset(&p->body);
	strbuf_add(&p->body, body, len);
	if (!is_packed(p))
		return log_errno(-ENOMEM, "%s", p->name);
	code = perform(p, url, p->form.timeout_ms);
	if (code) {
		log_error("%s: %s", p->name, curl_says(p, code));
		return -EIO;
	}
	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	say_why(p, status);
	log_error("%s: %s", p->name, p->why);
	return -EIO;
}

/* ---- beginning and end */

static int add_header(struct http_post *p, const char *name, const char *value)
{
	_cleanup_free_ char *line = NULL;
	struct curl_slist *list;

	/* libcurl: "Name;" is a header without value, "Name:" takes one out. */
	if (asprintf(&line, *value ? "%s: %s" : "%s;", name, value) < 0)
		return -ENOMEM;
	list = curl_slist_append(p->headers, line);
	if (!list)
		return -ENOMEM;
	p->headers = list;
	return 0;
}

static int make_headers(struct http_post *p)
{
	const struct otlp_pairs *more = p->form.headers;
	int err = add_header(p, "Content-Type", p->form.content_type);

	if (!err && p->form.gzip)
		err = add_header(p, "Content-Encoding", "gzip");
	for (size_t i = 0; more && i < more->count && !err; i++)
		err = add_header(p, more->list[i].key, more->list[i].value);
	/* Taken out: a receiver that does not answer "Expect: 100-continue" would cost a second each time. */
	if (!err) {
		struct curl_slist *list = curl_slist_append(p->headers, "Expect:");

		err = list ? 0 : -ENOMEM;
		p->headers = list ?: p->headers;
	}
	return err;
}

static void set_options(struct http_post *p)
{
	const struct http_post_form *f = &p->form;

	curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(p->easy, CURLOPT_USERAGENT, "tcplife-trace/" TCPLIFE_VERSION);
	curl_easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L); /* not the main thread */
	curl_easy_setopt(p->easy, CURLOPT_ERRORBUFFER, p->error);
	curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(p->easy, CURLOPT_WRITEDATA, &p->answer);
	curl_easy_setopt(p->easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(p->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(p->easy, CURLOPT_XFERINFODATA, p);
	if (f->ca)
		curl_easy_setopt(p->easy, CURLOPT_CAINFO, f->ca);
	if (f->cert)
		curl_easy_setopt(p->easy, CURLOPT_SSLCERT, f->cert);
	if (f->key)
		curl_easy_setopt(p->easy, CURLOPT_SSLKEY, f->key);
}

static void free_post(struct http_post *p)
{
	curl_easy_cleanup(p->easy);
	curl_slist_free_all(p->headers);
	if (p->deflates)
		deflateEnd(&p->deflate);
	free(p->name);
	strbuf_free(&p->body);
	strbuf_free(&p->packed);
	strbuf_free(&p->answer);
	free(p);
}

/* Without user and password, which stand before the last @ of the authority, and without parameters. */
static char *name_of(const char *url)
{
	const char *begin = strstr(url, "//") + 2, *at = memrchr(begin, '@', strcspn(begin, "/?#"));
	const char *host = at ? at + 1 : begin;
	char *name;

	return asprintf(&name, "%.*s%.*s", (int)(begin - url), url, (int)strcspn(host, "?"), host) < 0 ? NULL : name;
}

static int start(struct http_post *p, const struct options *o)
{
	struct exporter_config config = {
		.name = p->name,
		.queue_bytes = o->queue_bytes,
		.batch_bytes = BATCH_BYTES,
		.linger_ms = p->form.linger_ms,
		.backoff_ms = 500,
		.patience_ms = 30000,
		.may_wait = options_offline(o),
		.send = post_send,
		.ctx = p,
	};
	int err = make_headers(p);

	p->easy = curl_easy_init();
	if (err || !p->easy)
		return err ?: -ENOMEM;
	set_options(p);
	if (p->form.gzip &&
	    deflateInit2(&p->deflate, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY))
		return -ENOMEM;
	p->deflates = p->form.gzip;
	return exporter_new(&p->exporter, &config);
}

int http_post_new(struct http_post **out, const struct http_post_form *form, const struct options *o)
{
	struct http_post *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return log_errno(-ENOMEM, "%s", "output over HTTP");
	p->form = *form;
	p->name = name_of(form->name ?: form->url);
	err = p->name ? start(p, o) : -ENOMEM;
	if (err) {
		log_errno(err, "%s", p->name ?: "output over HTTP");
		free_post(p);
		return err;
	}
	*out = p;
	return 0;
}

struct exporter *http_post_exporter(struct http_post *p)
{
	return p->exporter;
}

void http_post_close(struct http_post **pp)
{
	struct http_post *p = *pp;

	if (!p)
		return;
	exporter_close(&p->exporter);
	free_post(p);
	*pp = NULL;
}
