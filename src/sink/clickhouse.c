// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The rows of -o rows into a table of ClickHouse, by INSERTs over HTTP. An INSERT that was sent again because its
 * answer did not come may be in the table twice; ReplacingMergeTree takes that away.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "options.h"
#include "sink/export/clickhouse_answer.h"
#include "sink/rows/row.h"

#define TIMEOUT_MS 30000
#define LINGER_MS  5000 /* each INSERT is a part that ClickHouse has to merge: fewer are better */
/* Columns of a newer program than the table's are left out. */
#define SETTING	     "input_format_skip_unknown_fields=1"
#define INSERT	     "INSERT INTO tcplife_rows FORMAT JSONEachRow"
#define PASSWORD_MAX 1024

/* Files are found from the top of the source tree, where make runs the compiler. */
__asm__(".pushsection .rodata\n"
	"clickhouse_rows: .incbin \"src/assets/clickhouse/rows.sql\"\n"
	".byte 0\n"
	".popsection\n");
extern const char clickhouse_rows[];

struct clickhouse {
	struct row_plan plan;
	struct row_counters counters;
	struct otlp_pairs headers;
	struct strbuf insert_url, line;
	char password[PASSWORD_MAX];
	struct http_post *post;
};

/* ---- credentials: in headers, never in the URL */

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The first line. 0, or a negative errno after a message, which does not contain it. */
static int read_password(struct clickhouse *k, const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	if (!f)
		return log_errno(-errno, "CLICKHOUSE_PASSWORD_FILE: cannot read %s", path);
	if (!fgets(k->password, sizeof(k->password), f)) {
		log_error("CLICKHOUSE_PASSWORD_FILE: %s is empty", path);
		return -EINVAL;
	}
	k->password[strcspn(k->password, "\r\n")] = '\0';
	return 0;
}

static int add_header(struct clickhouse *k, const char *key, const char *value)
{
	return otlp_pairs_add(&k->headers, key, value);
}

static int read_credentials(struct clickhouse *k, const struct options *o)
{
	const char *user = env("CLICKHOUSE_USER"), *password = env("CLICKHOUSE_PASSWORD");
	const char *file = env("CLICKHOUSE_PASSWORD_FILE");
	int err = 0;

	if (file && o->borrowed) {
		log_error("CLICKHOUSE_PASSWORD_FILE: with more rights than its caller the program takes no files by "
			  "name");
		return -EINVAL;
	}
	if (file)
		err = read_password(k, file);
	if (!err && user)
		err = add_header(k, "X-ClickHouse-User", user);
	if (!err && (file || password))
		err = add_header(k, "X-ClickHouse-Key", file ? k->password : password);
	return err == -ENOMEM ? log_errno(err, "output clickhouse") : err;
}

/* ---- tables */

/* One statement, without the comments before it. */
static int make_table(struct clickhouse *k, const char *arg, const char *sql, size_t len)
{
	struct strbuf url = { 0 };
	int err;

	while (len && (*sql == '\n' || *sql == '-')) {
		const char *end = memchr(sql, '\n', len);
		size_t line = end ? (size_t)(end + 1 - sql) : len;

		sql += line;
		len -= line;
	}
	if (!len)
		return 0;
	err = clickhouse_url(arg, NULL, NULL, &url);
	err = err ?: http_post_once(k->post, strbuf_text(&url), sql, len);
	strbuf_free(&url);
	return err;
}

/* Over HTTP it takes one statement at a time. */
static int make_tables(struct clickhouse *k, const char *arg)
{
	size_t len;
	int err = 0;

	for (const char *at = clickhouse_rows; *at && !err; at += len + (at[len] == ';')) {
		len = strcspn(at, ";");
		err = make_table(k, arg, at, len);
	}
	return err;
}

/* ---- the sink */

static void clickhouse_free(struct clickhouse *k)
{
	http_post_close(&k->post);
	row_plan_free(&k->plan);
	otlp_pairs_free(&k->headers);
	strbuf_free(&k->insert_url);
	strbuf_free(&k->line);
	explicit_bzero(k->password, sizeof(k->password));
	curl_global_cleanup();
}

static int make_insert_url(struct clickhouse *k, const char *arg)
{
	int err = clickhouse_url(arg, INSERT, SETTING, &k->insert_url);

	if (err == -EINVAL)
		log_error("--clickhouse: '%s' is not accepted: it takes an http or https URL, as in "
			  "http://localhost:8123/database",
			  arg);
	return err;
}

static int open_all(struct sink *s, struct clickhouse *k, const char *arg)
{
	struct http_post_form form = {
		.name = arg,
		.content_type = "application/x-ndjson",
		.before = "",
		.after = "\n",
		.between = '\n',
		.gzip = true,
		.timeout_ms = TIMEOUT_MS,
		.linger_ms = LINGER_MS,
		.headers = &k->headers,
		.judge = clickhouse_answer,
	};
	int err = make_insert_url(k, arg);

	if (!err)
		err = row_plan_init(&k->plan);
	if (!err)
		err = read_credentials(k, s->options);
	if (err)
		return err;
	form.url = strbuf_text(&k->insert_url);
	err = http_post_new(&k->post, &form, s->options);
	if (!err && s->options->clickhouse_tables)
		err = make_tables(k, arg);
	return err;
}

static int clickhouse_open(struct sink *s, const char *arg)
{
	struct clickhouse *k = s->private;
	int err;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return log_errno(-ENOMEM, "output clickhouse");
	err = open_all(s, k, arg);
	if (err == -ENOMEM)
		log_errno(err, "output clickhouse");
	if (err)
		clickhouse_free(k);
	return err;
}

/* How full its queue is, in percent; a replay waits for room instead. */
static unsigned int fill_of(const struct clickhouse *k, const struct options *o)
{
	return options_offline(o) ? 0 : exporter_fill(http_post_exporter(k->post));
}

static void clickhouse_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct clickhouse *k = s->private;
	enum json_record_kind kind = json_record_due(s, change);
	uint32_t weight;

	if (kind == JSON_RECORD_NONE)
		return;
	weight = row_weight(c, s->options->sample, fill_of(k, s->options), &k->counters);
	if (!weight)
		return;
	row_add(&k->plan, s, c, kind, weight, &k->line);
	exporter_add(http_post_exporter(k->post), &k->line);
}

static void clickhouse_exported(const struct sink *s, struct sink_export *figures)
{
	const struct clickhouse *k = s->private;

	exporter_figures(http_post_exporter(k->post), &figures[RECEIVER_CLICKHOUSE]);
}

static int clickhouse_close(struct sink *s)
{
	struct clickhouse *k = s->private;

	http_post_close(&k->post);
	row_say_left_out("output clickhouse", &k->counters);
	clickhouse_free(k);
	return 0;
}

static unsigned int clickhouse_needs(const char *arg)
{
	return NEEDS_NETWORK | NEEDS_THREADS;
}

const struct sink_ops sink_clickhouse = {
	.name = "clickhouse",
	.help = "rows into a table of ClickHouse: http://HOST:8123/DATABASE (--clickhouse)",
	.arg_help = "URL",
	.private_size = sizeof(struct clickhouse),
	.needs = clickhouse_needs,
	.open = clickhouse_open,
	.conn = clickhouse_conn,
	.exported = clickhouse_exported,
	.close = clickhouse_close,
};
