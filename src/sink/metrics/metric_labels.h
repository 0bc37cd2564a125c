/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* --metrics-labels: which names of where a connection's end runs become labels of its metrics. Pure. */
#ifndef TCPLIFE_METRIC_LABELS_H
#define TCPLIFE_METRIC_LABELS_H

#include <stdint.h>

#include "core/record/where.h"
#include "lib/strbuf.h"

/* Adds "k8s.pod.name,container.name" to a set, a bit for each enum where. 0, or -EINVAL for a name that is none. */
int metric_labels_parse(const char *list, uint32_t *set);
/* `k8s_pod_name="web-0",container_name="nginx"`; a name that is not known has no label, as Prometheus has it. */
void metric_labels_put(struct strbuf *out, uint32_t set, const struct conn *c);
/* The same names, each "other". */
void metric_labels_put_other(struct strbuf *out, uint32_t set);

#endif
