// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/metrics/metric_labels.h"

#include <errno.h>
#include <string.h>

#include "sink/metrics/exposition.h"

int metric_labels_parse(const char *list, uint32_t *set)
{
	for (const char *name = list;; name++) {
		size_t len = strcspn(name, ",");
		enum where w = 0;

		while (w < WHERE_COUNT && (strncmp(name, where_name(w), len) != 0 || where_name(w)[len]))
			w++;
		if (w == WHERE_COUNT)
			return -EINVAL;
		*set |= 1U << w;
		name += len;
		if (!*name)
			return 0;
	}
}

/* OpenTelemetry's rule for Prometheus: what a label's name may not hold becomes "_". */
static void put_label(struct strbuf *out, enum where w, const char *value)
{
	if (out->len)
		strbuf_putc(out, ',');
	for (const char *p = where_name(w); *p; p++)
		strbuf_putc(out, *p == '.' ? '_' : *p);
	strbuf_puts(out, "=\"");
	exposition_label_value(out, value);
	strbuf_putc(out, '"');
}

void metric_labels_put(struct strbuf *out, uint32_t set, const struct conn *c)
{
	struct value v;

	for (enum where w = 0; w < WHERE_COUNT; w++)
		if (set & 1U << w && where_get(c, w, &v))
			put_label(out, w, v.text);
}

void metric_labels_put_other(struct strbuf *out, uint32_t set)
{
	for (enum where w = 0; w < WHERE_COUNT; w++)
		if (set & 1U << w)
			put_label(out, w, "other");
}
