// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The list of columns, most of which are fields of the catalogue by a flat name, and the writing of a row. */
#include "sink/rows/row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cgroup.h"
#include "core/record/conn_phase.h"
#include "core/record/field_list.h"
#include "core/record/sample.h"
#include "lib/log.h"

/* What is longer is cut: names are others' choice. */
#define NAME_MAX_BYTES 48

enum row_kinds { OF_CONNECTION = 1 << 0, OF_TIME_WAIT = 1 << 1, OF_BOTH = OF_CONNECTION | OF_TIME_WAIT };

struct column {
	const char *name;
	const char *path; /* of the field; NULL = get and of */
	field_get_fn get;
	unsigned int of;
	unsigned int kinds; /* enum row_kinds */
	const char *but;    /* a text that is left out; NULL = none */
};

/* ---- columns that are no field */

static bool get_start_ns(const struct conn *c, unsigned int of, struct value *out)
{
	return put_uint(out, c->start_ns + c->wall_offset_ns);
}

/* Of the first SYN and the first SYN+ACK that passed this host. */
static bool saw_handshake(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return k->syn_count && v->syn_count && !(c->flags & CONN_SIMULTANEOUS_OPEN) &&
	       v->mark[MARK_SYN] > k->mark[MARK_SYN];
}

static bool get_syn_after_ns(const struct conn *c, unsigned int of, struct value *out)
{
	return saw_handshake(c) && put_between(out, c->start_ns, c->side[CLIENT].mark[MARK_SYN]);
}

static bool get_synack_after_ns(const struct conn *c, unsigned int of, struct value *out)
{
	return saw_handshake(c) && put_between(out, c->side[CLIENT].mark[MARK_SYN], c->side[SERVER].mark[MARK_SYN]);
}

static bool get_syns(const struct conn *c, unsigned int side, struct value *out)
{
	return put_uint(out, c->side[side].syn_count);
}

static bool get_fins(const struct conn *c, unsigned int side, struct value *out)
{
	return put_uint(out, c->side[side].fin_count);
}

static bool get_rsts(const struct conn *c, unsigned int side, struct value *out)
{
	return put_uint(out, c->side[side].rst_count);
}

/* The end that is on this host; of two, the one that opened. */
static const struct side *own_side(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return side_is_local(k) ? k : side_is_local(v) ? v : NULL;
}

static bool get_process(const struct conn *c, unsigned int of, struct value *out)
{
	const struct side *s = own_side(c);
	const struct actor *a = s ? conn_actor(c, s == &c->side[CLIENT] ? CLIENT : SERVER) : NULL;
	size_t len = a ? strnlen(a->comm, sizeof(a->comm)) : 0;

	if (!len)
		return false;
	memcpy(out->buf, a->comm, len);
	out->buf[len] = '\0';
	return put_text(out, out->buf);
}

/* The pod, as namespace/name; of a container outside Kubernetes its name. */
static bool get_container(const struct conn *c, unsigned int of, struct value *out)
{
	const struct side *s = own_side(c);
	const struct cgroup *g = s ? side_cgroup(s) : NULL;

	if (!g)
		return false;
	if (!g->names.pod[0])
		return put_text(out, g->names.name) && out->text[0];
	return put_text(out, g->names.pod);
}

static bool get_namespace(const struct conn *c, unsigned int of, struct value *out)
{
	const struct side *s = own_side(c);
	const struct cgroup *g = s ? side_cgroup(s) : NULL;

	return g && put_text(out, g->names.namespace) && out->text[0];
}

/* ---- the list: names are for ever, and a new one goes last */

#define FIELD_AS(name_, path_, kinds_)                                                                                 \
	{                                                                                                              \
		.name = (name_), .path = (path_), .kinds = OF_##kinds_                                                 \
	}
#define COLUMN(name_, get_, of_, kinds_)                                                                               \
	{                                                                                                              \
		.name = (name_), .get = (get_), .of = (of_), .kinds = OF_##kinds_                                      \
	}

