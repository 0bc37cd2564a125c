/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The resource of a connection's spans and logs: this service on this host, and the container that this host's end of
 * the connection is in. Each record has its own, since a batch is of many containers.
 */
#ifndef TCPLIFE_OTLP_RESOURCE_H
#define TCPLIFE_OTLP_RESOURCE_H

#include "core/conn.h"
#include "lib/strbuf.h"
#include "sink/export/otlp_config.h"

/*
 * What comes before the spans or logs of c, and after them: resource and scope. host "" = not known. Where the
 * environment names a container or pod, which is the tracer's own, the connection's is said if it is known.
 */
void otlp_resource_begin(enum otlp_signal s, const struct otlp_pairs *resource, const char *host, const struct conn *c,
			 struct strbuf *out);
void otlp_resource_end(struct strbuf *out);
/* What comes before the first resource of a body, and after the last. */
const char *otlp_body_begin(enum otlp_signal s);
const char *otlp_body_end(void);

#endif
