// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The records of --json, or rows, to a Kafka topic. librdkafka has its own queue, threads and retries: nothing here
 * waits, unless the records come from files.
 */
#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "options.h"
#include "sink/export/kafka_properties.h"
#include "sink/json/json_record.h"
#include "sink/rows/row.h"
#include "sink/sink.h"

#define LAST_WORD_MS 5000 /* for the records that are left at the end */
#define PURGE_MS     1000 /* for librdkafka to report what was then given up */
#define ROOM_WAIT_MS 100  /* a replay's, for room in the queue */
#define ID_SIZE	     33

struct kafka {
	char *name; /* for messages: "kafka BROKERS/TOPIC" */
	char *brokers, *topic;
	rd_kafka_t *producer;
	struct json_record record;
	struct row_plan plan;
	struct row_counters rows;
	struct strbuf text;
	uint64_t delivered, no_room, undelivered, queued, queued_bytes;
	bool away;	       /* an outage that has been reported */
	bool end;	       /* tracing ended: no longer waits */
	bool loss_is_reported; /* the first loss only: the counts at the end cover the rest */
};

/* ---- callbacks of librdkafka */

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *m, void *ctx)
{
	struct kafka *k = ctx;

	k->queued--;
	k->queued_bytes -= m->len;
	if (m->err) {
		k->undelivered++;
		if (!k->end && !k->loss_is_reported)
			log_notice("%s: a record is dropped: %s", k->name, rd_kafka_err2str(m->err));
		k->loss_is_reported = true;
		return;
	}
	k->delivered++;
	if (k->away)
		log_notice("%s: connected again", k->name);
	k->away = false;
}

static void on_error(rd_kafka_t *producer, int err, const char *reason, void *ctx)
{
	struct kafka *k = ctx;
	char fatal[256];

	if (err == RD_KAFKA_RESP_ERR__FATAL) {
		rd_kafka_fatal_error(producer, fatal, sizeof(fatal));
		log_notice("%s: fatal error: %s; all further records are dropped", k->name, fatal);
		return;
	}
	if (err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
		log_verbose("%s: %s", k->name, reason);
		return;
	}
	if (!k->away && !k->end)
		log_notice("%s: no broker can be reached; records wait", k->name);
	k->away = true;
}

/* From librdkafka's threads. */
static void on_log(const rd_kafka_t *producer, int level, const char *facility, const char *text)
{
	log_verbose("librdkafka: %s: %s", facility, text);
}

/* ---- beginning */

/* "HOST:PORT,HOST2/TOPIC" */
static int take_apart(struct kafka *k, const char *arg)
{
	const char *slash = strrchr(arg, '/');

	if (!slash || slash == arg || !slash[1]) {
		log_error("--kafka: '%s' is not accepted: it takes brokers and a topic, as in "
			  "kafka1:9092,kafka2:9092/tcp",
			  arg);
		return -EINVAL;
	}
	k->brokers = strndup(arg, slash - arg);
	k->topic = strdup(slash + 1);
	return k->brokers && k->topic && asprintf(&k->name, "kafka %s", arg) >= 0 ? 0 : -ENOMEM;
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return 0;
	log_error("kafka: %s: %s", name, why);
	return -EINVAL;
}

/* "prop=value" of -X, after our own, so that the user's value counts. */
static int set_users(rd_kafka_conf_t *conf, const struct options *o, const char *text)
{
	_cleanup_free_ char *name = strdup(text);
	size_t len = strcspn(text, "=");
	enum kafka_property kind = kafka_property_of(text, len);

	if (!name)
		return -ENOMEM;
	name[len] = '\0';
	if (kind == KAFKA_PROPERTY_REFUSED) {
		log_error("kafka: %s: no property that may be set here; tcplife-trace(8) lists them", name);
		return -EINVAL;
	}
	if (kind == KAFKA_PROPERTY_FILE && o->borrowed) {
		log_error("kafka: %s: with more rights than its caller the program takes no files by name", name);
		return -EINVAL;
	}
	return set(conf, name, text + len + 1);
}

