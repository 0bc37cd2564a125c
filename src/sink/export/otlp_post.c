// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sends batches with libcurl. Decides by the receiver's answer whether a batch is delivered, refused in part, or to be
 * sent again.
 */
#include "sink/export/otlp_post.h"

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

struct otlp_post {
	struct exporter *exporter;
	char *name; /* the URL without user and password, for messages */
	struct otlp_post_form form;
	unsigned int timeout_ms;
	bool gzip;
	CURL *easy;
	struct curl_slist *headers;
	z_stream deflate;
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

static uint64_t number_after(const char *answer, const char *key)
{
	const char *p = strstr(answer, key);

	if (!p)
		return 0;
	p += strlen(key);
	p += strspn(p, " \t\r\n:\"");
	return *p >= '0' && *p <= '9' ? strtoull(p, NULL, 10) : 0;
}

uint64_t otlp_rejected(const char *answer)
{
	uint64_t spans = number_after(answer, "\"rejectedSpans\"");

	return spans ?: number_after(answer, "\"rejectedLogRecords\"");
}

/* The receiver's answer is foreign text: it must not control the terminal. */
static void say_why(struct otlp_post *p, long status)
{
	snprintf(p->why, sizeof(p->why), "HTTP %ld: %.300s", status, strbuf_text(&p->answer));
	for (char *c = p->why; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
}

static bool may_be_retried(long status)
{
	return status == 429 || status == 502 || status == 503 || status == 504;
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

static struct exporter_result judge(struct otlp_post *p, const char *records, size_t len)
{
	struct exporter_result r = { .done = len, .why = p->why };
	size_t count = count_lines(records, len);
	uint64_t rejected;
	long status = 0;

	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
	say_why(p, status);
	if (status >= 200 && status < 300) {
		rejected = otlp_rejected(strbuf_text(&p->answer));
		r.refused = rejected < count ? rejected : count;
		return r;
	}
	r.done = 0;
	r.err = may_be_retried(status) ? -EAGAIN : -EBADMSG;
	r.retry_after_ms = retry_after_ms(p->easy);
	return r;
}

/* ---- the request */

/* Tracing ended and the time for sending the rest is over. */
static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct otlp_post *p = ctx;

	return !exporter_time_left(p->exporter, 1);
}

static void make_body(struct otlp_post *p, const char *records, size_t len)
{
	size_t from;

	strbuf_reset(&p->body);
	strbuf_puts(&p->body, p->form.before);
	from = p->body.len;
	strbuf_add(&p->body, records, len - 1); /* without the last newline */
	strbuf_puts(&p->body, p->form.after);
	if (p->body.failed)
		return;
	for (char *c = strchr(p->body.text + from, '\n'); c; c = strchr(c, '\n'))
		*c = ',';
}

/* 0 or -ENOMEM. */
static int pack(struct otlp_post *p)
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

static struct exporter_result not_sent(struct otlp_post *p, int err, const char *why)
{
	snprintf(p->why, sizeof(p->why), "%s", why);
	return (struct exporter_result) { .err = err, .why = p->why };
}

static struct exporter_result otlp_send(void *ctx, const char *records, size_t len)
{
	struct otlp_post *p = ctx;
	const struct strbuf *body = p->gzip ? &p->packed : &p->body;
	CURLcode code;

	make_body(p, records, len);
	if (p->body.failed || (p->gzip && pack(p))) {
		p->body.failed = p->packed.failed = false;
		return not_sent(p, -ENOMEM, "no memory");
	}
	strbuf_reset(&p->answer);
	p->error[0] = '\0';
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, body->text);
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	curl_easy_setopt(p->easy, CURLOPT_TIMEOUT_MS, (long)exporter_time_left(p->exporter, p->timeout_ms) ?: 1L);
	code = curl_easy_perform(p->easy);
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return not_sent(p, -EINVAL, curl_easy_strerror(code));
	if (code)
		return not_sent(p, -EAGAIN, p->error[0] ? p->error : curl_easy_strerror(code));
	return judge(p, records, len);
}

/* ---- beginning and end */

static int add_header(struct otlp_post *p, const char *name, const char *value)
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

static int make_headers(struct otlp_post *p, const struct otlp_endpoint *e)
{
	int err = add_header(p, "Content-Type", "application/json");

	if (!err && e->gzip)
		err = add_header(p, "Content-Encoding", "gzip");
	for (size_t i = 0; i < e->headers.count && !err; i++)
		err = add_header(p, e->headers.list[i].key, e->headers.list[i].value);
	/* Taken out: a receiver that does not answer "Expect: 100-continue" would cost a second each time. */
	if (!err) {
		struct curl_slist *list = curl_slist_append(p->headers, "Expect:");

		err = list ? 0 : -ENOMEM;
		p->headers = list ?: p->headers;
	}
	return err;
}

static void set_options(struct otlp_post *p, const struct otlp_endpoint *e)
{
	curl_easy_setopt(p->easy, CURLOPT_URL, e->url);
	curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(p->easy, CURLOPT_USERAGENT, "tcplife-trace/" TCPLIFE_VERSION);
	curl_easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L); /* not the main thread */
	curl_easy_setopt(p->easy, CURLOPT_ERRORBUFFER, p->error);
	curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(p->easy, CURLOPT_WRITEDATA, &p->answer);
	curl_easy_setopt(p->easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(p->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(p->easy, CURLOPT_XFERINFODATA, p);
	if (e->ca)
		curl_easy_setopt(p->easy, CURLOPT_CAINFO, e->ca);
	if (e->cert)
		curl_easy_setopt(p->easy, CURLOPT_SSLCERT, e->cert);
	if (e->key)
		curl_easy_setopt(p->easy, CURLOPT_SSLKEY, e->key);
}

static void free_post(struct otlp_post *p)
{
	curl_easy_cleanup(p->easy);
	curl_slist_free_all(p->headers);
	if (p->gzip)
		deflateEnd(&p->deflate);
	free(p->name);
	strbuf_free(&p->body);
	strbuf_free(&p->packed);
	strbuf_free(&p->answer);
	free(p);
}

/* Without user and password, which stand before the last @ of the authority. */
static char *name_of(const char *url)
{
	const char *begin = strstr(url, "//") + 2, *at = memrchr(begin, '@', strcspn(begin, "/?#"));
	char *name;

	return asprintf(&name, "%.*s%s", (int)(begin - url), url, at ? at + 1 : begin) < 0 ? NULL : name;
}

static int start(struct otlp_post *p, const struct otlp_endpoint *e, const struct options *o)
{
	struct exporter_config config = {
		.name = p->name,
		.queue_bytes = o->queue_bytes,
		.batch_bytes = BATCH_BYTES,
		.linger_ms = 1000,
		.backoff_ms = 500,
		.patience_ms = 30000,
		.may_wait = options_offline(o),
		.send = otlp_send,
		.ctx = p,
	};
	int err = make_headers(p, e);

	p->easy = curl_easy_init();
	if (err || !p->easy)
		return err ?: -ENOMEM;
	set_options(p, e);
	if (e->gzip && deflateInit2(&p->deflate, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY))
		return -ENOMEM;
	p->gzip = e->gzip;
	p->timeout_ms = e->timeout_ms;
	return exporter_new(&p->exporter, &config);
}

int otlp_post_new(struct otlp_post **out, const struct otlp_endpoint *e, const struct otlp_post_form *form,
		  const struct options *o)
{
	struct otlp_post *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return log_errno(-ENOMEM, "output otlp");
	p->form = *form;
	p->name = name_of(e->url);
	err = p->name ? start(p, e, o) : -ENOMEM;
	if (err) {
		log_errno(err, "%s", p->name ?: "output otlp");
		free_post(p);
		return err;
	}
	*out = p;
	return 0;
}

struct exporter *otlp_post_exporter(struct otlp_post *p)
{
	return p->exporter;
}

void otlp_post_close(struct otlp_post **pp)
{
	struct otlp_post *p = *pp;

	if (!p)
		return;
	exporter_close(&p->exporter);
	free_post(p);
	*pp = NULL;
}