static const struct column COLUMNS[] = {
	FIELD_AS("id", "id", BOTH),
	FIELD_AS("role", "role", BOTH),
	COLUMN("start_ns", get_start_ns, 0, BOTH),
	FIELD_AS("client", "client.address", BOTH),
	FIELD_AS("client_port", "client.port", BOTH),
	FIELD_AS("server", "server.address", BOTH),
	FIELD_AS("server_port", "server.port", BOTH),
	FIELD_AS("client_nat", "client.nat.ip", CONNECTION),
	FIELD_AS("client_nat_port", "client.nat.port", CONNECTION),
	FIELD_AS("server_nat", "server.nat.ip", CONNECTION),
	FIELD_AS("server_nat_port", "server.nat.port", CONNECTION),
	COLUMN("process", get_process, 0, CONNECTION),
	COLUMN("namespace", get_namespace, 0, CONNECTION),
	COLUMN("container", get_container, 0, CONNECTION),
	FIELD_AS("incomplete", "incomplete", BOTH),
	FIELD_AS("duration_ns", "duration_ns", CONNECTION),
	FIELD_AS("ending", "tcp.ending", CONNECTION),
	FIELD_AS("ended_by", "tcp.ended_by", CONNECTION),
	FIELD_AS("reset_reason", "tcp.reset_reason", CONNECTION),
	FIELD_AS("reset_origin", "tcp.reset_origin", CONNECTION),
	FIELD_AS("error", "tcp.error", CONNECTION),
	FIELD_AS("handshake_ns", "handshake.duration_ns", CONNECTION),
	FIELD_AS("accept_ns", "handshake.accept_delay_ns", CONNECTION),
	COLUMN("syn_after_ns", get_syn_after_ns, 0, CONNECTION),
	COLUMN("synack_after_ns", get_synack_after_ns, 0, CONNECTION),
	COLUMN("syns", get_syns, CLIENT, CONNECTION),
	COLUMN("synacks", get_syns, SERVER, CONNECTION),
	COLUMN("c_fins", get_fins, CLIENT, CONNECTION),
	COLUMN("s_fins", get_fins, SERVER, CONNECTION),
	COLUMN("c_rsts", get_rsts, CLIENT, CONNECTION),
	COLUMN("s_rsts", get_rsts, SERVER, CONNECTION),
	FIELD_AS("c_packets", "client.packets", CONNECTION),
	FIELD_AS("s_packets", "server.packets", CONNECTION),
	FIELD_AS("c_bytes", "client.bytes", CONNECTION),
	FIELD_AS("s_bytes", "server.bytes", CONNECTION),
	FIELD_AS("c_retransmits", "client.retransmits", CONNECTION),
	FIELD_AS("s_retransmits", "server.retransmits", CONNECTION),
	FIELD_AS("rtt_ns", "tcp.min_rtt_ns", CONNECTION),
	FIELD_AS("close_delay_ns", "teardown.close_delay_ns", CONNECTION),
	FIELD_AS("time_wait", "time_wait.side", BOTH),
	/* One that is running has no exit yet. */
	{ .name = "time_wait_exit", .path = "time_wait.exit", .kinds = OF_BOTH, .but = "running" },
	FIELD_AS("time_wait_ns", "time_wait.duration_ns", BOTH),
};

/* ---- the plan: each column's getter and its key as it is written */

struct row_step {
	struct field field; /* of a column that is no field of the catalogue, its getter */
	unsigned int kinds;
	const char *but;
	unsigned int key_len;
	char key[32]; /* ,"client_port": */
};

static int step_init(struct row_step *step, const struct column *c)
{
	const struct field *f = c->path ? field_find(c->path) : NULL;

	if (c->path && !f)
		return -EINVAL;
	*step = (struct row_step) { f ? *f : (struct field) { .get = c->get, .of = c->of }, c->kinds, .but = c->but };
	step->key_len = (unsigned int)snprintf(step->key, sizeof(step->key), ",\"%s\":", c->name);
	return step->key_len < sizeof(step->key) ? 0 : -EINVAL;
}