/* "@FILE" of -X: a property a line; what begins with # is skipped. No line is ever printed: it may be a secret. */
static int set_from_file(rd_kafka_conf_t *conf, const struct options *o, const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	unsigned int number = 0;
	int err = 0;

	if (!f)
		return log_errno(-errno, "--kafka-property: cannot read %s", path);
	while (!err && getline(&line, &room, f) >= 0) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		if (!strchr(line, '=')) {
			log_error("--kafka-property: %s:%u: it takes PROP=VALUE", path, number);
			err = -EINVAL;
		} else {
			err = set_users(conf, o, line);
		}
	}
	return err ?: ferror(f) ? log_errno(-EIO, "--kafka-property: cannot read %s", path) : 0;
}

static int configure(const struct kafka *k, const struct options *o, rd_kafka_conf_t *conf)
{
	char kbytes[24];
	int err;

	snprintf(kbytes, sizeof(kbytes), "%zu", o->queue_bytes / 1024);
	err = set(conf, "bootstrap.servers", k->brokers);
	err = err ?: set(conf, "client.id", "tcplife-trace");
	err = err ?: set(conf, "enable.idempotence", "true");
	err = err ?: set(conf, "compression.type", "zstd");
	err = err ?: set(conf, "linger.ms", "50");
	err = err ?: set(conf, "queue.buffering.max.kbytes", kbytes);
	/* Kerberos is tried where SASL is asked for and no mechanism; its default command is searched for in PATH. */
	err = err ?: set(conf, "sasl.kerberos.kinit.cmd", ":");
	for (size_t i = 0; i < o->kafka_property_count && !err; i++) {
		const char *text = o->kafka_property[i];

		err = *text == '@' ? set_from_file(conf, o, text + 1) : set_users(conf, o, text);
	}
	return err;
}

static int start(struct sink *s, struct kafka *k)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	int err = configure(k, s->options, conf);

	if (!err) {
		rd_kafka_conf_set_opaque(conf, k);
		rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
		rd_kafka_conf_set_error_cb(conf, on_error);
		rd_kafka_conf_set_log_cb(conf, on_log);
		k->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
		if (k->producer)
			return 0;
		log_error("%s: %s", k->name, why);
		err = -EINVAL;
	}
	rd_kafka_conf_destroy(conf);
	return err;
}

static void kafka_free(struct kafka *k)
{
	if (k->producer)
		rd_kafka_destroy(k->producer);
	json_record_free(&k->record);
	row_plan_free(&k->plan);
	strbuf_free(&k->text);
	free(k->brokers);
	free(k->topic);
	free(k->name);
}

static int kafka_open(struct sink *s, const char *arg)
{
	struct kafka *k = s->private;
	int err;

	if (!arg) {
		log_error("output kafka needs brokers and a topic: --kafka BROKERS/TOPIC");
		return -EINVAL;
	}
	err = take_apart(k, arg);
	if (!err)
		err = json_record_init(&k->record, s->options->events) ?: row_plan_init(&k->plan);
	if (err == -ENOMEM)
		log_errno(err, "output kafka");
	err = err ?: start(s, k);
	if (err)
		kafka_free(k);
	return err;
}

/* ---- records */

static rd_kafka_resp_err_t produce(struct kafka *k, const char *schema, const char id[ID_SIZE])
{
	/* clang-format off */
	return rd_kafka_producev(k->producer, RD_KAFKA_V_TOPIC(k->topic),
				 RD_KAFKA_V_KEY(id, ID_SIZE - 1),
				 RD_KAFKA_V_VALUE(k->text.text, k->text.len),
				 RD_KAFKA_V_HEADER("schema", schema, -1),
				 RD_KAFKA_V_HEADER("schema_version", JSON_RECORD_VERSION, -1),
				 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
	/* clang-format on */
}

/* A replay waits as long as the broker takes anything. */
static bool room_may_come(struct kafka *k, const struct options *o)
{
	uint64_t before = k->delivered;

	if (!options_offline(o) || k->away)
		return false;
	for (int ms = 0; ms < LAST_WORD_MS && k->delivered == before && !k->away; ms += ROOM_WAIT_MS)
		rd_kafka_poll(k->producer, ROOM_WAIT_MS);
	return k->delivered > before;
}

/* Sends .text. */
static void send_text(struct kafka *k, const struct options *o, const char *schema, const char id[ID_SIZE])
{
	rd_kafka_resp_err_t err;

	if (k->text.failed) {
		k->text.failed = false;
		k->no_room++;
		return;
	}
	do {
		err = produce(k, schema, id);
	} while (err == RD_KAFKA_RESP_ERR__QUEUE_FULL && room_may_come(k, o));
	if (!err) {
		k->queued++;
		k->queued_bytes += k->text.len;
	} else if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
		k->no_room++;
	} else {
		k->undelivered++;
		if (!k->loss_is_reported)
			log_notice("%s: a record is dropped: %s", k->name, rd_kafka_err2str(err));
		k->loss_is_reported = true;
	}
}

