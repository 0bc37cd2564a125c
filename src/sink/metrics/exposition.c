// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/metrics/exposition.h"

#include <math.h>
#include <string.h>

#include "lib/human.h"

static size_t bucket_of(const struct bucket_bounds *bounds, uint64_t value_ns)
{
	size_t i = 0;

	while (i < bounds->count && value_ns > bounds->le_ns[i])
		i++;
	return i;
}

void exposition_buckets_add(struct buckets *b, const struct bucket_bounds *bounds, uint64_t value_ns,
			    const uint64_t id[2], uint64_t wall_ns)
{
	size_t i = bucket_of(bounds, value_ns);

	b->count[i]++;
	b->sum_secs += (double)value_ns / 1e9;
	b->exemplar[i] = (struct exemplar) { .id = { id[0], id[1] }, .value_ns = value_ns, .wall_ns = wall_ns };
}

uint64_t exposition_buckets_total(const struct buckets *b, const struct bucket_bounds *bounds)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= bounds->count; i++)
		n += b->count[i];
	return n;
}

/* In 0.0.4 a counter's family has its samples' name; in OpenMetrics it has not. */
void exposition_family(struct exposition *e, const char *name, enum metric_type type, const char *help)
{
	static const char *const types[] = { "gauge", "counter", "histogram" };
	const char *suffix = type == METRIC_COUNTER && !e->openmetrics ? "_total" : "";

	e->family = name;
	strbuf_printf(e->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix, types[type]);
}

void exposition_label_value(struct strbuf *out, const char *text)
{
	struct strbuf safe = { 0 };

	human_text(&safe, text, strlen(text), HUMAN_UTF8);
	for (const char *p = strbuf_text(&safe); *p; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *p);
	}
	out->failed |= safe.failed;
	strbuf_free(&safe);
}

static void sample(struct exposition *e, const char *suffix, const char *labels)
{
	strbuf_puts(e->out, e->family);
	strbuf_puts(e->out, suffix);
	if (labels[0])
		strbuf_printf(e->out, "{%s}", labels);
	strbuf_putc(e->out, ' ');
}

static void number(struct strbuf *out, double value)
{
	if (isinf(value))
		strbuf_puts(out, value > 0 ? "+Inf" : "-Inf");
	else
		strbuf_printf(out, "%.12g", value);
}

void exposition_gauge(struct exposition *e, const char *labels, double value)
{
	sample(e, "", labels);
	number(e->out, value);
	strbuf_putc(e->out, '\n');
}

void exposition_counter(struct exposition *e, const char *labels, uint64_t value)
{
	sample(e, "_total", labels);
	strbuf_uint(e->out, value);
	strbuf_putc(e->out, '\n');
}

void exposition_seconds(struct exposition *e, const char *labels, double secs)
{
	sample(e, "_total", labels);
	number(e->out, secs);
	strbuf_putc(e->out, '\n');
}

static void put_exemplar(struct exposition *e, const struct exemplar *x)
{
	if (!e->openmetrics || !x->id[0])
		return;
	strbuf_printf(e->out, " # {trace_id=\"%016llx%016llx\"} %.9f %.3f", (unsigned long long)x->id[0],
		      (unsigned long long)x->id[1], (double)x->value_ns / 1e9, (double)x->wall_ns / 1e9);
}

void exposition_histogram(struct exposition *e, const char *labels, const struct buckets *b,
			  const struct bucket_bounds *bounds)
{
	const char *comma = labels[0] ? "," : "";
	uint64_t seen = 0;

	for (size_t i = 0; i <= bounds->count; i++) {
		seen += b->count[i];
		strbuf_printf(e->out, "%s_bucket{%s%sle=\"", e->family, labels, comma);
		number(e->out, i < bounds->count ? (double)bounds->le_ns[i] / 1e9 : INFINITY);
		strbuf_printf(e->out, "\"} %llu", (unsigned long long)seen);
		put_exemplar(e, &b->exemplar[i]);
		strbuf_putc(e->out, '\n');
	}
	sample(e, "_sum", labels);
	number(e->out, b->sum_secs);
	strbuf_putc(e->out, '\n');
	sample(e, "_count", labels);
	strbuf_printf(e->out, "%llu\n", (unsigned long long)seen);
}

void exposition_end(struct exposition *e)
{
	if (e->openmetrics)
		strbuf_puts(e->out, "# EOF\n");
}