int row_plan_init(struct row_plan *p)
{
	size_t count = sizeof(COLUMNS) / sizeof(COLUMNS[0]);
	int err = 0;

	*p = (struct row_plan) { .step = calloc(count, sizeof(*p->step)), .step_count = count };
	if (!p->step)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++)
		err = step_init(&p->step[i], &COLUMNS[i]);
	if (err)
		row_plan_free(p);
	return err;
}

void row_plan_free(struct row_plan *p)
{
	free(p->step);
	*p = (struct row_plan) { 0 };
}

/* ---- a row */

static void add_text(struct strbuf *out, const char *text)
{
	size_t len = strnlen(text, NAME_MAX_BYTES);
	char *to = strbuf_room(out, JSON_TEXT_ROOM(len));

	/* Cut between characters, not inside one. */
	while (len == NAME_MAX_BYTES && len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	if (to)
		strbuf_used(out, json_put_text(to, text, len) - to);
}

static bool is_nothing(const struct value *v)
{
	return v->type == VALUE_TEXT ? !v->text[0] : v->type == VALUE_BOOL ? !v->boolean : !v->uinteger;
}

static void add_value(struct strbuf *out, const struct value *v)
{
	switch (v->type) {
	case VALUE_TEXT:
		add_text(out, v->text);
		break;
	case VALUE_BOOL:
		strbuf_putc(out, '1'); /* a number, as stores without a type for it have it */
		break;
	case VALUE_INT:
		strbuf_printf(out, "%lld", (long long)v->integer);
		break;
	case VALUE_UINT:
		strbuf_uint(out, v->uinteger);
		break;
	}
}

static void add_step(const struct row_step *step, const struct conn *c, struct strbuf *out)
{
	struct value v;

	if (!field_get(&step->field, c, &v) || is_nothing(&v) || (step->but && !strcmp(v.text, step->but)))
		return;
	strbuf_add(out, step->key, step->key_len);
	add_value(out, &v);
}

void row_add(const struct row_plan *p, const struct sink *s, const struct conn *c, enum json_record_kind kind,
	     uint32_t weight, struct strbuf *out)
{
	bool time_wait = kind == JSON_RECORD_TIME_WAIT;

	strbuf_puts(out, time_wait ? "{\"kind\":\"time_wait\"" : "{\"kind\":\"connection\"");
	if (s->origin->host[0]) {
		strbuf_puts(out, ",\"host\":");
		add_text(out, s->origin->host);
	}
	strbuf_puts(out, ",\"weight\":");
	strbuf_uint(out, weight);
	for (size_t i = 0; i < p->step_count; i++)
		if (p->step[i].kinds & (time_wait ? OF_TIME_WAIT : OF_CONNECTION))
			add_step(&p->step[i], c, out);
	strbuf_putc(out, '}');
}

/* ---- which */

uint32_t row_weight(const struct conn *c, uint32_t sample, unsigned int fill, struct row_counters *counters)
{
	uint32_t asked, n;

	if (!conn_is_orderly(c)) {
		counters->rows++;
		return 1;
	}
	asked = sample_weight(c->id, sample);
	n = asked && fill < SAMPLE_FILL_NONE ? sample_weight(c->id, sample_rate(sample, fill)) : 0;
	counters->rows += n > 0;
	counters->sampled_out += !asked;
	counters->pressed_out += asked && !n;
	return n;
}

void row_say_left_out(const char *name, const struct row_counters *counters)
{
	if (counters->sampled_out)
		log_verbose("%s: %llu rows written, %llu orderly ones left out by --sample", name,
			    (unsigned long long)counters->rows, (unsigned long long)counters->sampled_out);
	if (counters->pressed_out)
		log_notice("%s: %llu rows of orderly connections left out while the queue was more than half full; "
			   "--sample or a larger --queue helps",
			   name, (unsigned long long)counters->pressed_out);
}
