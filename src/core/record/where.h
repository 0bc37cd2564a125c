/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where this host's end of a connection runs: its container, pod or systemd unit, by the catalogue's fields. Where both
 * ends are here, the client's.
 */
#ifndef TCPLIFE_WHERE_H
#define TCPLIFE_WHERE_H

#include "core/record/field.h"

/* Those before WHERE_UNIT have OpenTelemetry's names. */
enum where {
	WHERE_CONTAINER_ID,
	WHERE_CONTAINER,
	WHERE_RUNTIME,
	WHERE_POD,
	WHERE_POD_UID,
	WHERE_NAMESPACE,
	WHERE_K8S_CONTAINER,
	WHERE_UNIT,
	WHERE_COUNT
};

/* "k8s.pod.name": its field without "client." or "server.". */
const char *where_name(enum where w);
/* false = not known. The text is the connection's. */
bool where_get(const struct conn *c, enum where w, struct value *out);

#endif
