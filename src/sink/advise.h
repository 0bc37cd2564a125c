/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Advice as outputs give it: about this host as it is now, if the records are of this host and of now. */
#ifndef TCPLIFE_ADVISE_H
#define TCPLIFE_ADVISE_H

#include "core/record/advice.h"
#include "sink/sink.h"

/* Adds the line, without a full stop. The host is looked at only if the advice is about it. False: there is none. */
bool advise(const struct sink *s, const struct advice *a, struct strbuf *out);
/* The same of a connection. c->verdict must be set. */
bool advise_conn(const struct sink *s, const struct conn *c, struct strbuf *out);

#endif