/* How full librdkafka's queue is, in percent; a replay waits for room instead. */
static unsigned int fill_of(const struct kafka *k, const struct options *o)
{
	return options_offline(o) ? 0 : (unsigned int)(k->queued_bytes * 100 / o->queue_bytes);
}

static void send_row(struct kafka *k, const struct sink *s, const struct conn *c, enum json_record_kind kind,
		     const char id[ID_SIZE])
{
	uint32_t weight = row_weight(c, s->options->sample, fill_of(k, s->options), &k->rows);

	if (!weight)
		return;
	strbuf_reset(&k->text);
	row_add(&k->plan, s, c, kind, weight, &k->text);
	send_text(k, s->options, ROW_SCHEMA, id);
}

static void kafka_conn(struct sink *s, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	struct kafka *k = s->private;
	enum json_record_kind kind = json_record_due(s, change);
	bool listed = json_record_listed(s, change);
	char id[ID_SIZE];

	if (kind == JSON_RECORD_NONE && !listed)
		return;
	snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)c->id[0], (unsigned long long)c->id[1]);
	if (kind != JSON_RECORD_NONE && s->options->kafka_format != KAFKA_RECORDS)
		send_row(k, s, c, kind, id);
	if (s->options->kafka_format == KAFKA_ROWS)
		return;
	kind = listed ? JSON_RECORD_OPEN : kind;
	strbuf_reset(&k->text);
	json_record_add(&k->record, s, c, kind, now_ns, &k->text);
	send_text(k, s->options, json_record_schema(kind), id);
}

static void kafka_tick(struct sink *s, uint64_t now_ns)
{
	struct kafka *k = s->private;

	rd_kafka_poll(k->producer, 0);
}

static void kafka_exported(const struct sink *s, struct sink_export *figures)
{
	const struct kafka *k = s->private;
	struct sink_export *f = &figures[RECEIVER_KAFKA];

	f->used = true;
	f->delivered += k->delivered;
	f->dropped += k->no_room + k->undelivered;
	f->queued += k->queued;
}

/* ---- end */

static void say_dropped(const struct kafka *k)
{
	unsigned long long dropped = k->no_room + k->undelivered;

	log_verbose("%s: %llu records delivered", k->name, (unsigned long long)k->delivered);
	if (dropped)
		log_notice("%s: %llu of %llu records dropped (queue full: %llu, not delivered in time: %llu)", k->name,
			   dropped, dropped + k->delivered, (unsigned long long)k->no_room,
			   (unsigned long long)k->undelivered);
}

static int kafka_close(struct sink *s)
{
	struct kafka *k = s->private;

	k->end = true;
	if (rd_kafka_flush(k->producer, k->away ? PURGE_MS : LAST_WORD_MS)) {
		rd_kafka_purge(k->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_flush(k->producer, PURGE_MS);
	}
	say_dropped(k);
	row_say_left_out(k->name, &k->rows);
	kafka_free(k);
	return 0;
}

static unsigned int kafka_needs(const char *arg)
{
	return NEEDS_NETWORK | NEEDS_THREADS;
}

const struct sink_ops sink_kafka = {
	.name = "kafka",
	.help = "records or rows to a Kafka topic: BROKERS/TOPIC (--kafka)",
	.arg_help = "DEST",
	.private_size = sizeof(struct kafka),
	.needs = kafka_needs,
	.open = kafka_open,
	.conn = kafka_conn,
	.tick = kafka_tick,
	.exported = kafka_exported,
	.close = kafka_close,
};
